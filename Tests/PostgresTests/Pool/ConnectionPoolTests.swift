import ServiceLifecycle
import TestSupport
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct ConnectionPoolTests {
        private struct Refused: Error {}

        @Test func `lends one connection after another to the same borrower`() async throws {
            // One at most: where the answer comes before the borrower waits for it, the connection is looked at when it is given
            // back, and a second would be made meanwhile.
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                let first = try await pool.withConnection { try await $0.backend() }
                let second = try await pool.withConnection { try await $0.backend() }
                #expect(first == second)
                #expect(pool.statistics == PoolStatistics(idle: 1))
            }
        }

        @Test func `many borrowers share few connections`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 3)) { pool in
                let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
                    for _ in 0..<60 {
                        group.addTask { try await pool.withConnection { try await $0.backend() } }
                    }
                    return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
                }
                #expect(backends.count <= 3)
                #expect(pool.statistics.leased == 0)
            }
        }

        @Test func `a borrower that waits too long is refused, and the pool serves on`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                try await pool.withConnection { _ -> Void in
                    let error = await failure {
                        try await pool.withConnection(deadline: .milliseconds(20)) { _ in }
                    }
                    #expect(error?.code == .poolExhausted)
                }
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
            }
        }

        @Test func `a borrower that is cancelled while it waits leaves the queue`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                try await pool.withConnection { _ in
                    await withTaskGroup(of: PostgresError?.self) { group in
                        group.addTask { await failure { try await pool.withConnection { _ in } } }
                        group.cancelAll()
                        #expect(await group.next()??.code == .cancelled)
                    }
                    #expect(pool.statistics.waiting == 0)
                }
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
            }
        }

        @Test func `a connection left in a transaction is rolled back`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                let backend = try await pool.withConnection { connection in
                    _ = try await connection.query("BEGIN")
                    _ = await failure { _ = try await connection.query("SELECT 1 / 0") }
                    return await connection.session.backendProcess
                }
                try await pool.withConnection { connection in
                    let same = try await connection.backend()
                    #expect(same == backend)
                    let state = await connection.session.transactionState
                    #expect(state == .idle)
                }
            }
        }

        @Test func `a connection is of no use after its lease`() async throws {
            try await withPool(PostgresServer.settings()) { pool in
                let kept = try await pool.withConnection { $0 }
                let error = await failure { _ = try await kept.query("SELECT 1") }
                #expect(error?.code == .usage)
                try await pool.withConnection { _ in
                    let error = await failure { _ = try await kept.query("SELECT 1") }
                    #expect(error?.code == .usage)
                }
            }
        }

        @Test func `a connection that died while idle is noticed and replaced without anybody asking`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 1, maximum: 2)) { pool in
                let first = try await pool.withConnection { try await $0.backend() }
                try await ServerControl.terminate(first)
                try await ServerControl.awaitEnd(first)
                // The new one is there when the old is gone and one is idle again.
                try await eventually {
                    guard pool.statistics == PoolStatistics(idle: 1) else { return false }
                    return try await pool.withConnection { try await $0.backend() } != first
                }
            }
        }

        @Test func `one that died on loan costs the idle ones too`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 2)) { pool in
                let idle = try await pool.withConnection { _ in
                    try await pool.withConnection { try await $0.backend() }
                }
                _ = await failure {
                    try await pool.withConnection { connection in
                        let backend = try await connection.backend()
                        #expect(backend != idle)
                        try await ServerControl.terminate(backend)
                        _ = try await connection.query("SELECT 1")
                    }
                }
                try await ServerControl.awaitEnd(idle)
                let next = try await pool.withConnection { try await $0.backend() }
                #expect(next != idle)
            }
        }

        @Test func `a server that became read-only is left, though it answers`() async throws {
            try await withPool(PostgresServer.settings(), PoolConfiguration(minimum: 0, maximum: 1)) { pool in
                let first = try await pool.withConnection { connection in
                    let backend = try await connection.backend()
                    _ = try await connection.query("SET default_transaction_read_only = on")
                    let refused = await failure { _ = try await connection.query("CREATE TABLE placeguard_never ()") }
                    #expect(refused?.sqlState == "25006")
                    return backend
                }
                let second = try await pool.withConnection { try await $0.backend() }
                #expect(second != first)
            }
        }

        @Test func `a wrong password refuses borrowers at once`() async throws {
            let settings = try PostgresServer.settings(database: "placeguard_no_such_database")
            try await withPool(settings) { pool in
                let error = await failure { try await pool.withConnection(deadline: .seconds(60)) { _ in } }
                #expect(error?.sqlState == "3D000")
            }
        }

        @Test func `graceful shutdown lets borrowers finish and then returns`() async throws {
            let reactor = try EpollReactor()
            let pool = ConnectionPool(
                settings: try PostgresServer.settings(),
                configuration: PoolConfiguration(minimum: 2, maximum: 2),
                logger: .silent,
                readiness: reactor
            )
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [.init(service: pool)], logger: .silent)
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await pool.withConnection { connection in
                    await group.triggerGracefulShutdown()
                    let refused = await failure { try await pool.withConnection { _ in } }
                    #expect(refused == nil || refused?.code == .shutdown)
                    _ = try await connection.query("SELECT 1")
                }
                try await tasks.waitForAll()
            }
            #expect(pool.statistics == PoolStatistics())
            let error = await failure { try await pool.withConnection { _ in } }
            #expect(error?.code == .shutdown)
        }

        @Test func `cancellation returns at once, and a connection that comes back later is closed`() async throws {
            let reactor = try EpollReactor()
            let pool = ConnectionPool(
                settings: try PostgresServer.settings(),
                configuration: PoolConfiguration(minimum: 0, maximum: 2),
                logger: .silent,
                readiness: reactor
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                let backend = try await pool.withConnection { connection in
                    group.cancelAll()
                    try await group.waitForAll()
                    return try await connection.backend()
                }
                #expect(pool.statistics == PoolStatistics())
                try await ServerControl.awaitEnd(backend)
            }
        }

        @Test func `idle connections go after a while and the minimum stays`() async throws {
            var configuration = PoolConfiguration(minimum: 1, maximum: 3, idleTimeout: .milliseconds(50))
            configuration.connectConcurrency = 3
            try await withPool(PostgresServer.settings(), configuration) { pool in
                try await pool.withConnection { _ in
                    try await pool.withConnection { _ in
                        try await pool.withConnection { _ in #expect(pool.statistics.leased == 3) }
                    }
                }
                try await eventually { pool.statistics == PoolStatistics(idle: 1) }
            }
        }

        @Test func `a connection that has been idle for long is asked before it is lent`() async throws {
            var configuration = PoolConfiguration(minimum: 0, maximum: 1)
            configuration.validateAfterIdle = .zero
            configuration.validationTimeout = .milliseconds(100)
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            try await withPool(PostgresServer.settings(through: proxy), configuration) { pool in
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                #expect(proxy.connectionCount == 1)
                proxy.fault = .stall
                // The link is cut without a word; the pool finds out and waits for another.
                let error = await failure { try await pool.withConnection(deadline: .milliseconds(200)) { _ in } }
                #expect(error?.code == .poolExhausted)
                proxy.fault = .none
                try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                #expect(proxy.connectionCount > 1)
            }
        }
    }
}
