import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct PipelineTests {
        private func withTable(_ body: (Connection) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int PRIMARY KEY)")
                    try await body(connection)
                }
            }
        }

        private func insert(_ n: Int32) -> Statement { Statement("INSERT INTO t VALUES ($1)", [.int32(n)]) }

        private func expectCount(_ expected: Int64, _ connection: Connection) async throws {
            let count = try await connection.query("SELECT count(*) FROM t")[0].int64(0)
            #expect(count == expected)
        }

        @Test func `returns results in the order of the statements`() async throws {
            try await withTable { connection in
                let results = try await connection.pipeline([
                    insert(1), Statement("SELECT n FROM t"), insert(2), Statement("SELECT count(*) FROM t"),
                ])
                #expect(results.count == 4)
                #expect(results[0].affected == 1)
                #expect(try results[1].map { try $0.int32(0) } == [1])
                #expect(try results[3][0].int64(0) == 2)
            }
        }

        @Test func `no statements are no exchange`() async throws {
            try await withTable { connection in
                let results = try await connection.pipeline([])
                #expect(results.isEmpty)
            }
        }

        @Test(arguments: [0, 1, 300, 600])
        func `an error undoes all, wherever it is, and says where it is`(place: Int32) async throws {
            try await withTable { connection in
                var statements = (0..<Int32(601)).map { insert($0) }
                statements[Int(place)] = Statement("SELECT 1 / $1", [.int32(0)])
                await #expect { _ = try await connection.pipeline(statements) } throws: {
                    let error = $0 as? PostgresError
                    return error?.sqlState == "22012" && error?.statementIndex == Int(place)
                }
                try await expectCount(0, connection)
                _ = try await connection.pipeline([insert(1), insert(2)])
                try await expectCount(2, connection)
            }
        }

        @Test func `an error while preparing in the pipeline does not poison the cache`() async throws {
            try await withTable { connection in
                let missing = Statement("SELECT n FROM later WHERE n = $1", [.int32(1)])
                for _ in 0..<3 {
                    await #expect { _ = try await connection.pipeline([missing, missing, missing]) } throws: {
                        ($0 as? PostgresError)?.sqlState == "42P01"
                    }
                }
                try await connection.script("CREATE TABLE later (n int)")
                #expect(try await connection.pipeline([missing, missing, missing]).count == 3)
                #expect(try await connection.query(missing).isEmpty)
            }
        }

        @Test func `inside a transaction it is part of it`() async throws {
            try await withTable { connection in
                struct Refused: Error {}
                await #expect(throws: Refused.self) {
                    try await connection.transaction { connection in
                        _ = try await connection.pipeline([insert(1), insert(2)])
                        throw Refused()
                    }
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `large parameters and large results do not block each other`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let payload = String(repeating: "x", count: 1_000_000)
                let results = try await connection.pipeline(
                    (0..<40).map { _ in Statement("SELECT $1 || $1", [.text(payload)]) }
                )
                #expect(try results.allSatisfy { try $0[0].text(0).utf8.count == 2_000_000 })
            }
        }

        @Test func `copy is refused`() async throws {
            try await withTable { connection in
                await #expect {
                    _ = try await connection.pipeline([Statement("COPY t FROM STDIN (FORMAT binary)")])
                } throws: {
                    ($0 as? PostgresError)?.code == .usage
                }
            }
        }

        @Test func `too many parameters are refused before anything is sent`() async throws {
            try await withTable { connection in
                let tooMany = (0...Statement.maximumParameters).map { PostgresValue.int32(Int32($0)) }
                await #expect {
                    _ = try await connection.pipeline([insert(1), Statement("SELECT 1", tooMany)])
                } throws: {
                    ($0 as? PostgresError)?.code == .usage
                }
                try await expectCount(0, connection)
            }
        }
    }
}
