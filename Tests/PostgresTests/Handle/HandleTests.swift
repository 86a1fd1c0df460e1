import TestSupport
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct HandleTests {
        @Test func `a result may be misread after its connection is gone`() async throws {
            let result = try await withConnection(PostgresServer.settings()) { connection in
                try await connection.session.query(Statement("SELECT 1::int4"))
            }
            // libpq reports a wrong column to the notice receiver of the connection, which is closed by now.
            #expect(result.columnType(5).rawValue == 0)
            #expect(result.isNull(row: 7, column: 0))
            #expect(result.columnType(0) == .int4)
        }

        @Test func `rows are read from several threads at once`() async throws {
            let rows = try await withConnection(PostgresServer.settings()) { connection in
                try await connection.query("SELECT n, 'row ' || n FROM generate_series(1, 2000) AS n")
            }
            let sums = await withTaskGroup(of: Int64.self) { group in
                for _ in 0..<8 {
                    group.addTask { @concurrent in
                        rows.reduce(0) { sum, row in
                            let isRight = (try? row.text(1)) == (try? "row \(row.int64(0))")
                            return sum + (isRight ? (try? row.int64(0)) ?? 0 : 0)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sums == Array(repeating: 2_001_000, count: 8))
        }

        @Test func `a warning is kept and not printed`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                try await connection.script("DO $$ BEGIN RAISE WARNING 'careful' USING ERRCODE = '01P01'; END $$")
                let notice = await connection.session.lastNotice
                #expect(notice?.severity == "WARNING")
                #expect(notice?.sqlState == "01P01")
                #expect(notice?.message == "careful")
            }
        }

        @Test func `more than one statement is refused`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let error = await failure { _ = try await connection.query("SELECT 1; SELECT 2") }
                #expect(error?.sqlState == "42601")
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `a script stops at its first error`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let error = await failure {
                    try await connection.script("SELECT 1; SELECT 1 / 0; SELECT pg_sleep(3600)")
                }
                #expect(error?.sqlState == "22012")
                let refused = await failure { try await connection.script("SELECT 1\0; SELECT 2") }
                #expect(refused?.code == .usage)
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `an empty statement has no rows`() async throws {
            let rows = try await withConnection(PostgresServer.settings()) { try await $0.query("") }
            #expect(rows.isEmpty)
        }
    }
}
