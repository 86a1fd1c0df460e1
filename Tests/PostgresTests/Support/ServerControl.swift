import Logging
import Postgres
import TestSupport

/// What tests do to the server behind a connection's back.
enum ServerControl {
    /// Ends a session the way an administrator does (57P01).
    static func terminate(_ backend: Int32) async throws {
        try await withConnection(PostgresServer.settings()) { connection in
            _ = try await connection.query("SELECT pg_terminate_backend($1)", [.int32(backend)])
        }
    }

    /// Stops a server process in its tracks for the time of the body.
    ///
    /// The process must be waiting, for a client or a timer: one that is stopped while it holds a lock stops the whole
    /// server. The server sends the signals to itself, since the test may run under another account; and it lets the
    /// process go on after a while even if the test does not, for a stopped process holds up every DROP DATABASE.
    static func whileStopped<R>(_ backend: Int32, _ body: () async throws -> R) async throws -> R {
        try await withConnection(PostgresServer.settings()) { connection in
            func run(_ program: String) async throws {
                try await connection.script("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; \(program)'")
            }
            try await run("(sleep 10; kill -CONT \(backend)) </dev/null >/dev/null 2>&1 & kill -STOP \(backend)")
            do {
                let result = try await body()
                try await run("kill -CONT \(backend)")
                return result
            } catch {
                try await run("kill -CONT \(backend)")
                throw error
            }
        }
    }

    /// Waits until a session runs a statement, as the server sees it.
    static func awaitActive(_ backend: Int32) async throws {
        try await wait("SELECT FROM pg_stat_activity WHERE pid = \(backend) AND state = 'active'")
    }

    /// Waits until a session is gone.
    static func awaitEnd(_ backend: Int32) async throws {
        try await wait("SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(backend))")
    }

    /// Waits in the server until a query returns a row, which costs neither processor time nor connections.
    private static func wait(_ query: String) async throws {
        try await withConnection(PostgresServer.settings()) { connection in
            try await connection.script(
                """
                DO $$ BEGIN
                    WHILE NOT EXISTS (\(query)) LOOP
                        PERFORM pg_sleep(0.002);
                        PERFORM pg_stat_clear_snapshot();
                    END LOOP;
                END $$
                """
            )
        }
    }
}

extension Connection {
    /// The process number of the session.
    func backend() async throws -> Int32 { try await query("SELECT pg_backend_pid()")[0].int32(0) }
}

extension Logger {
    /// A logger for tests that says nothing.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
