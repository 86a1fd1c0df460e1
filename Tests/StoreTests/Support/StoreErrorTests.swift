import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct StoreErrorTests {
    /// Has the server raise a state and answers what leaves the store.
    private func error(_ fixture: StoreFixture, _ state: String) async -> (any Error)? {
        do {
            _ = try await fixture.owner.transaction(while: "testing") { connection in
                try await connection.script("DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '\(state)'; END $$")
            }
            return nil
        } catch {
            return error
        }
    }

    @Test func `states of the server become what a caller can do about them`() async throws {
        try await StoreFixture.with { fixture in
            for (state, failure) in [
                ("53100", StoreFailure.storageFull), ("53200", .storageFull), ("58030", .storageFull),
                ("53300", .unavailable), ("57014", .unavailable), ("55P03", .unavailable), ("40001", .unavailable),
                ("40P01", .unavailable), ("57P01", .unavailable), ("25006", .unavailable), ("08006", .unavailable),
            ] {
                let thrown = await error(fixture, state)
                #expect(thrown as? StoreFailure == failure, "\(state)")
            }
            for (state, code) in [
                ("22003", StoreError.Code.invalid), ("23514", .invalid), ("42501", .permission), ("42P01", .internal),
            ] {
                let thrown = await error(fixture, state)
                #expect((thrown as? StoreError)?.code == code, "\(state)")
            }
        }
    }

    @Test func `the description names no value, the debug description has all`() async throws {
        try await StoreFixture.with { fixture in
            let thrown = try #require(await error(fixture, "23514") as? StoreError)
            #expect(!thrown.description.contains("secret"))
            #expect(thrown.description.contains("23514"))
            #expect(thrown.debugDescription.contains("secret"))
        }
    }

    @Test func `a transaction that others got in the way of runs again, and not for ever`() async throws {
        try await StoreFixture.with { fixture in
            var runs = 0
            let result = try await fixture.owner.transaction(while: "testing") { connection in
                runs += 1
                if runs < 3 {
                    try await connection.script("DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = '40P01'; END $$")
                }
                return runs
            }
            #expect(result == 3)
            runs = 0
            await #expect(throws: StoreFailure.unavailable) {
                try await fixture.owner.transaction(while: "testing") { connection in
                    runs += 1
                    try await connection.script("DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = '40001'; END $$")
                }
            }
            #expect(runs == StoreLimits.attempts)
        }
    }
}
