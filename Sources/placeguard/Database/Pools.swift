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
        func pool(_ role: DatabaseRole, maximum: Int) -> ConnectionPool {
            ConnectionPool(
                settings: ConnectionSettings(
                    address.connectionString(for: role),
                    applicationName: "placeguard \(role.rawValue)"
                ),
                configuration: PoolConfiguration(minimum: 0, maximum: maximum),
                logger: logger,
                readiness: readiness
            )
        }
        owner = pool(.owner, maximum: 1)
        intake = pool(.intake, maximum: size)
        assessor = pool(.assessor, maximum: max(3, size / 2))
        feed = pool(.feed, maximum: size)
        briefing = pool(.briefing, maximum: max(2, size / 2))
        admin = pool(.admin, maximum: 2)
    }

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
