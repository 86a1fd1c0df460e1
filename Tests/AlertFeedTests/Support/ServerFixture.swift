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
    let watch: MemoryReaderWatch
    let credentials: MemoryCredentials
    let clock: ManualClock
    let port: Int
    let lifecycle: ServiceGroup
    let end: Doorbell

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

extension ServerFixture {
    /// Lets time pass no faster than the sockets take what is said: else minutes pass before a line was taken, and a client
    /// counts as one that does not read.
    func passQuietly(seconds: Int) async throws {
        for _ in 0..<seconds {
            await clock.advance(seconds: 1)
            await clock.sleepers(of: .seconds(1), atLeast: 1)
            while server.largestOutput > 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    /// Returns when no connection is left.
    func becomesEmpty() async throws {
        while server.connectionCount > 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Opens connections that say nothing, around a body.
    func silent(_ count: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await client { client in
            _ = try await client.line()
            try await silent(count - 1, body)
        }
    }

    /// Returns when the server has.
    func finished() async throws {
        var seen = end.count
        while seen == 0, !Task.isCancelled { seen = await end.wait(after: seen) }
    }
}

extension LineClient {
    /// An answer that a test cannot go on with.
    struct Unexpected: Error { var line: String }

    /// Returns when LAG shows how a subscription's last connection ended.
    func waitForEnd(of name: String, as reason: String) async throws {
        while true {
            let head = try await ask("LAG")
            guard head.hasPrefix("OK @q") else { throw Unexpected(line: head) }
            var isThere = false
            for _ in 0..<(ServerReply.field("lines", of: head) ?? 0) {
                let line = try await line()
                if line.hasPrefix("CURSOR \(name) "), line.contains("\"lastEnd\":\"\(reason)\"") { isThere = true }
            }
            if isThere { return }
            await Task.yield()
        }
    }
}

/// Runs a server around a test, on a clock that the test moves; `realTime` lets the machine's clock run instead.
@discardableResult
func withServer<Result: Sendable>(
    log: MemoryAlertLog = MemoryAlertLog(),
    logChanged: Doorbell? = nil,
    limits: FeedLimits = .standard,
    tls: FeedTLS? = nil,
    realTime: Bool = false,
    clock: ManualClock = ManualClock(),
    logger: Logger? = nil,
    whileStarting: @escaping @Sendable (ManualClock) async -> Void = { _ in },
    _ body: @escaping @Sendable (ServerFixture) async throws -> Result
) async throws -> Result {
    let credentials = MemoryCredentials()
    let watch = MemoryReaderWatch(log)
    var quiet = Logger(label: "feed-test")
    quiet.logLevel = .critical
    let logger = logger ?? quiet
    var limits = limits
    // A rest on a clock that somebody has to move would be none.
    if !realTime { (limits.longestLookRest, limits.longestAcknowledgementRest) = (.zero, .zero) }
    let server = FeedServer(
        settings: FeedSettings(port: 0, tls: tls, limits: limits),
        log: log,
        desk: MemoryAlertDesk(log),
        mutes: MemoryMuteDesk(log),
        watch: watch,
        credentials: credentials,
        logChanged: logChanged ?? log.bell,
        credentialsChanged: credentials.bell,
        clock: realTime ? SystemFeedClock() : clock,
        logger: logger
    )
    let lifecycle = ServiceGroup(
        configuration: .init(
            services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
            logger: logger
        )
    )
    let end = Doorbell()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask {
            defer { end.ring() }
            try await lifecycle.run()
        }
        await whileStarting(clock)
        guard let port = await server.listeningAddress()?.port else { throw CancellationError() }
        return try await body(
            ServerFixture(
                server: server,
                log: log,
                watch: watch,
                credentials: credentials,
                clock: clock,
                port: port,
                lifecycle: lifecycle,
                end: end
            )
        )
    }
}
