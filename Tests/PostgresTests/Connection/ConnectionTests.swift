import Logging
import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct ConnectionTests {
        @Test func `a query returns its rows`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let rows = try await connection.query(
                    "SELECT n, 'row ' || n FROM generate_series(1, $1::int) AS n",
                    [.int32(3)]
                )
                #expect(try rows.map { try $0.int32(0) } == [1, 2, 3])
                #expect(try rows.map { try $0.text(1) } == ["row 1", "row 2", "row 3"])
            }
        }

        @Test func `a pipeline returns the rows of each statement`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let results = try await connection.pipeline(
                    (0..<1000).map { Statement("SELECT $1::int", [.int32($0)]) }
                )
                #expect(try results.map { try $0[0].int32(0) } == Array(0..<1000))
            }
        }

        @Test func `a transaction commits when its body returns and rolls back when it throws`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int)")
                    try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (1)") }
                    struct Refused: Error {}
                    await #expect(throws: Refused.self) {
                        try await connection.transaction {
                            _ = try await $0.query("INSERT INTO t VALUES (2)")
                            throw Refused()
                        }
                    }
                    let rows = try await connection.query("SELECT n FROM t")
                    #expect(try rows.map { try $0.int32(0) } == [1])
                }
            }
        }

        @Test func `copy loads rows in binary`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int8, s text)")
                    let loaded = try await connection.copyIn("COPY t (n, s) FROM STDIN (FORMAT binary)") { writer in
                        for n in Int64(0)..<20_000 { try await writer.writeRow([.int64(n), .text("row \(n)")]) }
                    }
                    #expect(loaded == 20_000)
                    let rows = try await connection.query("SELECT count(*), sum(n) FROM t WHERE s = 'row ' || n")
                    #expect(try rows[0].int64(0) == 20_000)
                }
            }
        }

        @Test func `a stream passes every row on`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                var sum: Int64 = 0
                try await connection.stream(Statement("SELECT n FROM generate_series(1, 10000) AS n")) { row in
                    sum += try row.int64(0)
                }
                #expect(sum == 50_005_000)
            }
        }

        @Test func `a pool lends connections`() async throws {
            let reactor = try EpollReactor()
            let pool = ConnectionPool(
                settings: try PostgresServer.settings(),
                logger: Logger(label: "test"),
                readiness: reactor
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                let value = try await pool.withConnection { try await $0.query("SELECT 1::int")[0].int32(0) }
                #expect(value == 1)
                group.cancelAll()
            }
        }
    }
}
