import Logging
import Postgres
import ServiceLifecycle

/// One connection pool for each database role, so that no part of the process has more rights than its work needs.
struct Pools: Sendable {
    /// The schema's owner: migrations only.
    let owner: ConnectionPool
    let intake: ConnectionPool
    let assessor: ConnectionPool
    let feed: ConnectionPool
    let briefing: ConnectionPool
    let admin: ConnectionPool
    /// One login serves all roles.
    let isSingleRole: Bool
    /// The partnership's name, as briefings show it.
    let partnership: String

    /// Makes the pools; they open connections when they run and are asked.
    init(
        _ address: DatabaseAddress,
        partnership: String,
        size: Int,
        readiness: any Readiness,
        logger: Logger
    ) {
        isSingleRole = address.isSingleRole
        self.partnership = partnership
        func pool(
            _ role: DatabaseRole,
            maximum: Int,
            _ sessionSettings: [String: String] = [:]
        ) -> ConnectionPool {
            ConnectionPool(
                settings: ConnectionSettings(
                    address.connectionString(for: role),
                    applicationName: "placeguard \(role.rawValue)",
                    sessionSettings: sessionSettings
                ),
                configuration: PoolConfiguration(minimum: 0, maximum: maximum),
                logger: logger,
                readiness: readiness
            )
        }
        owner = pool(.owner, maximum: 1)
        intake = pool(.intake, maximum: size, Self.keyedAccess)
        assessor = pool(.assessor, maximum: max(3, size / 2), Self.keyedAccess)
        feed = pool(.feed, maximum: size, Self.keyedAccess)
        briefing = pool(.briefing, maximum: max(2, size / 2))
        admin = pool(.admin, maximum: 2)
    }

    /// For the roles whose every statement reaches its rows by key, many times a second.
    ///
    /// A plan that was made while a table was empty reads the whole of it for ever after, and planning anew each time costs
    /// more than the work (measured: 3 ms instead of 0.1 ms for a look-up, half of the time of a batch for planning).
    static let keyedAccess = [
        "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off",
        "enable_mergejoin": "off",
    ]

    var all: [ConnectionPool] { [owner, intake, assessor, feed, briefing, admin] }
}

extension Pools {
    /// Runs the pools for as long as the body takes: for commands.
    func whileRunning<Result: Sendable>(_ body: @Sendable @escaping () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            for pool in all {
                group.addTask {
                    try await pool.run()
                    return nil
                }
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
            }
            throw CancellationError()
        }
    }
}
