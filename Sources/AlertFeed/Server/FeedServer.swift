package import Logging
package import NIOCore
import NIOPosix
package import Safeguarding
import ServiceLifecycle
import Synchronization

/// The alert feed: FEED/1 on a TCP port, a view of the alert log (PROTOCOL.md).
///
/// `run()` waits for the database, listens, and serves each connection in a task tree of its own. Graceful shutdown stops
/// listening at once, lets clients acknowledge for the grace time, says BYE to each and returns within grace, linger and
/// twice the database's patience together; cancellation breaks everything off. Several servers may serve one log.
package final class FeedServer: Service {
    private let settings: FeedSettings
    private let services: FeedServices
    private let logChanged: Doorbell
    private let credentialsChanged: Doorbell
    private let connectionNumber = Mutex<UInt64>(0)
    private let refusing = Mutex(0)
    private let hasToldAll = Mutex(false)
    private let hasEnded = Mutex(false)
    private let address = Mutex<SocketAddress?>(nil)
    private let listening = Doorbell()
    private let secondPassed = Doorbell()

    /// Makes a server; nothing happens before `run()`.
    /// - Parameters:
    ///   - seen: what survives this server of what it saw of the log.
    ///   - logChanged: rung when events were committed; a hint, the log is polled each second too.
    ///   - credentialsChanged: rung when a token, agency or agreement changed; a hint as well.
    package init(
        settings: FeedSettings,
        log: any AlertLog,
        desk: any AlertDesk,
        mutes: any MuteDesk,
        watch: any ReaderWatch,
        credentials: any CredentialStore,
        seen: any SeenPositions = NothingKept(),
        logChanged: Doorbell,
        credentialsChanged: Doorbell,
        clock: any FeedClock = SystemFeedClock(),
        logger: Logger
    ) {
        self.settings = settings
        self.logChanged = logChanged
        self.credentialsChanged = credentialsChanged
        let metrics = FeedMetrics()
        services = FeedServices(
            log: log,
            desk: desk,
            mutes: mutes,
            watch: watch,
            credentials: credentials,
            registry: FeedRegistry(limits: settings.limits),
            collectors: FeedCollectors(settings.limits, clock: clock),
            metrics: metrics,
            lossWatch: LossWatch(kept: seen, logger: logger, metrics: metrics),
            clock: clock,
            limits: settings.limits,
            logger: logger
        )
    }

    private var limits: FeedLimits { settings.limits }

    /// Connections now.
    package var connectionCount: Int { services.registry.count }

    /// The server was asked to stop and has told every client.
    package var isStopping: Bool { hasToldAll.withLock { $0 } }

    /// Bytes that wait for the client that is furthest behind; never more than ``FeedLimits/output``.
    package var largestOutput: Int { services.registry.connections.map(\.waitingBytes).max() ?? 0 }

    /// The address once the server listens; nil when it ended before, or the task is cancelled first.
    package func listeningAddress() async -> SocketAddress? {
        var seen = listening.count
        while true {
            if let address = address.withLock({ $0 }) { return address }
            if Task.isCancelled || hasEnded.withLock({ $0 }) { return nil }
            seen = await listening.wait(after: seen)
        }
    }

    package func run() async throws {
        defer {
            hasEnded.withLock { $0 = true }
            listening.ring()
        }
        try settings.check()
        let tls = try await settings.tls.asyncMap { try await TLSIdentity($0, logger: self.services.logger) }
        let logWatch = LogWatch(services: services, tick: secondPassed, changed: logChanged)
        let credentialWatch = CredentialWatch(services: services, tick: secondPassed, changed: credentialsChanged)
        guard try await answers(logWatch) else { return }
        await services.lossWatch.recall()
        let listener = try await bind(tls)
        address.withLock { $0 = listener.channel.localAddress }
        listening.ring()
        services.logger.info("feed: listening", metadata: ["feed.port": "\(listener.channel.localAddress?.port ?? 0)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.keepTime() }
            group.addTask { await self.services.collectors.run(self.services) }
            group.addTask { await logWatch.run() }
            if let tls {
                group.addTask { await tls.followFiles(every: self.limits.noticeTicks, of: self.secondPassed) }
            }
            group.addTask { await NoticeKeeper(services: self.services, tick: self.secondPassed).run() }
            group.addTask { await credentialWatch.run() }
            try await withGracefulShutdownHandler {
                try await self.accept(listener, tls)
            } onGracefulShutdown: {
                for connection in self.services.registry.beginDrain() { connection.beginDrain() }
                self.hasToldAll.withLock { $0 = true }
                listener.channel.close(promise: nil)
            }
        }
        await services.lossWatch.keep()
        services.logger.info("feed: stopped")
    }

    /// Waits until both views can be read, so that nobody is welcomed to a log that is not there; false when asked to stop first.
    private func answers(_ log: LogWatch) async throws -> Bool {
        let waiting: Void? = try? await cancelWhenGracefulShutdown {
            while await !log.answers() {
                self.services.logger.notice("feed: waiting for the database")
                try await self.services.clock.sleep(for: self.limits.tick)
            }
        }
        try Task.checkCancellation()
        return waiting != nil
    }

    // MARK: Connections

    private func bind(_ tls: TLSIdentity?) async throws -> NIOAsyncChannel<AcceptedConnection, Never> {
        try await ServerBootstrap(group: settings.eventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .bind(host: settings.host, port: settings.port) { channel in
                channel.eventLoop.makeCompletedFuture { try AcceptedConnection(preparing: channel, tls: tls?.context) }
            }
    }

    /// Serves what is accepted until the listener closes, then waits for the connections to end.
    private func accept(_ listener: NIOAsyncChannel<AcceptedConnection, Never>, _ tls: TLSIdentity?) async throws {
        let isEncrypted = tls != nil
        let takesCertificates = settings.tls?.clientAuthorityFile != nil
        var rate = RateLimiter(perSecond: limits.acceptsPerSecond, burst: limits.acceptsPerSecond)
        try await listener.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await accepted in inbound {
                    while let wait = rate.take(at: services.clock.now) { try await services.clock.sleep(for: wait) }
                    group.addTask {
                        await self.serve(accepted, isEncrypted: isEncrypted, takesCertificates: takesCertificates)
                    }
                }
            }
        }
    }

    private func serve(_ accepted: AcceptedConnection, isEncrypted: Bool, takesCertificates: Bool) async {
        let number = connectionNumber.withLock { number in
            number += 1
            return number
        }
        let connection = FeedConnection(
            id: ConnectionID(number: number),
            channel: accepted.channel.channel,
            meter: accepted.meter,
            services: services
        )
        switch services.registry.admit(connection) {
        case .refused(let reason): await refuse(accepted, reason)
        case .admitted(let displaced):
            displaced?.displaced()
            services.metrics.connectionAccepted()
            services.metrics.connections(services.registry.count)
            do {
                try await accepted.channel.executeThenClose { inbound in
                    await connection.run(
                        inbound,
                        server: settings.serverName,
                        isEncrypted: isEncrypted,
                        takesCertificates: takesCertificates
                    )
                }
            } catch {
                services.logger.debug("feed: a connection did not close cleanly")
            }
            services.registry.remove(connection)
            services.metrics.connections(services.registry.count)
            await connection.recordEnd()
        }
    }

    /// Says why a connection cannot be served and closes it; past a number of these at a time it is closed without a word.
    private func refuse(_ accepted: AcceptedConnection, _ reason: ConnectionTable.Refusal) async {
        services.metrics.connectionRefused(reason)
        let mayBeTold = refusing.withLock { count in
            count += 1
            return count <= limits.refusalsAtOnce
        }
        defer { refusing.withLock { $0 -= 1 } }
        do {
            try await accepted.channel.executeThenClose { inbound in
                guard mayBeTold else { return }
                try await services.clock.within(limits.linger) { [limits] in
                    // A write does not notice cancellation by itself, and behind a TLS handshake that never comes it waits.
                    try await withTaskCancellationHandler {
                        var lines = OutgoingLines()
                        ServerLine.error(tag: nil, reason.reply(limits)).encode(into: &lines)
                        for part in lines.take() { try await accepted.channel.channel.writeAndFlush(part).get() }
                        try await accepted.channel.channel.close(mode: .output).get()
                        for try await _ in inbound {}
                    } onCancel: {
                        accepted.channel.channel.close(promise: nil)
                    }
                }
            }
        } catch {
            services.logger.trace("feed: a refused connection did not close cleanly")
        }
    }

    // MARK: Housekeeping

    /// Each second: sessions get their tick, and whoever polls is woken; a database that hangs delays no tick.
    private func keepTime() async throws {
        while true {
            try await services.clock.sleep(for: limits.tick)
            for connection in services.registry.connections { connection.tick() }
            secondPassed.ring()
        }
    }
}

extension ConnectionTable.Refusal {
    fileprivate func reply(_ limits: FeedLimits) -> FeedError {
        let retry = LineField("retry", Int.random(in: limits.retry))
        return switch self {
        case .tooMany: FeedError(.slowDown, "too many connections", retry)
        case .tooManyOfAddress: FeedError(.slowDown, "too many connections from this address", retry)
        case .draining: FeedError(.draining, "the server is stopping", retry)
        }
    }
}
