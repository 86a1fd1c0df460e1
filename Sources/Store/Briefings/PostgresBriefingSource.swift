import Postgres
package import Safeguarding

/// Where briefings and lists are read from, with the briefing's role: what a reader may not see does not leave the
/// database.
package struct PostgresBriefingSource: BriefingSource {
    /// What is known from the configuration rather than from the database.
    package struct Facts: Sendable, Hashable {
        package var partnership: String
        /// One connection string serves all roles.
        package var isSingleRole: Bool

        package init(partnership: String, isSingleRole: Bool) {
            self.partnership = partnership
            self.isSingleRole = isSingleRole
        }
    }

    private let source: any ConnectionSource
    private let facts: Facts

    package init(_ source: any ConnectionSource, facts: Facts) {
        self.source = source
        self.facts = facts
    }

    /// - Throws: `StoreError` with code `invalid` where no template was ever put into force.
    package func operational(_ query: BriefingQuery, reader: Reader) async throws -> OperationalPicture {
        try await snapshot(reader, while: "reading a briefing") { connection in
            let (asOf, moment) = try await Self.moments(query, on: connection)
            let ranking = PlaceRanking(query: query, reader: reader, moment: moment)
            let read = try await connection.pipeline([
                ranking.page(after: nil, limit: Self.limit(query)), ranking.counts(asOf: asOf),
                PictureStatements.reportsByKind(query, reader: reader, asOf: asOf),
                PictureStatements.template, PictureStatements.labels, PictureStatements.auditHead,
                // A number and nothing else, so that of the full view counts every compartment.
                (reader.view == .full ? ReadScope.everything : ReadScope(reader)).statement,
                PictureStatements.unlocated(asOf: asOf), ReadScope(reader).statement,
            ])
            let ranked = Array(try PlaceRanking.places(read[0]).prefix(Self.limit(query)))
            let details = PlaceDetails(reader: reader, asOf: asOf, since: query.from, isPast: moment != nil)
            let (places, hasConditions) = try details.read(
                try await connection.pipeline(details.statements(ranked))
            )
            var picture = try Self.picture(query, reader: reader, asOf: asOf, places: places, read: read)
            picture.partnership = facts.partnership
            picture.handlingConditions = hasConditions
            return picture
        }
    }

    package func hotspots(
        _ query: BriefingQuery,
        after: String?,
        reader: Reader
    ) async throws -> (places: [PlaceSummary], next: String?) {
        let mark = after.flatMap { RankMark($0) }
        if after != nil, mark == nil { throw UnknownPageMark() }
        return try await snapshot(reader, while: "reading hotspots") { connection in
            let (asOf, moment) = try await Self.moments(query, on: connection)
            let limit = Self.limit(query)
            let ranking = PlaceRanking(query: query, reader: reader, moment: moment)
            let found = try PlaceRanking.places(
                try await connection.query(ranking.page(after: mark, limit: limit))
            )
            let page = Array(found.prefix(limit))
            let details = PlaceDetails(reader: reader, asOf: asOf, since: query.from, isPast: moment != nil)
            let places = try details.read(try await connection.pipeline(details.statements(page))).places
            return (places, found.count > limit ? page.last?.mark.text : nil)
        }
    }

    package func place(_ id: LocationID, reader: Reader) async throws -> PlaceSummary? {
        try await snapshot(reader, while: "reading a place") { connection in
            let read = try await connection.pipeline([
                PictureStatements.clock, PlaceRanking.one(id, reader: reader),
            ])
            guard let clock = read[0].first else { throw StoreError(.internal, "reading the clock") }
            let details = PlaceDetails(reader: reader, asOf: try clock.moment(0), since: nil, isPast: false)
            let found = try PlaceRanking.places(read[1])
            return try details.read(try await connection.pipeline(details.statements(found))).places.first
        }
    }

    package func readiness() async throws -> Safeguarding.Readiness {
        let isSingleRole = facts.isSingleRole
        return try await source.lend(while: "reading readiness") { connection in
            try await ReadinessReader.read(on: connection, isSingleRole: isSingleRole)
        }
    }
}

extension PostgresBriefingSource {
    /// One snapshot for everything that is read together.
    private func snapshot<R>(
        _ reader: Reader,
        while activity: String,
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        try await source.transaction(
            while: activity,
            reading: ReadScope(reader),
            isolation: .repeatableRead,
            readOnly: true,
            body
        )
    }

    /// The moment told, and the one to rank by: nil where it is the present.
    private static func moments(
        _ query: BriefingQuery,
        on connection: Connection
    ) async throws -> (asOf: Moment, past: Moment?) {
        guard let row = try await connection.query(PictureStatements.clock).first else {
            throw StoreError(.internal, "reading the clock")
        }
        let now = try row.moment(0)
        guard let to = query.to, to < now else { return (now, nil) }
        return (to, to)
    }

    private static func limit(_ query: BriefingQuery) -> Int {
        min(max(1, query.limit), BriefingQuery.maximumPlaces)
    }

    /// - Parameter read: ranking, counts, reports by kind, template, labels, head of the audit, a scope, unlocated.
    private static func picture(
        _ query: BriefingQuery,
        reader: Reader,
        asOf: Moment,
        places: [PlaceSummary],
        read: [Rows]
    ) throws -> OperationalPicture {
        guard let template = read[3].first else {
            throw StoreError(.invalid, "reading a briefing: no template was put into force")
        }
        let isFull = reader.view == .full
        var byBand: [Band: Int] = [:]
        var reviews = 0
        for row in read[1] {
            byBand[try row.name(0)] = Int(try row.int64(1))
            reviews += Int(try row.int64(2))
        }
        var byKind: [AgencyKind: Int] = [:]
        for row in read[2] { byKind[try row.name(0)] = Int(try row.int64(1)) }
        let labels = try Labels(read[4], of: places)
        return OperationalPicture(
            partnership: "",
            query: query,
            asOf: asOf,
            view: reader.view,
            places: places,
            matching: byBand.values.reduce(0, +),
            countsByBand: Band.allCases.sorted { $0.listOrder > $1.listOrder }.compactMap { band in
                byBand[band].map { (band, .exact($0)) }
            },
            // Every kind is told, so that those that sent nothing show.
            reportsByKind: AgencyKind.allCases.map { ($0, .shown(byKind[$0] ?? 0, exactly: isFull)) },
            unlocated: .shown(Int(try read[7].first?.int64(0) ?? 0), exactly: isFull),
            openReviews: reviews,
            template: (
                id: try template.text(0), version: Int(try template.int32(1)), title: try template.text(2)
            ),
            notice: try template.optionalText(3),
            marking: try template.text(4),
            handlingConditions: false,
            auditHead: try Self.auditHead(read[5]),
            signLabels: labels.signs,
            categoryLabels: labels.categories
        )
    }

    /// Number and hash of the last sealed entry; nil while nothing is sealed.
    private static func auditHead(_ rows: Rows) throws -> String? {
        guard let row = rows.first, let number = try row.optionalInt64(0), let hash = try row.optionalText(1)
        else { return nil }
        return "\(number):\(hash)"
    }

    /// The labels of the codes that are shown.
    private struct Labels {
        var signs: [String: String] = [:]
        var categories: [LocationCategory: String] = [:]

        init(_ rows: Rows, of places: [PlaceSummary]) throws {
            let shownSigns = Set(places.flatMap(\.signs))
            let shownCategories = Set(places.map(\.category))
            for row in rows {
                let code = try row.text(1)
                if try row.text(0) == "sign" {
                    if shownSigns.contains(code) { signs[code] = try row.text(2) }
                } else if let category = LocationCategory(rawValue: code), shownCategories.contains(category) {
                    categories[category] = try row.text(2)
                }
            }
        }
    }
}
