import AlertFeed
import Logging
import NIOCore
import NIOPosix
import Safeguarding
import ServiceLifecycle
import Synchronization
import TestSupport

/// A running feed on a free port of loopback, with a log and credentials in memory.
struct ServerFixture: Sendable {
    let server: FeedServer
    let log: MemoryAlertLog
    let credentials: MemoryCredentials
    let clock: ManualClock
    let port: Int
    let lifecycle: ServiceGroup

    /// Asks the server to stop; it returns from `run` within its bounds.
    func stop() async { await lifecycle.triggerGracefulShutdown() }

    func client<Result: Sendable>(
        _ body: (LineClient) async throws -> Result
    ) async throws -> Result {
        try await LineClient.with(port: port, body)
    }

    /// A client that has logged in.
    func loggedIn<Result: Sendable>(
        as principal: Principal = .ana,
        _ body: (LineClient) async throws -> Result
    ) async throws -> Result {
        try await client { client in
            try await client.logIn(as: principal)
            return try await body(client)
        }
    }
}

/// Runs a server around a test; `realTime` lets the machine's clock run where the test needs no hand on it.
func withServer<Result: Sendable>(
    log: MemoryAlertLog = MemoryAlertLog(),
    limits: FeedLimits = .standard,
    tls: FeedTLS? = nil,
    realTime: Bool = false,
    _ body: @escaping @Sendable (ServerFixture) async throws -> Result
) async throws -> Result {
    let credentials = MemoryCredentials()
    let clock = ManualClock()
    var logger = Logger(label: "feed-test")
    logger.logLevel = .critical
    let server = FeedServer(
        settings: FeedSettings(port: 0, tls: tls, limits: limits),
        log: log,
        credentials: credentials,
        logChanged: log.bell,
        credentialsChanged: credentials.bell,
        clock: realTime ? SystemFeedClock() : clock,
        logger: logger
    )
    let lifecycle = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await lifecycle.run() }
        guard let port = await server.listeningAddress()?.port else { throw CancellationError() }
        let fixture = ServerFixture(
            server: server,
            log: log,
            credentials: credentials,
            clock: clock,
            port: port,
            lifecycle: lifecycle
        )
        do {
            let result = try await body(fixture)
            group.cancelAll()
            return result
        } catch {
            group.cancelAll()
            throw error
        }
    }
}
