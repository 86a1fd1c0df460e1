import Foundation
import TestSupport
import Testing

@testable import Postgres

extension ServerTests {
    /// Networks and servers that fail in the middle of things.
    @Suite struct FaultTests {
        private func withProxy(_ body: (FaultyProxy, ConnectionSettings) async throws -> Void) async throws {
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            var settings = try PostgresServer.settings(through: proxy)
            settings.drainTimeout = .milliseconds(100)
            try await body(proxy, settings)
            proxy.stop()
        }

        @Test func `messages in single bytes are understood`() async throws {
            try await withProxy { proxy, settings in
                proxy.fault = .split
                try await withConnection(settings) { connection in
                    let results = try await connection.pipeline((0..<20).map { Statement("SELECT $1", [.int32($0)]) })
                    #expect(try results.map { try $0[0].int32(0) } == Array(0..<20))
                    try await connection.script("CREATE TEMP TABLE t (n int8)")
                    let loaded = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                        for n in Int64(0)..<100 { try await writer.writeRow([.int64(n)]) }
                    }
                    #expect(loaded == 100)
                }
            }
        }

        @Test(arguments: [false, true])
        func `a connection lost while a statement runs is reported and is of no more use`(isReset: Bool) async throws {
            try await withProxy { proxy, settings in
                try await withConnection(settings) { connection -> Void in
                    let backend = try await connection.backend()
                    let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                        group.addTask { await failure { _ = try await connection.query("SELECT pg_sleep(3600)") } }
                        try await ServerControl.awaitActive(backend)
                        if isReset { proxy.reset() } else { proxy.drop() }
                        return try await group.next() ?? nil
                    }
                    #expect(error?.code == .connection)
                    #expect(error?.isConnectionLoss == true)
                    let after = await failure { _ = try await connection.query("SELECT 1") }
                    #expect(after?.code == .connection)
                    try await ServerControl.terminate(backend)
                }
            }
        }

        @Test func `a session ended by an administrator while a statement runs says so`() async throws {
            try await withConnection(PostgresServer.settings()) { connection -> Void in
                let backend = try await connection.backend()
                let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                    group.addTask { await failure { _ = try await connection.query("SELECT pg_sleep(3600)") } }
                    try await ServerControl.awaitActive(backend)
                    try await ServerControl.terminate(backend)
                    return try await group.next() ?? nil
                }
                #expect(error?.sqlState == "57P01")
                #expect(error?.isConnectionLoss == true)
            }
        }

        @Test func `a session ended while idle says why at the next statement`() async throws {
            try await withConnection(PostgresServer.settings()) { connection -> Void in
                let backend = try await connection.backend()
                try await ServerControl.terminate(backend)
                try await ServerControl.awaitEnd(backend)
                let error = await failure { _ = try await connection.query("SELECT 1") }
                #expect(error?.sqlState == "57P01")
                #expect(error?.isConnectionLoss == true)
            }
        }

        @Test func `a session ended during copy is a loss, and nothing is loaded`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TABLE t (n int8)")
                    let backend = try await connection.backend()
                    let error = await failure {
                        _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                            try await ServerControl.terminate(backend)
                            try await ServerControl.awaitEnd(backend)
                            for n in Int64(0)..<100_000 { try await writer.writeRow([.int64(n)]) }
                        }
                    }
                    #expect(error?.isConnectionLoss == true)
                }
                let count = try await withConnection(database.settings) { connection in
                    try await connection.query("SELECT count(*) FROM t")[0].int64(0)
                }
                #expect(count == 0)
            }
        }

        @Test func `a connection lost during commit leaves the outcome unknown, and says so`() async throws {
            try await withProxy { proxy, settings in
                var settings = settings
                settings.responseTimeout = .milliseconds(200)
                try await withConnection(settings) { connection -> Void in
                    let error = await failure {
                        try await connection.transaction { connection in
                            _ = try await connection.query("SELECT 1")
                            proxy.fault = .stall
                        }
                    }
                    #expect(error?.code == .commitUnknown)
                    #expect(error?.isConnectionLoss == true)
                }
            }
        }

        @Test func `a network that stalls ends in a timeout`() async throws {
            try await withProxy { proxy, settings in
                var settings = settings
                settings.responseTimeout = .milliseconds(100)
                try await withConnection(settings) { connection -> Void in
                    _ = try await connection.query("SELECT 1")
                    proxy.fault = .stall
                    let error = await failure { _ = try await connection.query("SELECT 1") }
                    #expect(error?.code == .timeout)
                    let after = await failure { _ = try await connection.query("SELECT 1") }
                    #expect(after?.code == .timeout)
                }
            }
        }

        @Test func `a pool comes back after the network does`() async throws {
            try await withProxy { proxy, settings in
                var configuration = PoolConfiguration(minimum: 1, maximum: 2)
                configuration.backoff = Backoff(first: .milliseconds(1), limit: .milliseconds(10))
                try await withPool(settings, configuration) { pool in
                    try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                    proxy.refusesConnections = true
                    proxy.drop()
                    try await eventually { pool.statistics.failures >= 2 }
                    proxy.refusesConnections = false
                    try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                    #expect(pool.statistics.failures == 0)
                }
            }
        }

        @Test func `a pool moves on to the second host when the first is gone`() async throws {
            let port = try await PostgresServer.port()
            let first = try FaultyProxy(target: port)
            let second = try FaultyProxy(target: port)
            let settings = try PostgresServer.settings(
                keywords: [
                    "host": "127.0.0.1,127.0.0.1", "port": "\(first.port),\(second.port)", "sslmode": "disable",
                    "target_session_attrs": "read-write",
                ]
            )
            try await withPool(settings, PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                #expect(second.connectionCount == 0)
                first.stop()
                try await eventually {
                    await failure { try await pool.withConnection { _ = try await $0.query("SELECT 1") } } == nil
                }
                #expect(second.connectionCount == 1)
            }
        }

        @Test func `idle connections use no processor time`() async {
            await #expect(processExitsWith: .success) {
                let reactor = try EpollReactor()
                let pool = ConnectionPool(
                    settings: try PostgresServer.settings(),
                    configuration: PoolConfiguration(minimum: 4, maximum: 4),
                    logger: .silent,
                    readiness: reactor
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.run() }
                    try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                    try await eventually { pool.statistics.idle == 4 }
                    let before = ProcessFacts.processorTime()
                    // The server tells when a second has passed; nothing else happens here.
                    try await pool.withConnection { _ = try await $0.query("SELECT pg_sleep(1)") }
                    guard ProcessFacts.processorTime() - before < .milliseconds(50) else { exit(1) }
                    group.cancelAll()
                }
            }
        }

        @Test func `every object of libpq and every descriptor is given back, whatever happened`() async {
            await #expect(processExitsWith: .success) {
                try await Self.useEverything()
                let descriptors = try ProcessFacts.openDescriptors()
                for _ in 0..<3 { try await Self.useEverything() }
                // Cancel requests and lookups that were given up end on their own threads.
                let deadline = ContinuousClock.now + .seconds(20)
                try await eventually {
                    guard ContinuousClock.now < deadline else { exit(2) }
                    return try HandleCensus.alive == 0 && ProcessFacts.openDescriptors() <= descriptors
                }
            }
        }

        /// A little of everything that makes results, connections and cancel keys, failures included.
        private static func useEverything() async throws {
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            let settings = try PostgresServer.settings(through: proxy)
            try await withPool(settings, PoolConfiguration(minimum: 2, maximum: 4)) { pool in
                try await pool.withConnection { connection in
                    _ = try await connection.query("SELECT n FROM generate_series(1, 100) AS n")
                    _ = await failure { _ = try await connection.query("SELECT 1 / 0") }
                    _ = try await connection.pipeline([Statement("SELECT 1"), Statement("SELECT 2")])
                    _ = await failure {
                        _ = try await connection.pipeline([Statement("SELECT 1 / 0"), Statement("SELECT 2")])
                    }
                    try await connection.stream(Statement("SELECT generate_series(1, 1000)")) { _ in }
                    _ = await failure {
                        try await connection.stream(Statement("SELECT generate_series(1, 1000000)")) { _ in
                            throw PostgresError(.usage, "enough")
                        }
                    }
                    try await connection.script("CREATE TEMP TABLE t (n int8)")
                    _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                        try await writer.writeRow([.int64(1)])
                    }
                    proxy.drop()
                    _ = await failure { _ = try await connection.query("SELECT 1") }
                }
            }
            proxy.stop()
            _ = await failure { try await withConnection(settings) { _ in } }
            _ = await failure {
                try await withConnection(PostgresServer.settings(database: "placeguard_no_such_database")) { _ in }
            }
            // What is counted afterwards is ours alone.
            try await eventually { proxy.openSocketCount == 0 }
        }
    }
}
