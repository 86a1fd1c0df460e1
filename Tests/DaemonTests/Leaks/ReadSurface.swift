import Safeguarding

/// One thing that may be asked for over HTTP: by whom, and how exactly it may say where a place is.
struct ReadSurface: Sendable {
    enum Whereabouts: Sendable {
        case unsaid
        /// A map travels further than a page: of restricted places at most the middle of a cell.
        case onMap
        case exact
    }

    private static let meetings: Set<TokenRole> = [.meeting, .steward]
    private static let places: Set<TokenRole> = [.meeting, .steward, .coordinator]
    private static let reports: Set<TokenRole> = [.reporter, .steward]

    var path: String
    var accept: String?
    /// Others are refused.
    var roles: Set<TokenRole>
    var whereabouts = Whereabouts.unsaid
    var needsClearance = false
    /// The status for those who may ask.
    var status = 200
    var isReport = false

    func expected(by visitor: Visitor) -> Int {
        guard roles.contains(visitor.role) else { return 403 }
        return needsClearance && !visitor.isCleared ? 404 : status
    }

    /// A receipt repeats to the agency that reported where it said that was: what its own people are answered is left out.
    func isOwn(of visitor: Visitor) -> Bool { isReport && visitor.isOfReporters && roles.contains(visitor.role) }

    /// Everything that the daemon serves to readers: lists, briefings, the places given, and what is refused.
    ///
    /// - Parameters:
    ///   - known: Places that both views know.
    ///   - hidden: Places that only the full view knows.
    static func all(known: [String], hidden: [String], reports: [String]) -> [ReadSurface] {
        let briefing = "/v1/briefings/operational"
        var surfaces = ["/v1/hotspots", "/v1/hotspots?limit=1", "/v1/hotspots?band=green"].map {
            ReadSurface(path: $0, roles: meetings, whereabouts: .exact)
        }
        for (ending, type, whereabouts) in [
            ("json", "application/json", .exact), ("html", "text/html", .unsaid), ("csv", "text/csv", .onMap),
            ("geojson", "application/geo+json", .onMap), ("txt", "text/plain", .unsaid),
        ] as [(String, String, Whereabouts)] {
            surfaces += [
                ReadSurface(path: "\(briefing).\(ending)", roles: meetings, whereabouts: whereabouts),
                ReadSurface(path: briefing, accept: type, roles: meetings, whereabouts: whereabouts),
            ]
        }
        for (place, needsClearance) in known.map({ ($0, false) }) + hidden.map({ ($0, true) }) {
            var surface = ReadSurface(path: "/v1/locations/\(place)", roles: places, whereabouts: .exact)
            surface.needsClearance = needsClearance
            surfaces.append(surface)
            surface.path += "/assessment"
            for (type, whereabouts) in [
                ("application/json", .exact), ("text/html", .unsaid), ("text/plain", .unsaid),
            ] as [(String, Whereabouts)] {
                (surface.accept, surface.whereabouts) = (type, whereabouts)
                surfaces.append(surface)
            }
        }
        surfaces += reports.map {
            ReadSurface(path: "/v1/reports/\($0)", roles: Self.reports, status: 404, isReport: true)
        }
        let word = Planted.hostile.text
        return surfaces + [
            ReadSurface(path: "/v1/hotspots?band=\(word)", roles: meetings, status: 400),
            ReadSurface(path: "/v1/hotspots?after=\(word)", roles: meetings, status: 400),
            ReadSurface(path: "\(briefing).\(word)", roles: meetings, status: 404),
            ReadSurface(path: briefing, accept: "text/\(word)", roles: meetings, status: 406),
            ReadSurface(path: "/v1/locations/loc_\(word)", roles: places, status: 404),
            ReadSurface(path: "/v1/reports/rpt_\(word)", roles: Self.reports, status: 404),
            ReadSurface(path: "/v1/\(word)", roles: Set(TokenRole.allCases), status: 404),
        ]
    }
}
