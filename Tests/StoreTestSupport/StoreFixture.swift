package import Logging
package import Postgres
package import Store
package import TestSupport

/// A database of its own with the latest schema, and a running pool for each role.
package struct StoreFixture: Sendable {
    package let database: TestDatabase
    package let logger: Logger
    private let pools: [Bootstrap.Role: ConnectionPool]

    /// The pool of a role, with exactly its grants.
    package func pool(_ role: Bootstrap.Role) -> ConnectionPool {
        guard let pool = pools[role] else { preconditionFailure("every role has a pool") }
        return pool
    }

    package var intake: ConnectionPool { pool(.intake) }
    package var assessor: ConnectionPool { pool(.assessor) }
    package var feed: ConnectionPool { pool(.feed) }
    package var briefing: ConnectionPool { pool(.briefing) }
    package var admin: ConnectionPool { pool(.admin) }
    /// The owner's: bound by no policy. For setting a scene and for looking behind it.
    package var owner: ConnectionPool { pool(.owner) }

    /// Settings to connect as a role, past its pool.
    package func settings(_ role: Bootstrap.Role) -> ConnectionSettings {
        StoreFixture.settings(role, of: database)
    }

    /// Makes the database, runs the pools while the body runs, and drops it.
    package static func with<R>(_ body: (StoreFixture) async throws -> R) async throws -> R {
        try await TestDatabase.with(template: StoreTemplate.name()) { database in
            let logger = Logger(label: "tests.store")
            let reactor = try EpollReactor()
            defer { reactor.stop() }
            var pools: [Bootstrap.Role: ConnectionPool] = [:]
            for role in Bootstrap.Role.allCases {
                pools[role] = ConnectionPool(
                    settings: settings(role, of: database),
                    configuration: PoolConfiguration(minimum: 0, maximum: connectionsPerRole),
                    logger: logger,
                    readiness: reactor
                )
            }
            let running = Array(pools.values)
            let fixture = StoreFixture(database: database, logger: logger, pools: pools)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for pool in running { group.addTask { try await pool.run() } }
                defer { group.cancelAll() }
                return try await body(fixture)
            }
        }
    }

    /// A database that has had its bootstrap and no migration.
    package static func bootstrapped<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            let script = try StoreTemplate.bootstrapScript()
            try await Postgres.withConnection(database.settings) { try await $0.script(script) }
            return try await body(database)
        }
    }

    /// Deploy/bootstrap.sql.
    package static func bootstrapScript() throws -> String { try StoreTemplate.bootstrapScript() }

    /// The process of a backend of the role that waits so, such as for a `Lock`; looks until there is one.
    package func backend(of role: Bootstrap.Role, waitingFor event: String) async throws -> Int32 {
        try await Postgres.withConnection(database.settings) { connection in
            while true {
                try Task.checkCancellation()
                let waiting = try await connection.query(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND usename = $1 AND wait_event_type = $2
                    """,
                    [.text(role.rawValue), .text(event)]
                )
                if let row = waiting.first { return try row.int32(0) }
            }
        }
    }

    /// Enough for the concurrency tests, few enough that parallel suites stay under the cluster's limit.
    private static let connectionsPerRole = 4

    private static func settings(_ role: Bootstrap.Role, of database: TestDatabase) -> ConnectionSettings {
        var settings = database.settings
        settings.keywords["user"] = role.rawValue
        settings.applicationName = "placeguard-tests-\(role.rawValue)"
        return settings
    }
}
