import Postgres
import TestSupport
import Testing

extension ServerTests {
    /// The statement cache against a real server.
    @Suite struct StatementReuseTests {
        private func expectPrepared(_ expected: Int64, _ connection: Connection) async throws {
            let rows = try await connection.query(
                "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'placeguard%'"
            )
            #expect(try rows[0].int64(0) == expected)
        }

        @Test func `a statement run often is prepared once`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                for n in Int32(0)..<10 {
                    #expect(try await connection.query("SELECT $1 + 1", [.int32(n)])[0].int32(0) == n + 1)
                }
                try await expectPrepared(1, connection)
            }
        }

        @Test func `a plan that is no longer valid is made anew`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await withConnection(database.settings) { other in
                        try await other.script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
                        for _ in 0..<3 { #expect(try await connection.query("SELECT * FROM t").columnCount == 1) }
                        try await other.script("ALTER TABLE t ADD b int")
                        #expect(try await connection.query("SELECT * FROM t").columnCount == 2)
                        for _ in 0..<3 { #expect(try await connection.query("SELECT * FROM t").columnCount == 2) }
                        try await other.script("ALTER TABLE t ADD c int")
                        let results = try await connection.pipeline([
                            Statement("SELECT * FROM t"), Statement("SELECT 1"),
                        ])
                        #expect(results[0].columnCount == 3)
                    }
                }
            }
        }

        @Test func `names the server has forgotten are made anew`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                for _ in 0..<3 { _ = try await connection.query("SELECT 7::int4") }
                try await expectPrepared(1, connection)
                _ = try await connection.query("DEALLOCATE ALL")
                #expect(try await connection.query("SELECT 7::int4")[0].int32(0) == 7)
                _ = try await connection.query("DISCARD ALL")
                #expect(try await connection.pipeline([Statement("SELECT 7::int4")])[0][0].int32(0) == 7)
            }
        }

        @Test func `inside a transaction nothing is run twice`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await withConnection(database.settings) { other in
                        try await other.script("CREATE TABLE t (a int)")
                        for _ in 0..<3 { _ = try await connection.query("SELECT * FROM t") }
                        try await other.script("ALTER TABLE t ADD b int")
                        await #expect {
                            try await connection.transaction { _ = try await $0.query("SELECT * FROM t") }
                        } throws: {
                            ($0 as? PostgresError)?.sqlState == "0A000"
                        }
                        // The caller's second try succeeds, since outside the transaction the cache could be emptied.
                        #expect(try await connection.query("SELECT * FROM t").columnCount == 2)
                        try await connection.transaction { _ = try await $0.query("SELECT * FROM t") }
                    }
                }
            }
        }
    }
}
