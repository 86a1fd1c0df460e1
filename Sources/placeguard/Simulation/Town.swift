import Safeguarding

/// Marlowick, a town that does not exist, on a sandbank in the North Sea where nobody can be taken for its residents.
enum Town {
    /// A partner of the made-up partnership.
    struct Partner {
        var code: String
        var name: String
        var kind: AgencyKind
        var canGrade: Bool
    }

    /// A made-up place; a planted hotspot is reported again and again.
    struct Place {
        var number: Int
        var name: String
        var category: LocationCategory
        var east: Double
        var north: Double
        var isHotspot: Bool

        /// The register key under which it is loaded.
        var register: String { "exercise:\(number)" }
        var longitude: Double { Town.west + east }
        var latitude: Double { Town.south + north }
    }

    /// South-west corner in WGS84 degrees (Dogger Bank).
    static let west = 2.0
    static let south = 54.5
    /// Side of each of the four wards in degrees.
    static let wardSide = 0.03

    static let partners: [Partner] = [
        Partner(code: "sim-licensing", name: "Exercise: Marlowick Licensing", kind: .licensing, canGrade: false),
        Partner(code: "sim-taxis", name: "Exercise: Lantern Cars", kind: .taxiOperator, canGrade: false),
        Partner(code: "sim-cctv", name: "Exercise: Marlowick CCTV Room", kind: .cctv, canGrade: false),
        Partner(
            code: "sim-childrens",
            name: "Exercise: Marlowick Children's Services",
            kind: .childrensServices,
            canGrade: true
        ),
        Partner(
            code: "sim-standards",
            name: "Exercise: Marlowick Trading Standards",
            kind: .tradingStandards,
            canGrade: false
        ),
        Partner(code: "sim-transport", name: "Exercise: Marlowick Harbour Trams", kind: .transport, canGrade: false),
    ]

    static let wards: [(code: String, name: String, column: Int, row: Int)] = [
        ("MW-HARBOUR", "Harbour", 0, 0), ("MW-OLDTOWN", "Old Town", 1, 0),
        ("MW-MILLS", "Mills", 0, 1), ("MW-UPLANDS", "Uplands", 1, 1),
    ]

    static var boundaries: [AreaBoundary] {
        wards.map { ward in
            let x = west + Double(ward.column) * wardSide
            let y = south + Double(ward.row) * wardSide
            let corners = [(x, y), (x + wardSide, y), (x + wardSide, y + wardSide), (x, y + wardSide), (x, y)]
            let ring = corners.map { "[\($0.0),\($0.1)]" }.joined(separator: ",")
            return AreaBoundary(
                code: ward.code,
                name: ward.name,
                kind: "ward",
                geometry: "{\"type\":\"Polygon\",\"coordinates\":[[\(ring)]]}"
            )
        }
    }

    private static let hotspots: [(String, LocationCategory)] = [
        ("Exercise: Gull House Hotel", .hotel), ("Exercise: Quay Street Taxi Rank", .taxiRank),
        ("Exercise: Midnight Griddle", .takeaway), ("Exercise: Tern Tram Station", .transportHub),
    ]

    private static let quiet: [(String, LocationCategory)] = [
        ("Exercise: Sandpiper Inn", .licensedPremises), ("Exercise: Dune Park", .park),
        ("Exercise: Lighthouse Arcade", .leisure), ("Exercise: Mill Lane Stores", .offLicenceShop),
        ("Exercise: Bankside Shopping Centre", .retailCentre), ("Exercise: Pier Car Park", .carPark),
        ("Exercise: Cormorant Lodge", .hotel), ("Exercise: Saltmarsh Grill", .takeaway),
        ("Exercise: Smoke and Tide Lounge", .shishaLounge), ("Exercise: Upland Road Car Wash", .businessOther),
        ("Exercise: Fairway Fields", .park), ("Exercise: Net Loft Vapes", .offLicenceShop),
    ]

    static var places: [Place] {
        var generator = SeededGenerator(seed: 0x4D41_524C)
        return (hotspots.map { ($0, true) } + quiet.map { ($0, false) }).enumerated().map { index, entry in
            Place(
                number: index + 1,
                name: entry.0.0,
                category: entry.0.1,
                east: Double.random(in: 0.002...(2 * wardSide - 0.002), using: &generator),
                north: Double.random(in: 0.002...(2 * wardSide - 0.002), using: &generator),
                isHotspot: entry.1
            )
        }
    }
}
