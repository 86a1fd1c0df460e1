import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct CancellationTests {
        /// Runs a body in a task, cancels it once the server runs its statement, and checks that the connection survives.
        private func cancelWhileRunning(
            _ body: @escaping @Sendable (Connection) async throws -> Void
        ) async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let backend = try await connection.backend()
                let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                    group.addTask { await failure { try await body(connection) } }
                    try await ServerControl.awaitActive(backend)
                    group.cancelAll()
                    return try await group.next() ?? nil
                }
                #expect(error?.code == .cancelled)
                let after = try await connection.backend()
                #expect(after == backend)
            }
        }

        @Test func `a running query`() async throws {
            try await cancelWhileRunning { _ = try await $0.query("SELECT pg_sleep(3600)") }
        }

        @Test func `a running pipeline`() async throws {
            try await cancelWhileRunning { connection in
                _ = try await connection.pipeline([
                    Statement("SELECT 1"), Statement("SELECT pg_sleep(3600)"), Statement("SELECT 2"),
                ])
            }
        }

        @Test func `a running script`() async throws {
            try await cancelWhileRunning { try await $0.script("SELECT 1; SELECT pg_sleep(3600); SELECT 2") }
        }

        @Test func `a transaction, which is rolled back`() async throws {
            try await cancelWhileRunning { connection in
                try await connection.transaction { _ = try await $0.query("SELECT pg_sleep(3600)") }
            }
        }

        @Test func `a stream while its rows come`() async throws {
            try await cancelWhileRunning { connection in
                try await connection.stream(Statement("SELECT generate_series(1, 1000000000)")) { _ in
                    await Task.yield()
                }
            }
        }

        @Test func `a stream that waits for its first row`() async throws {
            try await cancelWhileRunning { connection in
                try await connection.stream(Statement("SELECT pg_sleep(3600)")) { _ in }
            }
        }

        @Test func `a copy while it is written`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int8)")
                    let written = Guarded(0)
                    let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                        group.addTask {
                            await failure {
                                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                                    while true {
                                        try await writer.writeRow([.int64(1)])
                                        written.update { $0 += 1 }
                                    }
                                }
                            }
                        }
                        try await eventually { written.value > 10_000 }
                        group.cancelAll()
                        return try await group.next() ?? nil
                    }
                    #expect(error?.code == .cancelled)
                    let count = try await connection.query("SELECT count(*) FROM t")[0].int64(0)
                    #expect(count == 0)
                }
            }
        }

        @Test func `before the statement is sent`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                await withTaskGroup(of: PostgresError?.self) { group in
                    group.cancelAll()
                    group.addTask { await failure { _ = try await connection.query("SELECT pg_sleep(3600)") } }
                    #expect(await group.next()??.code == .cancelled)
                }
                _ = try await connection.query("SELECT 1")
            }
        }

        @Test func `while another task uses the connection`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let backend = try await connection.backend()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await connection.query("SELECT pg_sleep(3600)") }
                    try await ServerControl.awaitActive(backend)
                    await withTaskGroup(of: PostgresError?.self) { waiting in
                        waiting.addTask { await failure { _ = try await connection.query("SELECT 1") } }
                        waiting.cancelAll()
                        #expect(await waiting.next()??.code == .cancelled)
                    }
                    // The statement of the other task was not touched.
                    try await ServerControl.awaitActive(backend)
                    group.cancelAll()
                    await #expect(throws: PostgresError.self) { try await group.waitForAll() }
                }
            }
        }

        @Test func `a server that does not obey costs the connection`() async throws {
            var settings = try PostgresServer.settings()
            settings.drainTimeout = .milliseconds(100)
            try await withConnection(settings) { connection in
                let backend = try await connection.backend()
                let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                    group.addTask { await failure { _ = try await connection.query("SELECT pg_sleep(3600)") } }
                    try await ServerControl.awaitActive(backend)
                    return try await ServerControl.whileStopped(backend) {
                        group.cancelAll()
                        return try await group.next() ?? nil
                    }
                }
                #expect(error?.code == .cancelled)
                await #expect(throws: PostgresError.self) { _ = try await connection.query("SELECT 1") }
                try await ServerControl.awaitEnd(backend)
            }
        }

        @Test func `a server that says nothing for too long is made to cancel`() async throws {
            var settings = try PostgresServer.settings()
            settings.statementTimeout = nil
            settings.responseTimeout = .milliseconds(50)
            try await withConnection(settings) { connection in
                let backend = try await connection.backend()
                await #expect { _ = try await connection.query("SELECT pg_sleep(3600)") } throws: {
                    ($0 as? PostgresError)?.code == .timeout
                }
                let after = try await connection.backend()
                #expect(after == backend)
            }
        }

        @Test func `the server's own limit is its error`() async throws {
            var settings = try PostgresServer.settings()
            settings.statementTimeout = .milliseconds(20)
            try await withConnection(settings) { connection -> Void in
                await #expect { _ = try await connection.query("SELECT pg_sleep(3600)") } throws: {
                    let error = $0 as? PostgresError
                    return error?.code == .server && error?.sqlState == "57014"
                }
            }
        }
    }
}
