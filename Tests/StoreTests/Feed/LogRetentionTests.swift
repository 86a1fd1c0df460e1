import Logging
import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What of the alert log goes, when, and who is told.
@Suite(needsServer)
struct LogRetentionTests {
    private let ana = Principal.coordinator("ana")

    private func retention(_ scene: Scene, days: Int = 90, step: Int32 = LogRetention.step) -> LogRetention {
        LogRetention(source: scene.fixture.admin, days: days, step: step, logger: Logger(label: "tests.retention"))
    }

    /// Makes the events up to a position so many seconds old.
    private func age(_ scene: Scene, upTo seq: Int64, seconds: Double) async throws {
        try await scene.fixture.owner.transaction(while: "ageing events") { connection in
            // The log refuses to be changed, even by its owner.
            try await connection.script("ALTER TABLE placeguard.feed DISABLE TRIGGER append_only")
            _ = try await connection.query(
                "UPDATE placeguard.feed SET at = clock_timestamp() - make_interval(secs => $2) WHERE seq <= $1",
                [.int64(seq), .double(seconds)]
            )
            try await connection.script("ALTER TABLE placeguard.feed ENABLE TRIGGER append_only")
        }
    }

    private let day = 86_400.0

    @Test func `an event goes once it is as old as the log is kept, and not before`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...6 { try await subject.publish() }
            try await age(scene, upTo: 6, seconds: 90 * day - 60)
            #expect(try await retention(scene).trim().isEmpty)
            try await age(scene, upTo: 4, seconds: 90 * day + 60)
            #expect(try await retention(scene).trim() == [.init(view: .open, floor: 5, dropped: 4)])
            #expect(try await scene.log(.open).map { $0.prefix(1) } == ["5", "6"])
            let position = try await subject.log.position(of: .open)
            #expect(position.floor == 5 && position.head == 6)
            #expect(try await retention(scene).trim().isEmpty)
        }
    }

    @Test(arguments: [(-1.0, false), (0.0, true), (1.0, true)])
    func `an event goes in the very second in which it is too old`(_ seconds: Double, _ goes: Bool) async throws {
        try await Scene.with { scene in
            try await PostgresLogUnderTest(scene).publish()
            try await scene.stopClock()
            try await scene.fixture.owner.transaction(while: "ageing an event") { connection in
                // In this database only.
                try await connection.script(
                    "ALTER FUNCTION placeguard.raise_floor SET search_path = placeguard, pg_catalog, public, pg_temp"
                )
                try await connection.script("ALTER TABLE placeguard.feed DISABLE TRIGGER append_only")
                _ = try await connection.query(
                    """
                    UPDATE placeguard.feed
                    SET at = placeguard.clock_timestamp() - make_interval(days => 90) - make_interval(secs => $1)
                    """,
                    [.double(seconds)]
                )
                try await connection.script("ALTER TABLE placeguard.feed ENABLE TRIGGER append_only")
            }
            let gone: [LogRetention.Trimmed] = goes ? [.init(view: .open, floor: 2, dropped: 1)] : []
            #expect(try await retention(scene).trim() == gone)
        }
    }

    @Test
    func `names not used for as long as the log is kept take nobody's place, and the last sixteen are remembered`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            func take(_ name: String) async throws {
                _ = try await log.subscribe(ana, name: name, from: .head, filter: .everything)
            }
            func age(_ prefix: String, _ days: Double) async throws {
                _ = try await scene.rows(
                    """
                    UPDATE placeguard.feed_cursor SET last_seen = last_seen - make_interval(secs => $2 * 86400)
                    WHERE name LIKE $1 || '%'
                    """,
                    [.text(prefix), .double(days)]
                )
            }
            for number in 1...16 { try await take("first-\(number)") }
            await #expect(throws: FeedRefusal.tooManySubscriptions) { try await take("second-1") }
            try await age("first-", 91)
            for number in 1...16 { try await take("second-\(number)") }
            await #expect(throws: FeedRefusal.tooManySubscriptions) { try await take("third") }
            await #expect(throws: FeedRefusal.tooManySubscriptions) { try await take("first-1") }
            #expect(try await log.cursors(ana).count == 32)
            try await age("second-", 91)
            try await take("third")
            let left = try await log.cursors(ana).map(\.name)
            #expect(left.count == 17 && left.allSatisfy { !$0.hasPrefix("first-") }, "\(left)")
        }
    }

    @Test func `a name not used for longer than the log is kept is not in use`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            for name in ["younger", "just", "older", "own"] {
                _ = try await log.subscribe(ana, name: name, from: .head, filter: .everything)
            }
            let ben = Principal.coordinator("ben")
            _ = try await log.subscribe(ben, name: "older", from: .head, filter: .everything)
            try await scene.withClockStopped(for: .feed) { connection in
                for (name, seconds) in [("younger", -1.0), ("just", 0.0), ("older", 1.0), ("own", 1.0)] {
                    _ = try await scene.rows(
                        """
                        UPDATE placeguard.feed_cursor
                        SET last_seen = placeguard.clock_timestamp() - make_interval(days => 90)
                            - make_interval(secs => $2)
                        WHERE name = $1
                        """,
                        [.text(name), .double(seconds)]
                    )
                }
                let later = PostgresAlertLog(connection, keptDays: 90)
                let own = try await later.subscribe(ana, name: "own", from: .resume, filter: .everything)
                #expect(own.subscription.generation == 2, "whoever comes back late keeps the name")
                for number in 1...13 {
                    _ = try await later.subscribe(ana, name: "n-\(number)", from: .head, filter: .everything)
                }
                await #expect(throws: FeedRefusal.tooManySubscriptions, "just, own, younger and thirteen more") {
                    try await later.subscribe(ana, name: "n-14", from: .head, filter: .everything)
                }
                #expect(try await later.cursors(ben).map(\.name) == ["older"], "another's names are another's")
            }
        }
    }

    @Test func `whoever stands before what went is told, whoever stands behind it goes on`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...4 { try await subject.publish() }
            let late = try await subject.log.subscribe(ana, name: "late", from: .floor, filter: .everything)
            let quick = try await subject.log.subscribe(ana, name: "quick", from: .floor, filter: .everything)
            try await subject.log.acknowledge(late.subscription, seq: 1, sent: 4)
            try await subject.log.acknowledge(quick.subscription, seq: 2, sent: 4)
            try await age(scene, upTo: 2, seconds: 91 * day)
            _ = try await retention(scene).trim()
            let now = try await subject.log.position(of: .open)
            await #expect(throws: FeedRefusal.tooOld(now)) {
                try await subject.log.subscribe(ana, name: "late", from: .resume, filter: .everything)
            }
            let again = try await subject.log.subscribe(ana, name: "quick", from: .resume, filter: .everything)
            #expect(try await subject.page(again, ana).events.map(\.seq) == [3, 4])
        }
    }

    @Test func `what is open is listed and shown when the log has let go of it`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            let alert = try await subject.publish().alert
            try await subject.publish(alert)
            try await subject.publish(alert)
            let whole = try #require(try await subject.desk.history(of: alert, for: ana))
            #expect(whole.events.map(\.rev) == [1, 2, 3] && !whole.isShortened)
            try await age(scene, upTo: 2, seconds: 91 * day)
            _ = try await retention(scene).trim()
            let part = try #require(try await subject.desk.history(of: alert, for: ana))
            #expect(part.events.map(\.rev) == [3] && part.isShortened)
            try await age(scene, upTo: 3, seconds: 91 * day)
            _ = try await retention(scene).trim()
            let rest = try #require(try await subject.desk.history(of: alert, for: ana))
            #expect(rest.events.isEmpty && rest.isShortened && rest.standing.rev == 3)
            let open = try await subject.log.openAlerts(ana, filter: .everything, after: nil, limit: 10)
            #expect(open.map(\.event.alert) == [alert])
            let position = try await subject.log.position(of: .open)
            #expect(position.floor == 4 && position.head == 3)
            let start = try await subject.log.subscribe(ana, name: "new", from: .floor, filter: .everything)
            #expect(start.at == 3)
            try await subject.publish(alert)
            #expect(try await subject.page(start, ana).events.map(\.seq) == [4])
        }
    }

    @Test(arguments: [1, 3, 4, 5, 9, 10, 11])
    func `in steps of any size the same goes`(_ step: Int32) async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...12 { try await subject.publish() }
            try await age(scene, upTo: 10, seconds: 91 * day)
            #expect(try await retention(scene, step: step).trim() == [.init(view: .open, floor: 11, dropped: 10)])
            #expect(try await scene.log(.open).count == 2)
        }
    }

    @Test func `an old event behind a younger one stays with it`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...3 { try await subject.publish() }
            try await age(scene, upTo: 3, seconds: 91 * day)
            try await age(scene, upTo: 2, seconds: 1)
            #expect(try await retention(scene).trim().isEmpty)
            #expect(try await subject.log.position(of: .open).floor == 1)
        }
    }

    @Test func `the jump of an epoch does not hold the floor up`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...2 { try await subject.publish() }
            try await subject.beginEpoch(in: .open)
            try await subject.publish()
            try await age(scene, upTo: 2, seconds: 91 * day)
            let trimmed = try await retention(scene).trim()
            #expect(trimmed == [.init(view: .open, floor: EpochGuard.margin + 3, dropped: 2)])
        }
    }

    @Test func `records of refused logins go as well`() async throws {
        try await Scene.with { scene in
            let store = PostgresCredentialStore(source: scene.fixture.feed)
            for id in ["old-1", "old-2", "new-1"] { try await store.recordRefusal(tokenID: id, address: "192.0.2.1") }
            _ = try await scene.rows(
                """
                UPDATE placeguard.refused_login SET minute = minute - interval '91 days' WHERE token_id LIKE 'old%'
                """
            )
            _ = try await retention(scene).trim()
            #expect(try await scene.count("SELECT count(*) FROM placeguard.refused_login") == 1)
        }
    }

    @Test func `nobody but the administrator's role lets go of anything, and nobody of less than a day`() async throws {
        try await Scene.with { scene in
            for role in [Bootstrap.Role.feed, .assessor, .intake, .briefing] {
                for statement in [
                    "SELECT placeguard.raise_floor('open', interval '90 days', 10)",
                    "SELECT placeguard.drop_below_floor('open', 10)",
                    "SELECT placeguard.drop_refused_logins(interval '90 days', 10)",
                    "DELETE FROM placeguard.feed",
                ] as [StaticString] {
                    await #expect(throws: (any Error).self, "\(role) \(statement)") {
                        try await scene.fixture.pool(role).lend { connection in
                            _ = try await connection.query(statement)
                        }
                    }
                }
            }
            await #expect(throws: (any Error).self) { try await retention(scene, days: 0).trim() }
            await #expect(throws: (any Error).self) {
                try await scene.fixture.admin.lend { connection in
                    _ = try await connection.query("DELETE FROM placeguard.feed")
                }
            }
        }
    }

    @Test func `two daemons that let go at once let go of each event once`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            for _ in 1...40 { try await subject.publish() }
            try await age(scene, upTo: 30, seconds: 91 * day)
            let dropped = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<3 {
                    group.addTask { try await retention(scene, step: 7).trim().map(\.dropped).reduce(0, +) }
                }
                return try await group.reduce(0, +)
            }
            #expect(dropped == 30)
            #expect(try await scene.log(.open).count == 10)
        }
    }
}
