import NIOCore
import NIOPosix
import NIOSSL
import Safeguarding
import Synchronization

/// Follows the feed under one name: connects, subscribes, hands on each event once and in order, acknowledges what was
/// handled, and after a break comes back and resumes by itself.
package final class FeedClient: Sendable {
    private let settings: FeedClientSettings
    private let clock: any FeedClock
    private let machine: Mutex<FeedClientMachine>
    private let jitter: Mutex<Jitter>
    /// Rings when something may be acknowledged.
    private let acknowledge = Doorbell()
    /// Rings when a question may be asked.
    private let questions = Doorbell()
    /// On whichever connection.
    private let hearing: Hearing

    package init(settings: FeedClientSettings, clock: any FeedClock = SystemFeedClock()) {
        self.settings = settings
        self.clock = clock
        hearing = Hearing(clock: clock)
        machine = Mutex(FeedClientMachine(settings: settings))
        jitter = Mutex(Jitter(seed: .random(in: 0 ... .max)))
    }

    /// What is known of the subscription now.
    package var state: FeedClientState { machine.withLock { $0.state } }

    /// Everything up to this event of the epoch is handled, and is acknowledged; what another epoch has since numbered is not meant.
    package func handled(upTo seq: Int64, in epoch: String) {
        machine.withLock { if $0.state.epoch == epoch { $0.processed(seq) } }
        acknowledge.ring()
    }

    /// Asks the server something beside the subscription; the answer comes as a notice.
    ///
    /// After a break it is asked again, so an act needs its action id.
    package func ask(_ line: String) throws(FeedQuestionFault) {
        try machine.withLock { machine throws(FeedQuestionFault) in try machine.ask(line) }
        questions.ring()
    }

    /// How long nothing has been heard of the server, broken connections included; none while something that was heard is being
    /// handled, nil before the first time.
    package var silence: Duration? { hearing.silence }

    /// Waits until everything that was handed on is acknowledged, so that it does not come again next time, unless nobody takes
    /// that; and until everything that was asked is answered. Not longer than told.
    ///
    /// - Returns: What was asked and has no answer: it may have been done or not.
    package func settle(within longest: Duration) async -> [String] {
        let began = clock.now
        func isDone() -> Bool { machine.withLock { !$0.state.isOwing && $0.unanswered.isEmpty } }
        while !isDone(), clock.now - began < longest {
            do { try await clock.sleep(for: Self.settlingLook) } catch { break }
        }
        return machine.withLock { $0.unanswered }
    }

    /// How often a client that leaves looks whether it may.
    package static let settlingLook: Duration = .milliseconds(50)

    /// Follows until cancelled or refused for good.
    ///
    /// Each notice is awaited before the next line is read, so a slow handler slows the server's sending down and nothing
    /// piles up here. An event counts as handled when `handle` returns; if it throws, following ends with that error and the
    /// event is sent again next time. Where an event is missing the client hands on nothing behind it and comes back for it;
    /// missing again, it ends with an error.
    /// - Throws: `FeedClientError`, `CancellationError`, or what `handle` throws.
    package func follow(_ handle: (FeedNotice) async throws -> Void) async throws {
        guard settings.tls != nil || FeedSettings(host: settings.host).isLoopback else {
            throw FeedClientError.tlsRequired
        }
        var tls = try await settings.tls?.makeClientContext()
        var failures = 0
        var gap: FeedClientError?
        while true {
            let end: End
            do {
                end = try await connection(tls, handle)
            } catch let error as FeedClientError where error.isGap && error != gap {
                gap = error
                end = End(reason: "gap", retry: nil)
            }
            failures = machine.withLock { $0.isFollowing } ? 1 : failures + 1
            let pause = pause(afterFailures: failures, asked: end.retry)
            try await handle(.disconnected(reason: end.reason, pause: pause))
            try await clock.sleep(for: pause)
            // Certificates are renewed under a client that runs for months; one that cannot be read just now is kept.
            if let renewed = try? await settings.tls?.makeClientContext() { tls = renewed }
        }
    }

    private struct End {
        var reason: String
        var retry: Int?
    }

    /// One connection from its beginning to an end after which it may be tried again.
    private func connection(_ tls: NIOSSLContext?, _ handle: (FeedNotice) async throws -> Void) async throws -> End {
        machine.withLock { $0.connected() }
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await connect(tls)
        } catch let error as CancellationError {
            throw error
        } catch {
            return End(reason: "unreachable", retry: nil)
        }
        let link = FeedLink(channel: channel.channel, clock: clock)
        defer { hearing.waits() }
        let outcome: Result<End, any Error>
        do {
            outcome = try await channel.executeThenClose { inbound in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.sendAcknowledgements(link) }
                    group.addTask { await self.keepAlive(link) }
                    group.addTask { await self.askQuestions(link) }
                    defer { group.cancelAll() }
                    do { return .success(try await read(inbound, link, handle)) } catch { return .failure(error) }
                }
            }
        } catch {
            try Task.checkCancellation()
            return End(reason: Self.reason(of: error), retry: nil)
        }
        try Task.checkCancellation()
        return try outcome.get()
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ link: FeedLink,
        _ handle: (FeedNotice) async throws -> Void
    ) async throws -> End {
        var decoder = LineDecoder(limit: FeedLimits.serverLine)
        var buffer = ByteBuffer()
        var chunks = inbound.makeAsyncIterator()
        while true {
            while let received = decoder.decode(buffer: &buffer) {
                guard case .line(let line) = received else { throw FeedClientError.protocolViolation }
                let step = try machine.withLock { machine throws(FeedClientError) in try machine.received(line) }
                if let end = try await perform(step, link, handle) { return end }
            }
            buffer.discardReadBytes()
            hearing.waits()
            do {
                guard let chunk = try await chunks.next() else { return End(reason: "lost", retry: nil) }
                hearing.heard()
                buffer.writeImmutableBuffer(chunk)
            } catch {
                return End(reason: Self.reason(of: error), retry: nil)
            }
        }
    }

    /// A certificate that has expired, or is another's, is found out by nobody who only hears that the link is lost.
    private static func reason(of error: any Error) -> String {
        switch error {
        case is NIOSSLExtraError: "certificate"
        // Whoever hangs up in the middle of a handshake has judged nothing.
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])): "lost"
        // Behind the handshake: the server has judged ours.
        case NIOSSLError.handshakeFailed, BoringSSLError.sslError: "certificate"
        default: "lost"
        }
    }

    private func perform(
        _ step: FeedClientMachine.Step,
        _ link: FeedLink,
        _ handle: (FeedNotice) async throws -> Void
    ) async throws -> End? {
        switch step {
        case .nothing: break
        case .skip: acknowledge.ring()
        case .say(let line): link.say(line)
        case .tell(let notice):
            switch notice {
            case .subscribed, .loggedIn: questions.ring()
            default: break
            }
            try await handle(notice)
        case .tellAndSay(let notice, let line):
            try await handle(notice)
            link.say(line)
        case .handle(let event):
            try await handle(.event(event))
            if settings.isToldWhenHandled { break }
            machine.withLock { $0.processed(event.seq) }
            acknowledge.ring()
        case .acknowledged(let pause):
            link.pause(pause)
            acknowledge.ring()
        case .end(let reason, let retry): return End(reason: reason, retry: retry)
        }
        return nil
    }

    /// Acknowledges the latest handled event whenever none is in flight, not faster than the server allows.
    private func sendAcknowledgements(_ link: FeedLink) async {
        var seen = acknowledge.count
        while !Task.isCancelled {
            do {
                if let pause = link.takePause() { try await clock.sleep(for: pause) }
                if let line = machine.withLock({ $0.nextAcknowledgement() }) {
                    link.say(line)
                    try await clock.sleep(for: settings.acknowledgeEvery)
                } else {
                    seen = await acknowledge.wait(after: seen)
                }
            } catch {
                return
            }
        }
    }

    /// Says what the user asks, as it comes.
    private func askQuestions(_ link: FeedLink) async {
        var seen = questions.count
        while !Task.isCancelled {
            while let line = machine.withLock({ $0.nextQuestion() }) { link.say(line) }
            seen = await questions.wait(after: seen)
        }
    }

    /// Pings when nothing else was said, and gives a silent link up.
    private func keepAlive(_ link: FeedLink) async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: min(.seconds(1), settings.pingEvery)) } catch { return }
            // What was heard before this connection says nothing of it.
            if min(link.age, hearing.silence ?? link.age) >= settings.silence {
                link.close()
                return
            }
            if machine.withLock({ $0.isFollowing }), link.sinceSaid >= settings.pingEvery { link.say("PING") }
        }
    }

    private func connect(_ tls: NIOSSLContext?) async throws -> NIOAsyncChannel<ByteBuffer, Never> {
        let name = settings.tls?.serverName ?? settings.host
        return try await ClientBootstrap(group: settings.eventLoopGroup)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .connect(host: settings.host, port: settings.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        // An address is checked against the certificate's addresses, and is no name to ask for.
                        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2))
                    )
                }
            }
    }

    /// What the server asked for, else a second that doubles with each failure; always with jitter.
    private func pause(afterFailures failures: Int, asked: Int?) -> Duration {
        if let asked { return min(.seconds(asked), settings.longestPause) }
        let longest = min(.seconds(1) * (1 << min(failures, 16)), settings.longestPause)
        return longest / 2 + jitter.withLock { $0.upTo(longest / 2) }
    }
}

extension FeedClientTLS {
    /// Reads the authority off the cooperative pool; TLS 1.3 and nothing older.
    fileprivate func makeClientContext() async throws -> NIOSSLContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.minimumTLSVersion = .tlsv13
                if let authorityFile { configuration.trustRoots = .file(authorityFile) }
                if let identity {
                    let chain = try NIOSSLCertificate.fromPEMFile(identity.certificateFile)
                    configuration.certificateChain = chain.map { .certificate($0) }
                    configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.keyFile, format: .pem))
                }
                return try NIOSSLContext(configuration: configuration)
            }
        } catch {
            throw FeedClientError.badAuthority
        }
    }
}
