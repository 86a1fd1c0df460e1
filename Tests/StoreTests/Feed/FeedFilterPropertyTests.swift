import Postgres
import Safeguarding
import StoreTestSupport
import TestSupport
import Testing

@testable import Store

/// Random events and random filters: SQL admits exactly what the reference evaluation does, for pages and for lists.
@Suite(needsServer)
struct FeedFilterPropertyTests {
    /// A small deterministic generator, so that a failure can be run again by its seed.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let seed = UInt64.random(in: 0...UInt64.max)

    @Test(arguments: View.allCases)
    func `pages and lists agree with the reference evaluation`(in view: View) async throws {
        var generator = Generator(state: Self.seed ^ (view == .open ? 1 : 2))
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            let places = try await places(subject, Self.events)
            var events: [(seq: Int64, facts: FeedFacts)] = []
            for place in places {
                let facts = Self.facts(place, &generator)
                let event = try await subject.publishRaw(facts, in: view, scene)
                events.append((event, facts))
            }
            let linked = Set(places.prefix(10).map(\.id))
            for place in linked { try await scene.link(agency: "cctv", to: place) }
            for round in 0..<150 {
                let filter = Self.filter(places, &generator)
                let reader = Principal.coordinator(
                    agency: Bool.random(using: &generator) ? "cctv" : "licensing",
                    areas: Bool.random(using: &generator) ? [] : [Self.areas.randomElement(using: &generator) ?? "A"],
                    clearances: view == .full ? [.statutory] : []
                )
                let own: Set<LocationID> = reader.agency == "cctv" ? linked : []
                let expected = events.filter {
                    filter.admits($0.facts, in: view) && reader.maySee($0.facts, linked: own)
                }
                let start = try await subject.log.subscribe(reader, name: "p", from: .floor, filter: filter)
                let page = try await subject.page(start, reader, filter: filter)
                let comment: Comment = "seed \(Self.seed), round \(round), \(filter)"
                #expect(page.events.map(\.seq) == expected.map(\.seq), comment)
                #expect(page.readTo == Int64(Self.events), comment)
                let list = try await subject.log.openAlerts(reader, filter: filter, after: nil, limit: 100)
                #expect(list.map(\.event.seq) == expected.map(\.seq), comment)
                #expect(start.open == expected.count, comment)
            }
        }
    }

    private static let events = 60
    private static let areas = ["A", "B", "C"]

    private typealias Place = (id: LocationID, category: LocationCategory)

    /// A place for each event: one place has one open alert of a cause.
    private func places(_ subject: PostgresLogUnderTest, _ count: Int) async throws -> [Place] {
        let categories: [LocationCategory] = [.takeaway, .hotel, .residential, .careSettingVicinity]
        var places: [Place] = []
        for index in 0..<count {
            let category = categories[index % categories.count]
            places.append((try await subject.place(category: category), category))
        }
        return places
    }

    private static func facts(_ own: Place, _ generator: inout Generator) -> FeedFacts {
        let place = Int.random(in: 0..<5, using: &generator) == 0 ? nil : own
        let hasPosition = Bool.random(using: &generator)
        return FeedFacts(
            type: [.raised, .rising, .easing, .immediate].randomElement(using: &generator) ?? .raised,
            cause: place == nil && Bool.random(using: &generator) ? .unlocated : .risk,
            urgency: Urgency.allCases.randomElement(using: &generator) ?? .low,
            location: place?.id,
            category: place?.category,
            areas: areas.filter { _ in Bool.random(using: &generator) },
            bandTo: place == nil ? nil : Band.allCases.randomElement(using: &generator),
            sources: Set([AgencyKind.police, .cctv, .housing].filter { _ in Bool.random(using: &generator) }),
            longitude: hasPosition ? Int64.random(in: -5_000_000 ... -4_900_000, using: &generator) : nil,
            latitude: hasPosition ? Int64.random(in: 520_000_000...520_100_000, using: &generator) : nil
        )
    }

    private static func filter(_ places: [Place], _ generator: inout Generator) -> FeedFilter {
        func terms(_ count: Int, _ generator: inout Generator) -> [FeedTerm] {
            (0..<count).map { _ in term(places, &generator) }
        }
        return FeedFilter(
            inclusions: terms(Int.random(in: 0...3, using: &generator), &generator),
            exclusions: terms(Int.random(in: 0...2, using: &generator), &generator)
        )
    }

    private static func term(_ places: [Place], _ generator: inout Generator) -> FeedTerm {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: .area(areas.randomElement(using: &generator) ?? "A")
        case 1: .category(places.randomElement(using: &generator)?.category ?? .hotel)
        case 2: .location(places.randomElement(using: &generator)?.id ?? LocationID(UniqueID(high: 0, low: 0)))
        case 3: .kind([.raised, .rising, .easing].randomElement(using: &generator) ?? .raised)
        case 4: .bandAtLeast(Band.allCases.randomElement(using: &generator) ?? .red)
        case 5: .urgencyAtLeast(Urgency.allCases.randomElement(using: &generator) ?? .low)
        case 6: .source([.police, .cctv, .education].randomElement(using: &generator) ?? .police)
        default:
            .near(
                longitude: Int64.random(in: -5_000_000 ... -4_900_000, using: &generator),
                latitude: Int64.random(in: 520_000_000...520_100_000, using: &generator),
                metres: Int.random(in: 50...900, using: &generator)
            )
        }
    }
}

extension PostgresLogUnderTest {
    /// Publishes with the words that the store itself files an event under, in either view.
    func publishRaw(_ facts: FeedFacts, in view: View, _ scene: Scene) async throws -> Int64 {
        let publication = Publication(
            type: facts.type,
            cause: facts.cause,
            urgency: facts.urgency,
            why: [],
            ask: .none,
            bandFrom: nil,
            bandTo: facts.bandTo
        )
        let position = facts.longitude.flatMap { longitude in
            facts.latitude.map { Position(longitude: Double(longitude) / 1e7, latitude: Double($0) / 1e7) }
        }
        let filed = EventFacts(
            location: facts.location,
            category: facts.category,
            isRestricted: view == .open && facts.category?.isRestricted == true,
            sources: facts.sources.sorted { $0.rawValue < $1.rawValue },
            position: position,
            isUnlocated: facts.cause == .unlocated
        )
        var ids = TimeOrderedIDs(milliseconds: 0x0190_0000_0000 + UInt64(scene.bell.count))
        scene.bell.ring()
        let subject: DueSubject =
            if let location = facts.location { .location(location) } else {
                .unlocated(try await scene.report(at: nil, due: false))
            }
        let entry = LedgerEntry(
            alert: AlertID(ids.next()),
            subject: subject,
            cause: facts.cause,
            rev: 1,
            openedAt: Moment(seconds: 1_700_000_000),
            closes: false,
            type: facts.type,
            urgency: facts.urgency,
            standing: facts.urgency,
            areas: facts.areas,
            isEverywhere: filed.isEverywhere(areas: facts.areas),
            tags: filed.tags(of: publication, areas: facts.areas),
            location: facts.location,
            position: position,
            body: "{}",
            care: .none
        )
        return try await scene.fixture.assessor.transaction(while: "publishing", reading: .everything) { connection in
            if let statement = FeedNumbering.publish([entry], in: view, at: Moment(seconds: 1_700_000_000)) {
                _ = try await connection.query(statement)
            }
            return try await connection.query(
                "SELECT seq FROM placeguard.feed_counter WHERE view = $1",
                [.name(view)]
            )[0].int64(0)
        }
    }
}
