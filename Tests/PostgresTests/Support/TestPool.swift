import Logging
import Postgres
import TestSupport

/// Runs a pool of its own for a test, and stops it gracefully.
func withPool<R: Sendable>(
    _ settings: ConnectionSettings,
    _ configuration: PoolConfiguration = PoolConfiguration(minimum: 0, maximum: 4),
    _ body: (ConnectionPool) async throws -> R
) async throws -> R {
    let reactor = try EpollReactor()
    let pool = ConnectionPool(
        settings: settings,
        configuration: configuration,
        logger: .silent,
        readiness: reactor
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pool.run() }
        defer { group.cancelAll() }
        return try await body(pool)
    }
}

extension PostgresServer {
    /// Settings to connect through a proxy.
    static func settings(through proxy: FaultyProxy) throws -> ConnectionSettings {
        try settings(keywords: ["host": "127.0.0.1", "port": "\(proxy.port)", "sslmode": "disable"])
    }

    /// The port of the cluster, for a proxy to connect to.
    static func port() async throws -> UInt16 {
        let text = try await withConnection(settings()) { try await $0.query("SHOW port")[0].text(0) }
        return UInt16(text) ?? 0
    }
}
