import Postgres
import Safeguarding
import StoreTestSupport
import TestSupport

@testable import Store

/// An alert log with the means to put events into it: the same suite runs on the real one and on the double.
protocol LogUnderTest: Sendable {
    var log: any AlertLog { get }
    var desk: any AlertDesk { get }
    var mutes: any MuteDesk { get }

    /// Commits one event; a nil alert opens a new one.
    @discardableResult
    func publish(_ alert: AlertID?, in view: View, facts: FeedFacts, closes: Bool) async throws -> LoggedEvent
    func dropBelow(_ floor: Int64, in view: View) async throws
    func beginEpoch(in view: View) async throws
    func link(agency: String, to location: LocationID) async throws
    func link(person: String, to location: LocationID) async throws
    func setAvailable(_ isAvailable: Bool) async throws
    /// The time of a mute is over.
    func passTime(of mute: MuteID) async throws
    /// Confirms a mute so many seconds after it was asked for.
    func confirm(_ mute: MuteID, by principal: Principal, after seconds: Int64) async throws -> LiveMute
    /// A place that events can be about.
    func place(category: LocationCategory) async throws -> LocationID
}

extension LogUnderTest {
    @discardableResult
    func publish(
        _ alert: AlertID? = nil,
        in view: View = .open,
        _ facts: FeedFacts = FeedFacts(areas: ["E05-1"])
    ) async throws -> LoggedEvent {
        try await publish(alert, in: view, facts: facts, closes: false)
    }
}

/// Which implementation a test runs on.
enum Implementation: String, CaseIterable, Sendable {
    case memory, postgres

    func with(_ body: (any LogUnderTest) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryLogUnderTest())
        case .postgres:
            try await Scene.with { scene in try await body(PostgresLogUnderTest(scene)) }
        }
    }
}

struct MemoryLogUnderTest: LogUnderTest {
    private let memory = MemoryAlertLog()
    private let memoryDesk: MemoryAlertDesk
    private let places = Doorbell()

    var log: any AlertLog { memory }
    var desk: any AlertDesk { memoryDesk }
    var mutes: any MuteDesk {
        MemoryMuteDesk(memory) { [places] in
            Self.place(numbered: 0) < $0 && $0 <= Self.place(numbered: places.count)
        }
    }

    init() { memoryDesk = MemoryAlertDesk(memory) }

    func publish(_ alert: AlertID?, in view: View, facts: FeedFacts, closes: Bool) async throws -> LoggedEvent {
        memory.publish(alert, in: view, facts: facts, closes: closes)
    }

    func dropBelow(_ floor: Int64, in view: View) async throws { memory.dropBelow(floor, in: view) }
    func beginEpoch(in view: View) async throws { memory.beginEpoch(in: view, jump: EpochGuard.margin) }
    func link(agency: String, to location: LocationID) async throws { memory.link("agency:" + agency, to: location) }
    func link(person: String, to location: LocationID) async throws { memory.link("person:" + person, to: location) }
    func setAvailable(_ isAvailable: Bool) async throws { memory.setAvailable(isAvailable) }
    func passTime(of mute: MuteID) async throws { memory.advance(by: 3_600) }

    func confirm(_ mute: MuteID, by principal: Principal, after seconds: Int64) async throws -> LiveMute {
        memory.advance(by: seconds)
        return try await mutes.confirm(mute, by: principal)
    }

    func place(category: LocationCategory) async throws -> LocationID {
        places.ring()
        return Self.place(numbered: places.count)
    }

    /// From 1 on, in the order in which they were made.
    private static func place(numbered number: UInt64) -> LocationID {
        LocationID(UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 | number))
    }
}

struct PostgresLogUnderTest: LogUnderTest {
    private let scene: Scene
    let log: any AlertLog
    let desk: any AlertDesk
    let mutes: any MuteDesk

    init(_ scene: Scene) {
        self.scene = scene
        desk = scene.desk(MemoryAlertDesk.care)
        log = PostgresAlertLog(scene.fixture.feed)
        mutes = scene.mutes
    }

    /// Through the statement that publishes, with the assessor's role.
    func publish(_ alert: AlertID?, in view: View, facts: FeedFacts, closes: Bool) async throws -> LoggedEvent {
        let known = try await open(alert)
        let place = if let location = facts.location { location } else { try await somewhere(facts) }
        let entry = try await entry(alert, facts, place: place, rev: known, closes: closes)
        try await scene.fixture.assessor.transaction(while: "publishing", reading: .everything) { connection in
            let now = try await connection.query("SELECT clock_timestamp()")[0].moment(0)
            let publishing = FeedNumbering.publish([entry], in: view, at: now)
            if let publishing { _ = try await connection.query(publishing) }
        }
        let row = try await scene.rows(
            "SELECT seq, alert, rev, type, urgency, at, body FROM placeguard.feed WHERE view = $1 ORDER BY seq DESC LIMIT 1",
            [.name(view)]
        )[0]
        return LoggedEvent(
            seq: try row.int64(0),
            alert: try row.id(1),
            rev: Int(try row.int32(2)),
            type: try row.name(3),
            urgency: try row.name(4),
            at: try row.moment(5),
            body: try row.text(6)
        )
    }

    private func open(_ alert: AlertID?) async throws -> Int {
        guard let alert else { return 0 }
        return try await scene.count("SELECT rev::bigint FROM placeguard.alert WHERE id = $1", [.id(alert)])
    }

    /// An alert has a subject even where the event names no place.
    private func somewhere(_ facts: FeedFacts) async throws -> LocationID? {
        facts.cause == .unlocated ? nil : try await scene.place("Elsewhere")
    }

    private func entry(
        _ alert: AlertID?,
        _ facts: FeedFacts,
        place: LocationID?,
        rev: Int,
        closes: Bool
    ) async throws -> LedgerEntry {
        var tags = facts.isEverywhere ? [FeedTags.everywhere] : facts.areas.map(FeedTags.area)
        tags += [FeedTags.kind(facts.type), FeedTags.urgency(facts.urgency)]
        tags += [facts.bandTo.map(FeedTags.band), facts.category.map(FeedTags.category)].compactMap { $0 }
        tags += facts.sources.map(FeedTags.source)
        if let location = facts.location, facts.category?.isRestricted != true {
            tags.append(FeedTags.location(location))
        }
        var ids = TimeOrderedIDs(milliseconds: 0x0190_0000_0000 + UInt64(scene.bell.count))
        scene.bell.ring()
        let subject: DueSubject =
            if let place { .location(place) } else { .unlocated(try await scene.report(at: nil, due: false)) }
        return LedgerEntry(
            alert: alert ?? AlertID(ids.next()),
            subject: subject,
            cause: facts.cause,
            rev: rev + 1,
            openedAt: Moment(seconds: 1_700_000_000),
            closes: closes,
            type: facts.type,
            urgency: facts.urgency,
            standing: facts.urgency,
            areas: facts.areas,
            isEverywhere: facts.isEverywhere,
            tags: tags,
            location: facts.location,
            position: facts.longitude.flatMap { longitude in
                facts.latitude.map { Position(longitude: Double(longitude) / 1e7, latitude: Double($0) / 1e7) }
            },
            body: "{}",
            care: .none
        )
    }

    func dropBelow(_ floor: Int64, in view: View) async throws {
        _ = try await scene.rows(
            "DELETE FROM placeguard.feed WHERE view = $1 AND seq < $2",
            [.name(view), .int64(floor)]
        )
        _ = try await scene.rows(
            "UPDATE placeguard.feed_counter SET floor = $2 WHERE view = $1",
            [.name(view), .int64(floor)]
        )
    }

    func beginEpoch(in view: View) async throws {
        _ = try await scene.rows(
            "UPDATE placeguard.feed_counter SET lineage = 'elsewhere' WHERE view = $1",
            [.name(view)]
        )
        _ = try await EpochGuard(scene.fixture.assessor).check()
    }

    func link(agency: String, to location: LocationID) async throws {
        try await scene.link(agency: agency, to: location)
    }

    func link(person: String, to location: LocationID) async throws {
        try await scene.link(person: person, to: location)
    }

    func setAvailable(_ isAvailable: Bool) async throws {
        _ = try await scene.rows(
            isAvailable
                ? "GRANT EXECUTE ON FUNCTION placeguard.log_position TO placeguard_feed"
                : "REVOKE EXECUTE ON FUNCTION placeguard.log_position FROM placeguard_feed"
        )
    }

    func passTime(of mute: MuteID) async throws {
        // The log is append-only, so that what was logged is moved back with its guard off.
        for statement in [
            Statement("ALTER TABLE placeguard.feed DISABLE TRIGGER append_only"),
            Statement("UPDATE placeguard.feed SET at = at - interval '1 hour'"),
            Statement("ALTER TABLE placeguard.feed ENABLE TRIGGER append_only"),
            Statement("UPDATE placeguard.mute SET until = until - interval '1 hour' WHERE id = $1", [.id(mute)]),
        ] { _ = try await scene.fixture.owner.lend { connection in try await connection.query(statement) } }
    }

    func confirm(_ mute: MuteID, by principal: Principal, after seconds: Int64) async throws -> LiveMute {
        try await scene.withClockStopped(for: .assessor) { connection in
            _ = try await scene.rows(
                """
                UPDATE placeguard.mute SET asked = placeguard.clock_timestamp() - make_interval(secs => $2)
                WHERE id = $1
                """,
                [.id(mute), .double(Double(seconds))]
            )
            return try await scene.muteDesk(writing: connection).confirm(mute, by: principal)
        }
    }

    func place(category: LocationCategory) async throws -> LocationID {
        try await scene.place("Somewhere", category: category)
    }
}

extension Scene {
    private var notifier: PublicationNotifier { PublicationNotifier(bell: bell, logger: fixture.logger) }

    var mutes: PostgresMuteDesk { muteDesk(writing: fixture.assessor) }

    func muteDesk(writing writers: any ConnectionSource) -> PostgresMuteDesk {
        PostgresMuteDesk(readers: fixture.feed, writers: writers, notifier: notifier) { "TEST" }
    }

    func epoch(_ view: View) async throws -> String {
        try await rows("SELECT epoch FROM placeguard.feed_counter WHERE view = $1", [.name(view)])[0].text(0)
    }

    var watch: PostgresReaderWatch { readerWatch(writing: fixture.assessor) }

    func readerWatch(writing writers: any ConnectionSource) -> PostgresReaderWatch {
        PostgresReaderWatch(writers: writers, notifier: notifier) { "TEST" }
    }

    func desk(_ decide: @escaping PostgresAlertDesk.Decide) -> PostgresAlertDesk {
        PostgresAlertDesk(
            readers: fixture.feed,
            writers: fixture.assessor,
            notifier: PublicationNotifier(bell: bell, logger: fixture.logger),
            decide: decide
        )
    }
}

extension Principal {
    static func coordinator(
        _ person: String? = "ana",
        agency: String = "licensing",
        areas: [String] = [],
        clearances: Set<Clearance> = []
    ) -> Principal {
        Principal(
            tokenID: "t-1",
            agency: agency,
            agencyKind: .licensing,
            person: person,
            role: .coordinator,
            clearances: clearances,
            areas: areas,
            agreementUntil: Moment(seconds: 2_000_000_000)
        )
    }
}
