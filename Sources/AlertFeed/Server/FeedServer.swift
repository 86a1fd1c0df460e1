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
    private let address = Mutex<SocketAddress?>(nil)
    private let listening = Doorbell()
    private let secondPassed = Doorbell()
    /// Rings each tick, and when credentials changed.
    private let checkCredentials = Doorbell()

    /// Makes a server; nothing happens before `run()`.
    /// - Parameters:
    ///   - logChanged: rung when events were committed; a hint, the log is polled each second too.
    ///   - credentialsChanged: rung when a token, agency or agreement changed; a hint as well.
    package init(
        settings: FeedSettings,
        log: any AlertLog,
        desk: any AlertDesk,
        mutes: any MuteDesk,
        watch: any ReaderWatch,
        credentials: any CredentialStore,
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
            lossWatch: LossWatch(logger: logger, metrics: metrics),
            clock: clock,
            limits: settings.limits,
            logger: logger
        )
    }

    private var limits: FeedLimits { settings.limits }

    /// Connections now.
    package var connectionCount: Int { services.registry.count }

    /// The server was asked to stop and lets its clients go.
    package var isStopping: Bool { services.registry.isDraining }

    /// Bytes that wait for the client that is furthest behind; never more than ``FeedLimits/output``.
    package var largestOutput: Int { services.registry.connections.map(\.waitingBytes).max() ?? 0 }

    /// The address once the server listens; nil when the task is cancelled first.
    package func listeningAddress() async -> SocketAddress? {
        var seen = listening.count
        while true {
            if let address = address.withLock({ $0 }) { return address }
            if Task.isCancelled { return nil }
            seen = await listening.wait(after: seen)
        }
    }

    package func run() async throws {
        try settings.check()
        let tls = try await settings.tls.asyncMap { try await TLSIdentity($0, logger: self.services.logger) }
        guard try await databaseAnswers() else { return }
        let listener = try await bind(tls)
        address.withLock { $0 = listener.channel.localAddress }
        listening.ring()
        services.logger.info("feed: listening", metadata: ["feed.port": "\(listener.channel.localAddress?.port ?? 0)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.keepTime() }
            group.addTask { await self.services.collectors.run(self.services) }
            group.addTask { await self.pollLog() }
            if let tls {
                group.addTask { await tls.followFiles(every: self.limits.noticeTicks, of: self.secondPassed) }
            }
            group.addTask { await NoticeKeeper(services: self.services, tick: self.secondPassed).run() }
            group.addTask { await self.forwardRings() }
            group.addTask { await self.forwardCredentialRings() }
            group.addTask { await self.watchCredentials() }
            try await withGracefulShutdownHandler {
                try await self.accept(listener, tls)
            } onGracefulShutdown: {
                for connection in self.services.registry.beginDrain() { connection.beginDrain() }
                listener.channel.close(promise: nil)
            }
        }
        services.logger.info("feed: stopped")
    }

    /// Waits until both views can be read, so that nobody is welcomed to a log that is not there; false when asked to stop first.
    private func databaseAnswers() async throws -> Bool {
        let waiting: Void? = try? await cancelWhenGracefulShutdown {
            while true {
                var answers = true
                for view in View.allCases where await self.position(of: view) == nil { answers = false }
                if answers { return }
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
            checkCredentials.ring()
        }
    }

    private func pollLog() async {
        var seen = secondPassed.count
        while !Task.isCancelled {
            seen = await secondPassed.wait(after: seen)
            await poll()
        }
    }

    /// The guarantee behind the doorbell: every session learns where its log stands, or that the database is away.
    private func poll() async {
        for view in View.allCases {
            let known = services.lossWatch.known(in: view)
            let position = await position(of: view)
            if let position { services.lossWatch.compare(position, with: known, in: view) }
            for connection in services.registry.connections(reading: view) {
                if let position { connection.logStands(at: position) } else { connection.databaseWentAway() }
            }
        }
        await tellReplaced()
    }

    /// Whose name was taken on another daemon: on a quiet log nothing else would say so.
    private func tellReplaced() async {
        let holders = services.registry.holders
        guard !holders.isEmpty else { return }
        do {
            let lost = try await services.ask { [log = services.log] in
                try await log.replaced(holders.map(\.subscription))
            }
            for holder in holders where lost.contains(holder.subscription) {
                holder.connection.replaced(holder.subscription.name)
            }
        } catch {
            _ = services.isPassing(error, during: "the look after names")
        }
    }

    private func position(of view: View) async -> LogPosition? {
        do {
            return try await services.ask { [log = services.log] in try await log.position(of: view) }
        } catch {
            _ = services.isPassing(error, during: "the poll")
            return nil
        }
    }

    private func forwardRings() async {
        var seen = logChanged.count
        while !Task.isCancelled {
            seen = await logChanged.wait(after: seen)
            for connection in services.registry.connections { connection.logMayHaveGrown() }
        }
    }

    private func forwardCredentialRings() async {
        var seen = credentialsChanged.count
        while !Task.isCancelled {
            seen = await credentialsChanged.wait(after: seen)
            checkCredentials.ring()
        }
    }

    /// Asks for each token in use whether it still holds, one at a time so that the check never crowds the database.
    private func watchCredentials() async {
        var seen = checkCredentials.count
        while !Task.isCancelled {
            seen = await checkCredentials.wait(after: seen)
            for principal in services.registry.credentials {
                guard !Task.isCancelled else { return }
                let validity = await validity(of: principal)
                // Asking for the others would be in vain.
                if validity == .databaseAway { break }
                guard validity == .ended else { continue }
                for connection in services.registry.connections(withToken: principal.tokenID) { connection.revoked() }
            }
        }
    }

    private enum Validity { case holds, ended, unknown, databaseAway }

    private func validity(of principal: Principal) async -> Validity {
        do {
            let holds = try await services.ask { [credentials = services.credentials] in
                try await credentials.isStillValid(principal)
            }
            return holds ? .holds : .ended
        } catch {
            return services.isPassing(error, during: "the check of a credential") ? .databaseAway : .unknown
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
