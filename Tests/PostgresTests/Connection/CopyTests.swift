import Foundation
import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct CopyTests {
        private struct Refused: Error {}

        private func withTable(_ body: (Connection) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int8 PRIMARY KEY, s text, b bytea, a int4[])")
                    try await body(connection)
                }
            }
        }

        private func expectCount(_ expected: Int64, _ connection: Connection) async throws {
            let count = try await connection.query("SELECT count(*) FROM t")[0].int64(0)
            #expect(count == expected)
        }

        @Test func `rows arrive as they were written, NULL and all`() async throws {
            try await withTable { connection in
                let loaded = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    try await writer.writeRow([.int64(1), .text("a\tb\nc\\"), .bytes([0, 255]), .int32s([1, 2])])
                    try await writer.writeRow(fieldCount: 4) { row in
                        row.append(.int64(2))
                        row.append(.text(nil))
                        row.append(.bytes([]))
                        row.append(.int32s([]))
                    }
                }
                #expect(loaded == 2)
                let rows = try await connection.query("SELECT n, s, b, a FROM t ORDER BY n")
                #expect(try rows[0].text(1) == "a\tb\nc\\")
                #expect(try rows[0].bytes(2) == [0, 255])
                #expect(try rows[0].int32s(3) == [1, 2])
                #expect(try rows[1].optionalText(1) == nil)
                #expect(try rows[1].bytes(2) == [])
            }
        }

        @Test func `no rows are no error`() async throws {
            try await withTable { connection in
                let loaded = try await connection.copyIn("COPY t (n) FROM STDIN (FORMAT binary)") { _ in }
                #expect(loaded == 0)
            }
        }

        @Test func `a row larger than a chunk is taken`() async throws {
            try await withTable { connection in
                let large = [UInt8](repeating: 7, count: 3_000_000)
                _ = try await connection.copyIn("COPY t (n, b) FROM STDIN (FORMAT binary)") { writer in
                    try await writer.writeRow([.int64(1), .bytes(large)])
                }
                let rows = try await connection.query("SELECT length(b) FROM t")
                #expect(try rows[0].int32(0) == 3_000_000)
            }
        }

        @Test(arguments: [0, 10, 50_000])
        func `a body that throws loads nothing and leaves the connection usable`(rows: Int64) async throws {
            try await withTable { connection in
                await #expect(throws: Refused.self) {
                    try await connection.copyIn("COPY t (n, s) FROM STDIN (FORMAT binary)") { writer in
                        for n in 0..<rows { try await writer.writeRow([.int64(n), .text("some text")]) }
                        throw Refused()
                    }
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `an error of the server is reported and leaves the connection usable`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.copyIn("COPY t (n) FROM STDIN (FORMAT binary)") { writer in
                        for n in Int64(0)..<100_000 { try await writer.writeRow([.int64(n % 50_000)]) }
                    }
                } throws: {
                    ($0 as? PostgresError)?.isUniqueViolation == true
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `fields of the wrong type are refused by the server`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.copyIn("COPY t (n) FROM STDIN (FORMAT binary)") { writer in
                        try await writer.writeRow([.int32(1)])
                    }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "08P01"
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `a table that is not there is refused before the body runs`() async throws {
            try await withTable { connection in
                await #expect {
                    try await connection.copyIn("COPY missing FROM STDIN (FORMAT binary)") { _ in
                        Issue.record("the body ran")
                    }
                } throws: {
                    ($0 as? PostgresError)?.sqlState == "42P01"
                }
                try await expectCount(0, connection)
            }
        }

        @Test(arguments: [Statement("SELECT 1"), Statement("INSERT INTO t VALUES (1)")])
        func `a statement that is no copy is refused`(statement: Statement) async throws {
            try await withTable { connection in
                await #expect { try await connection.copyIn(statement.sql) { _ in } } throws: {
                    ($0 as? PostgresError)?.code == .usage
                }
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `a copy sent as a query is refused and does not loop`() async throws {
            try await withTable { connection in
                await #expect { _ = try await connection.query("COPY t (n) FROM STDIN (FORMAT binary)") } throws: {
                    ($0 as? PostgresError)?.code == .usage
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `inside a transaction it is part of it`() async throws {
            try await withTable { connection in
                await #expect(throws: Refused.self) {
                    try await connection.transaction { connection in
                        _ = try await connection.copyIn("COPY t (n) FROM STDIN (FORMAT binary)") { writer in
                            try await writer.writeRow([.int64(1)])
                        }
                        throw Refused()
                    }
                }
                try await expectCount(0, connection)
            }
        }

        @Test func `a server that stops reading stops the writer, and memory stays bounded`() async {
            await #expect(processExitsWith: .success) {
                try await TestDatabase.with { database in
                    var settings = database.settings
                    settings.responseTimeout = .seconds(1)
                    settings.drainTimeout = .milliseconds(200)
                    try await withConnection(settings) { connection in
                        try await connection.script("CREATE TABLE t (n int8, s text)")
                        let backend = try await connection.backend()
                        let row: [PostgresValue] = [.int64(1), .text(String(repeating: "x", count: 1000))]
                        let error = await failure {
                            _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                                try await ServerControl.whileStopped(backend) {
                                    let before = try ProcessFacts.residentMegabytes()
                                    let error = await failure {
                                        for _ in 0..<200_000 { try await writer.writeRow(row) }
                                    }
                                    // 200 MB were to be written. What was written fits the socket's buffers.
                                    guard try ProcessFacts.residentMegabytes() - before < 30 else { exit(2) }
                                    if let error { throw error }
                                }
                            }
                        }
                        guard error?.code == .timeout else { exit(1) }
                    }
                }
            }
        }
    }
}
