import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct TransactionTests {
        private struct Refused: Error {}

        private func withTable(_ body: (Connection) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int PRIMARY KEY)")
                    try await body(connection)
                }
            }
        }

        private func expectValues(_ expected: [Int32], _ connection: Connection) async throws {
            let rows = try await connection.query("SELECT n FROM t ORDER BY n")
            #expect(try rows.map { try $0.int32(0) } == expected)
        }

        @Test func `commits when the body returns`() async throws {
            try await withTable { connection in
                let result = try await connection.transaction { connection in
                    _ = try await connection.query("INSERT INTO t VALUES (1)")
                    return "done"
                }
                #expect(result == "done")
                try await expectValues([1], connection)
            }
        }

        @Test func `rolls back when the body throws, and the connection serves on`() async throws {
            try await withTable { connection in
                await #expect(throws: Refused.self) {
                    try await connection.transaction { connection in
                        _ = try await connection.query("INSERT INTO t VALUES (1)")
                        throw Refused()
                    }
                }
                try await expectValues([], connection)
            }
        }

        @Test func `an error the body passes over still undoes the whole and is reported`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.transaction { connection in
                        _ = try await connection.query("INSERT INTO t VALUES (1)")
                        _ = try? await connection.query("INSERT INTO t VALUES (1)")
                    }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "25P02"
                }
                try await expectValues([], connection)
            }
        }

        @Test(arguments: Isolation.allCases, [false, true])
        func `has the isolation asked for`(isolation: Isolation, readOnly: Bool) async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let row = try await connection.transaction(isolation, readOnly: readOnly) { connection in
                    try await connection.query(
                        "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
                    )[0]
                }
                let names: [Isolation: String] = [
                    .readCommitted: "read committed", .repeatableRead: "repeatable read", .serializable: "serializable",
                ]
                #expect(try row.text(0) == names[isolation])
                #expect(try row.text(1) == (readOnly ? "on" : "off"))
            }
        }

        @Test func `a write in a read-only one is refused, which is not the server's fault`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.transaction(readOnly: true) { connection in
                        _ = try await connection.query("INSERT INTO t VALUES (1)")
                    }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "25006"
                }
            }
        }

        @Test func `one inside another is refused`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.transaction { connection in
                        try await connection.transaction { _ in }
                    }
                } throws: {
                    ($0 as? PostgresError)?.code == .usage
                }
                try await connection.transaction { _ in }
            }
        }

        @Test func `an error of the commit itself is reported`() async throws {
            try await withTable { connection in
                try await connection.script("CREATE TABLE u (n int REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
                await #expect {
                    try await connection.transaction { connection in
                        _ = try await connection.query("INSERT INTO u VALUES (7)")
                    }
                } throws: {
                    let error = $0 as? PostgresError
                    return error?.code == .server && error?.sqlState == "23503"
                }
                try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (1)") }
                try await expectValues([1], connection)
            }
        }

        @Test func `a constraint is named`() async throws {
            try await withTable { connection in
                _ = try await connection.query("INSERT INTO t VALUES (1)")
                await #expect { _ = try await connection.query("INSERT INTO t VALUES (1)") } throws: {
                    let error = $0 as? PostgresError
                    return error?.isUniqueViolation == true && error?.constraint == "t_pkey"
                        && error?.diagnostics?.table == "t"
                }
            }
        }

        @Test func `two that cannot both be serialized: one may run again`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { first in
                    try await first.script("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
                    try await withConnection(database.settings) { second -> Void in
                        await #expect {
                            try await first.transaction(.repeatableRead) { first in
                                _ = try await first.query("SELECT n FROM t")
                                _ = try await second.query("UPDATE t SET n = 2")
                                _ = try await first.query("UPDATE t SET n = 3")
                            }
                        } throws: {
                            ($0 as? PostgresError)?.isRetryable == true
                        }
                    }
                }
            }
        }
    }
}
