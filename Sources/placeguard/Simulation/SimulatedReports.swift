import Safeguarding

/// Makes up reports about Marlowick, one after the other, in the form partners send them.
///
/// Two reports in three are about a planted hotspot; a few say nothing usable of the place and end up unlocated, since
/// that is what partnerships see. The same seed and start give the same reports.
struct SimulatedReports {
    /// A report as its agency would send it.
    struct Made {
        var agency: String
        var json: JSON
    }

    private var generator: SeededGenerator
    private let seed: UInt64
    private var number = 0
    private let places = Town.places

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    /// The next report, observed within the quarter of an hour before `now`.
    mutating func next(now: Moment) -> Made {
        let observed = now - Int64.random(in: 60...900, using: &generator)
        return next(observed: observed)
    }

    /// The next report, observed at a given moment: history for a training database.
    mutating func next(observed: Moment) -> Made {
        number += 1
        let place = pickPlace()
        let kinds = SimulatedReports.patterns.filter { $0.categories.isEmpty || $0.categories.contains(place.category) }
        let pattern = kinds.randomElement(using: &generator) ?? SimulatedReports.patterns[0]
        let partner =
            Town.partners.filter { pattern.reporters.contains($0.kind) }.randomElement(using: &generator)
            ?? Town.partners[0]
        var members: [(key: String, value: JSON)] = [
            ("reference", .string("EX-\(seed)-\(number)")),
            ("observed", .object([("from", .string(observed.rfc3339)), ("precision", .string("minute"))])),
        ]
        if number % 25 == 0 {
            members.append(
                (
                    "location",
                    .object([("name", .string("Exercise: somewhere near the tram")), ("postcode", .string("MW9 9ZZ"))])
                )
            )
            members.append(("attribution", .string("nearby")))
        } else {
            members.append(("location", .object([("register", .string(place.register))])))
            members.append(("attribution", .string(Bool.random(using: &generator) ? "inside" : "connected")))
        }
        members.append(("role", .string(pattern.role.rawValue)))
        members.append(("signs", .strings(pattern.signs)))
        if number % 40 == 0 { members.append(("happeningNow", .bool(true))) }
        members.append(("knowledge", .string(Int.random(in: 0..<4, using: &generator) == 0 ? "told" : "seen")))
        members.append(("originator", .string("observer-\(Int.random(in: 1...6, using: &generator))")))
        members.append(
            ("narrative", .string("Exercise. Made-up report number \(number) about a town that does not exist."))
        )
        return Made(agency: partner.code, json: .object(members))
    }

    private mutating func pickPlace() -> Town.Place {
        let hot = Int.random(in: 0..<3, using: &generator) < 2
        return places.filter { $0.isHotspot == hot }.randomElement(using: &generator) ?? places[0]
    }

    private struct Pattern {
        var signs: [String]
        var role: LocationRole
        var reporters: Set<AgencyKind>
        /// Empty = any.
        var categories: Set<LocationCategory>
    }

    private static let patterns: [Pattern] = [
        Pattern(
            signs: ["adult-controls-child"],
            role: .approach,
            reporters: [.cctv, .licensing, .transport],
            categories: []
        ),
        Pattern(
            signs: ["child-distressed-with-adult"],
            role: .approach,
            reporters: [.cctv, .taxiOperator, .transport],
            categories: []
        ),
        Pattern(
            signs: ["adult-different-children"],
            role: .approach,
            reporters: [.cctv, .taxiOperator],
            categories: []
        ),
        Pattern(signs: ["place-named-by-child"], role: .approach, reporters: [.childrensServices], categories: []),
        Pattern(
            signs: ["cash-no-id-booking", "no-luggage-with-child"],
            role: .lodging,
            reporters: [.licensing],
            categories: [.hotel]
        ),
        Pattern(signs: ["local-address-booking"], role: .lodging, reporters: [.licensing], categories: [.hotel]),
        Pattern(signs: ["fights-or-violence-youth"], role: .linkedOnly, reporters: [.cctv], categories: []),
        Pattern(
            signs: ["cars-waiting-near-children"],
            role: .approach,
            reporters: [.cctv, .childrensServices],
            categories: [.park, .carPark, .taxiRank]
        ),
        Pattern(
            signs: ["vehicle-transfer-of-child"],
            role: .transit,
            reporters: [.cctv, .taxiOperator],
            categories: [.taxiRank, .carPark, .transportHub]
        ),
        Pattern(
            signs: ["child-alone-long-journey", "child-travel-school-hours"],
            role: .transit,
            reporters: [.taxiOperator, .transport],
            categories: [.taxiRank, .transportHub]
        ),
        Pattern(
            signs: ["unaccompanied-children-late"],
            role: .approach,
            reporters: [.cctv, .licensing],
            categories: [.takeaway, .licensedPremises, .transportHub, .retailCentre]
        ),
        Pattern(
            signs: ["underage-sale"],
            role: .supply,
            reporters: [.tradingStandards],
            categories: [.offLicenceShop, .licensedPremises]
        ),
        Pattern(
            signs: ["shop-tick-debt"],
            role: .supply,
            reporters: [.tradingStandards, .childrensServices],
            categories: [.offLicenceShop, .takeaway]
        ),
        Pattern(
            signs: ["young-person-says-safe"],
            role: .linkedOnly,
            reporters: [.childrensServices],
            categories: [.park, .leisure]
        ),
    ]
}
