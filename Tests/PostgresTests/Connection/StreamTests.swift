import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct StreamTests {
        private struct Refused: Error {}

        private func numbers(to last: Int64) -> Statement {
            Statement("SELECT n FROM generate_series(1, $1::int8) AS n", [.int64(last)])
        }

        @Test(arguments: [0, 1, 63, 64, 65, 1000])
        func `passes every row on, in order`(count: Int64) async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                var seen: [Int64] = []
                try await connection.stream(numbers(to: count)) { seen.append(try $0.int64(0)) }
                #expect(seen == Array(0..<count).map { $0 + 1 })
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `a body that throws ends the statement and leaves the connection usable`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                var seen = 0
                await #expect(throws: Refused.self) {
                    try await connection.stream(Statement("SELECT generate_series(1, 50000000)")) { _ in
                        seen += 1
                        if seen == 100 { throw Refused() }
                    }
                }
                #expect(seen == 100)
                let row = try await connection.query("SELECT 1::int4")[0]
                #expect(try row.int32(0) == 1)
            }
        }

        @Test func `an error after some rows is reported after those rows`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                var seen: [Int64] = []
                await #expect {
                    try await connection.stream(
                        Statement("SELECT 10 / (100 - n) FROM generate_series(1, $1::int8) AS n", [.int64(200)])
                    ) { seen.append(try $0.int64(0)) }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "22012"
                }
                #expect(seen.count == 99)
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `a statement that is refused passes no rows`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                await #expect {
                    try await connection.stream(Statement("SELECT missing")) { _ in Issue.record("a row") }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "42703"
                }
                _ = try await connection.query("SELECT 1")
            }
        }
    }
}
