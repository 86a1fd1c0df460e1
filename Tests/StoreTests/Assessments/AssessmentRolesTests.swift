import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What each role may do with what was concluded, and what a transaction reads that has not said as whom.
@Suite(needsServer)
struct AssessmentRolesTests {
    /// Statements that the role must not get through: no grant (42501).
    private static let forbidden: [(Bootstrap.Role, StaticString)] = [
        (.feed, "SELECT narrative FROM placeguard.report_narrative"), (.feed, "SELECT sign FROM placeguard.item"),
        (.feed, "SELECT id FROM placeguard.report"), (.feed, "SELECT explanation FROM placeguard.assessment"),
        (.feed, "SELECT band FROM placeguard.location_state"), (.feed, "SELECT reason FROM placeguard.judgement"),
        (.feed, "SELECT name FROM placeguard.location_restricted_name"),
        (.feed, "SELECT position FROM placeguard.location"), (.feed, "UPDATE placeguard.feed_counter SET seq = 0"),
        (.feed, "INSERT INTO placeguard.alert DEFAULT VALUES"), (.feed, "DELETE FROM placeguard.feed"),
        (.feed, "SELECT 1 FROM placeguard.feed_open"), (.feed, "SELECT 1 FROM placeguard.feed_full_0"),
        (.briefing, "SELECT narrative FROM placeguard.report_narrative"),
        (.briefing, "SELECT originator FROM placeguard.item"), (.briefing, "SELECT canonical FROM placeguard.report"),
        (.briefing, "SELECT body FROM placeguard.feed"), (.briefing, "SELECT acked FROM placeguard.feed_cursor"),
        (.briefing, "UPDATE placeguard.location_state SET differs = false"),
        (.briefing, "INSERT INTO placeguard.review DEFAULT VALUES"),
        (.assessor, "SELECT narrative FROM placeguard.report_narrative"),
        (.assessor, "SELECT canonical FROM placeguard.report"), (.assessor, "UPDATE placeguard.item SET sign = 'x'"),
        (.assessor, "DELETE FROM placeguard.item"), (.assessor, "UPDATE placeguard.assessment SET points = 0"),
        (.assessor, "DELETE FROM placeguard.assessment"), (.assessor, "DELETE FROM placeguard.feed"),
        (.assessor, "INSERT INTO placeguard.review DEFAULT VALUES"),
        (.assessor, "UPDATE placeguard.template SET active = false"),
        (.intake, "SELECT band FROM placeguard.location_state"), (.intake, "SELECT body FROM placeguard.alert"),
        (.intake, "SELECT points FROM placeguard.assessment"), (.intake, "SELECT seq FROM placeguard.feed_counter"),
        (.intake, "SELECT band FROM placeguard.judgement"),
        (.admin, "UPDATE placeguard.assessment SET points = 0"), (.admin, "DELETE FROM placeguard.review"),
        (.admin, "UPDATE placeguard.template SET source = ''"), (.admin, "UPDATE placeguard.alert SET is_open = false"),
        (.admin, "INSERT INTO placeguard.feed DEFAULT VALUES"), (.admin, "UPDATE placeguard.feed_cursor SET acked = 0"),
    ]

    @Test func `no role gets at what it has no business with`() async throws {
        try await StoreFixture.with { fixture in
            for (role, sql) in Self.forbidden {
                let refused = await #expect(throws: PostgresError.self, "\(role.rawValue): \(sql)") {
                    try await fixture.pool(role).withConnection { connection in
                        try await connection.transaction(reading: .everything) { connection in
                            try await connection.query(sql)
                        }
                    }
                }
                #expect(refused?.sqlState == "42501", "\(role.rawValue): \(sql)")
            }
        }
    }

    /// Tables whose rows belong to a view, with a role that may read them.
    private static let viewed: [(Bootstrap.Role, StaticString, StaticString)] = [
        (.briefing, "assessment", "SELECT count(*) FROM placeguard.assessment"),
        (.briefing, "location_state", "SELECT count(*) FROM placeguard.location_state"),
        (.briefing, "judgement", "SELECT count(*) FROM placeguard.judgement"),
        (.briefing, "review", "SELECT count(*) FROM placeguard.review"),
        (.feed, "alert", "SELECT count(*) FROM placeguard.alert"),
        (.feed, "feed", "SELECT count(*) FROM placeguard.feed"),
    ]

    @Test func `a transaction that has not said as whom it reads sees nothing, an open one the open view only`()
        async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place()
            for _ in 0..<2 { try await scene.report(at: place) }
            try await scene.drain()
            let until = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0)) + 600
            for clearances in [[], [.statutory]] as [Set<Clearance>] {
                let steward = Steward.named("ana", clearances: clearances)
                try await scene.desk.judge(place, band: .red, reason: "known", until: until, by: steward)
            }
            try await scene.desk.review(
                place,
                outcome: "visited",
                closes: false,
                displaced: nil,
                by: .named("ana", clearances: [.statutory])
            )
            for (role, table, sql) in Self.viewed {
                let counts = try await [nil, ReadScope(view: .open), .everything].asyncMap { scope in
                    try await scene.fixture.pool(role).withConnection { connection in
                        try await connection.transaction { connection in
                            if let scope { _ = try await connection.query(scope.statement) }
                            return try await connection.query(sql)[0].int64(0)
                        }
                    }
                }
                #expect(counts == [0, 1, 2], "\(table)")
            }
        }
    }

    @Test func `a setting ends with its transaction`() async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            try await scene.fixture.feed.withConnection { connection in
                let sql: StaticString = "SELECT count(*) FROM placeguard.feed"
                let inside = try await connection.pipeline([ReadScope.everything.statement, Statement(sql)])
                #expect(try inside[1][0].int64(0) == 2)
                #expect(try await connection.query(sql)[0].int64(0) == 0)
            }
        }
    }

    @Test func `what was concluded is never changed, not even by the owner`() async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            for sql in [
                "UPDATE placeguard.assessment SET points = 0", "UPDATE placeguard.feed SET body = '{}'",
                "UPDATE placeguard.review SET outcome = ''", "UPDATE placeguard.control_event SET state = 'verified'",
                "UPDATE placeguard.inspection SET sign = ''", "UPDATE placeguard.judgement SET band = 'green'",
                "UPDATE placeguard.lado_release SET released = true",
            ] as [StaticString] {
                let refused = await #expect(throws: PostgresError.self, "\(sql)") { try await scene.rows(sql) }
                #expect(refused?.sqlState == "23000", "\(sql)")
            }
        }
    }

    @Test func `two alerts of one cause are never open at one place in one view`() async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            let refused = await #expect(throws: PostgresError.self) {
                try await scene.rows(
                    """
                    INSERT INTO placeguard.alert (id, view, cause, location, is_open, opened_at, seq, rev, at, type,
                        urgency, areas, everywhere, tags, body)
                    SELECT gen_random_uuid(), view, cause, location, true, opened_at, seq, rev, at, type, urgency, areas,
                        everywhere, tags, body FROM placeguard.alert
                    """
                )
            }
            #expect(refused?.constraint == "alert_one_open")
        }
    }
}

extension Sequence {
    /// The results in order, one after the other.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
