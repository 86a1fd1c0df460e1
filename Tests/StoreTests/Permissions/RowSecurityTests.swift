import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct RowSecurityTests {
    /// One report of each compartment at one place; the last with a staff sign beside a common one.
    private func scene(_ fixture: StoreFixture) async throws {
        try await fixture.addPartners()
        let outcomes = try await fixture.reports().commit(
            [
                SampleReport.make("open", narrative: [1]),
                SampleReport.make("statutory", agency: SamplePartners.children, compartment: .statutoryOnly),
                SampleReport.make("police", agency: SamplePartners.police, compartment: .policeIntel),
                SampleReport.make("lado", signs: [SampleSigns.common, SampleSigns.lado], narrative: [2]),
            ],
            prompts: SampleReport.noPrompts
        )
        #expect(outcomes.allSatisfy { $0.isCreated })
    }

    private func references(_ fixture: StoreFixture, _ scope: ReadScope?) async throws -> [String] {
        try await fixture.admin.withConnection { connection in
            try await connection.transaction { connection in
                if let scope { _ = try await connection.query(scope.statement) }
                return try await connection.query("SELECT reference FROM placeguard.report ORDER BY reference")
                    .map { try $0.text(0) }
            }
        }
    }

    private func items(_ fixture: StoreFixture, _ scope: ReadScope) async throws -> [String] {
        try await fixture.briefing.withConnection { connection in
            try await connection.transaction(reading: scope) { connection in
                try await connection.query(
                    "SELECT DISTINCT compartment FROM placeguard.item ORDER BY compartment"
                ).map { try $0.text(0) }
            }
        }
    }

    @Test func `without settings nothing is read`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            #expect(try await references(fixture, nil) == [])
            for table: StaticString in [
                "SELECT count(*) FROM placeguard.report_narrative", "SELECT count(*) FROM placeguard.item",
                "SELECT count(*) FROM placeguard.report_correction",
            ] {
                let count = try await fixture.intake.withConnection { try await $0.query(table)[0].int64(0) }
                #expect(count == 0)
            }
        }
    }

    @Test func `each view and clearance opens exactly its compartments`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            #expect(try await references(fixture, ReadScope(view: .open)) == ["lado", "open"])
            #expect(try await references(fixture, ReadScope(view: .full)) == ["lado", "open", "statutory"])
            #expect(try await references(fixture, .everything) == ["lado", "open", "police", "statutory"])
            #expect(try await items(fixture, ReadScope(view: .open)) == ["open-partner"])
            #expect(try await items(fixture, ReadScope(view: .full)) == ["open-partner", "statutory-only"])
            #expect(
                try await items(fixture, ReadScope(view: .full, clearances: [.statutory, .police]))
                    == ["open-partner", "police-intel", "statutory-only"]
            )
            #expect(
                try await items(fixture, ReadScope(view: .full, clearances: [.lado]))
                    == ["lado", "open-partner", "statutory-only"]
            )
        }
    }

    @Test func `clearances open nothing in the open view`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            #expect(try await items(fixture, ReadScope(view: .open, clearances: [.police, .lado])) == ["open-partner"])
        }
    }

    @Test func `the narrative of a report with a staff sign is lado although the report is open`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            for (scope, words) in [(ReadScope(view: .full), [[1]]), (.everything, [[1], [2]])]
                as [(ReadScope, [[UInt8]])]
            {
                let read = try await fixture.intake.withConnection { connection in
                    try await connection.transaction(reading: scope) { connection in
                        try await connection.query("SELECT narrative FROM placeguard.report_narrative ORDER BY 1")
                            .map { try $0.bytes(0) }
                    }
                }
                #expect(read == words)
            }
        }
    }

    @Test func `settings end with their transaction`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            try await fixture.admin.withConnection { connection in
                let inside = try await connection.transaction(reading: .everything) { connection in
                    try await connection.query("SELECT count(*) FROM placeguard.report")[0].int64(0)
                }
                #expect(inside == 4)
                let outside = try await connection.query("SELECT count(*) FROM placeguard.report")[0].int64(0)
                #expect(outside == 0)
            }
        }
    }

    @Test func `a setting nobody knows opens nothing`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            for setting: (StaticString, StaticString) in [
                (
                    "SELECT set_config('placeguard.view', 'FULL', true)",
                    "SELECT set_config('placeguard.clearances', 'lado', true)"
                ),
                (
                    "SELECT set_config('placeguard.view', '', true)",
                    "SELECT set_config('placeguard.clearances', 'police,lado', true)"
                ),
            ] {
                let count = try await fixture.admin.withConnection { connection in
                    try await connection.transaction { connection in
                        _ = try await connection.query(setting.0)
                        _ = try await connection.query(setting.1)
                        return try await connection.query("SELECT count(*) FROM placeguard.report")[0].int64(0)
                    }
                }
                #expect(count == 0)
            }
        }
    }

    @Test func `what may not be read cannot be changed either`() async throws {
        try await StoreFixture.with { fixture in
            try await scene(fixture)
            let changed = try await fixture.admin.withConnection { connection in
                try await connection.transaction(reading: ReadScope(view: .open)) { connection in
                    try await connection.query(
                        "UPDATE placeguard.item SET superseded_at = now() WHERE superseded_at IS NULL"
                    )
                    .affected
                }
            }
            // The open report's item and the common one beside the staff sign.
            #expect(changed == 2)
        }
    }
}
