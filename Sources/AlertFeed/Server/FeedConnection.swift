import Logging
import NIOCore
import NIOSSL
import Safeguarding
import Synchronization

/// One client: a machine behind a lock, and the task that reads for it.
///
/// Lines are encoded under the same lock under which the machine decided them, so the wire has the machine's order. What
/// waits for the client is bounded: pages are added while there is room, commands wait for room, and the socket is handed
/// one piece at a time. Nothing here waits for another connection.
///
/// Delivery has no task: whoever brings something to deliver, or room for it, does what can be done then. It is the same
/// few steps for each page of each of a thousand readers, and waking a task for each of them took longer than the steps.
final class FeedConnection: Sendable {
    struct State {
        var machine: SessionMachine
        /// Whole lines that wait for the socket.
        var outgoing = OutgoingLines()
        /// Bytes that the channel was handed and that have not left.
        var writing = 0
        /// Takes back what was asked of the log.
        var takeBack: (@Sendable () -> Void)?
        /// A cursor to be moved.
        var advance: (subscription: FeedSubscription, readTo: Int64)?
        var endedAt: Duration?

        /// Whether the next command is obeyed: it waits while the answers to earlier ones have not left, back-pressure by TCP.
        /// After the end every line is taken, and goes nowhere.
        func takesCommand(_ limits: FeedLimits) -> Bool {
            outgoing.readableBytes <= limits.commandRoom || machine.end != nil
        }
    }

    let id: ConnectionID
    let address: String
    /// What its limits and penalties are counted by.
    let network: String
    let channel: any Channel
    private let meter: OutputMeter
    let services: FeedServices
    /// Of the limits what each step asks for.
    let collecting: Int
    let state: Mutex<State>
    /// Rings when the session has ended and its last lines may have left.
    let over = Doorbell()
    /// Rings when there may be something to write down.
    let books = Doorbell()
    /// Rings when waiting output has left.
    let room = Doorbell()

    init(id: ConnectionID, channel: any Channel, meter: OutputMeter, services: FeedServices) {
        self.id = id
        self.channel = channel
        self.meter = meter
        self.services = services
        collecting = services.limits.collecting
        address = channel.remoteAddress?.ipAddress ?? "unknown"
        network = ClientNetwork.key(channel.remoteAddress?.ipAddress)
        let machine = SessionMachine(limits: services.limits, seed: .random(in: 0 ... .max), at: services.clock.now)
        state = Mutex(State(machine: machine))
    }

    var limits: FeedLimits { services.limits }

    // MARK: Running

    /// Serves the client until its session has ended and its last lines have left, or the connection is gone.
    func run(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        server: String,
        isEncrypted: Bool,
        takesCertificates: Bool
    ) async {
        await withTaskCancellationHandler {
            _ = step { machine, _ in
                machine.banner(server: server, isEncrypted: isEncrypted, takesCertificates: takesCertificates)
            }
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepBooks() }
                await withDiscardingTaskGroup { ends in
                    ends.addTask { await self.read(inbound) }
                    ends.addTask { await self.closeBehindTheLastLine() }
                }
                group.cancelAll()
            }
            state.withLock { $0.takeBack }?()
        } onCancel: {
            abort()
        }
    }

    /// Reads lines and obeys them one after the other; after the end it discards, so that the last lines are not lost to a reset.
    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        var decoder = LineDecoder()
        var buffer = ByteBuffer()
        do {
            for try await chunk in inbound {
                guard !hasEnded else { continue }
                buffer.writeImmutableBuffer(chunk)
                var next = decoder.decode(buffer: &buffer)
                while !hasEnded, let line = next {
                    next = decoder.decode(buffer: &buffer)
                    await obey(line, before: next)
                }
                buffer.discardReadBytes()
            }
        } catch {
            services.logger.debug("feed: connection broke", metadata: metadata)
        }
        peerClosed()
    }

    /// Gives the machine a line, once there is room for what it answers, and performs what it wants, one effect after the other.
    private func obey(_ line: ReceivedLine, before next: ReceivedLine?) async {
        var seen = room.count
        var isTaken = false
        var effect: SessionEffect?
        while !isTaken, !Task.isCancelled {
            effect = step { state, now in
                guard state.takesCommand(limits) else { return .none }
                isTaken = true
                return state.machine.received(line, before: next, at: now)
            }
            if !isTaken { seen = await room.wait(after: seen) }
        }
        while let next = effect {
            let outcome = await services.perform(next, for: self)
            effect = step { machine, now in machine.completed(outcome, at: now) }
            if case .subscribe(let principal, _, _, let filter, _) = next, case .subscribed(let start) = outcome {
                // Behind the answer: where the look takes long, the subscription stands all the same.
                await services.watch(start.subscription, filter, of: principal)
            }
        }
    }

    /// Writes down what delivery leaves behind, beside it: the audit of what was said, which holds delivery back only where it
    /// does not keep up, and cursors that move without an acknowledgement.
    private func keepBooks() async {
        var seen = books.count
        while !hasEnded, !Task.isCancelled {
            let now = services.clock.now
            if let (subscription, readTo) = state.withLock({ $0.advance }) {
                let succeeded = await services.advance(subscription, readTo: readTo)
                change { state in
                    state.advance = nil
                    state.machine.advanced(subscription, readTo: readTo, succeeded: succeeded)
                }
            } else if let (principal, range) = state.withLock({ $0.machine.nextAudit(at: now) }) {
                let succeeded = await services.audit(range, of: principal)
                change { $0.machine.audited(range, succeeded: succeeded) }
            } else {
                seen = await books.wait(after: seen)
            }
        }
    }

    /// Closes our side when the session has ended and everything that was said has left.
    private func closeBehindTheLastLine() async {
        var seen = over.count
        while !Task.isCancelled {
            let isOver = state.withLock {
                $0.machine.end != nil && $0.writing == 0 && $0.outgoing.readableBytes == 0
            }
            if isOver { break }
            seen = await over.wait(after: seen)
        }
        // Broken off already.
        if Task.isCancelled { return }
        do { try await channel.close(mode: .output).get() } catch { abort() }
    }

    private func peerClosed() { change { $0.machine.peerClosed() } }

    // MARK: Steps of the machine

    private var hasEnded: Bool { state.withLock { $0.machine.end != nil } }

    private var metadata: Logger.Metadata { ["feed.connection": "\(id.number)"] }

    func step(_ event: (inout SessionMachine, FeedInstant) -> SessionActions) -> SessionEffect? {
        step { state, now in event(&state.machine, now) }
    }

    /// Changes what a step looks at, and does what that has made possible.
    func change(_ change: (inout State) -> Void) {
        _ = step { state, _ in
            change(&state)
            return .none
        }
    }

    /// Gives the machine an event, encodes what it says, and does what has become possible; answers the effect it wants.
    private func step(_ event: (inout State, FeedInstant) -> SessionActions) -> SessionEffect? {
        let now = services.clock.now
        let (actions, work) = state.withLock { state in
            let actions = event(&state, now)
            for line in actions.lines { line.encode(into: &state.outgoing) }
            return (actions, nextWork(&state, at: now))
        }
        // A page is asked for before the last one is said, which takes about as long.
        if let work { begin(work) }
        let (delivered, next, parts, view, hasEnded, isAuditDue) = state.withLock { state in
            let delivered = deliver(&state, at: now)
            // What was said may have made room for one.
            let next = delivered.isEmpty ? nil : nextWork(&state, at: now)
            if state.machine.end != nil, state.endedAt == nil { state.endedAt = now.elapsed }
            return (
                delivered, next, nextPiece(&state), state.machine.view, state.machine.end != nil,
                state.machine.isAuditDue(at: now)
            )
        }
        if let next { begin(next) }
        write(parts)
        services.metrics.said(actions.lines + delivered, in: view)
        if hasEnded || isAuditDue { books.ring() }
        if hasEnded {
            room.ring()
            over.ring()
        }
        return actions.effect
    }

    /// The client's certificate, which the handshake has verified; nil where it sent none.
    func peerCertificate() async throws -> PeerCertificate? {
        try await channel.nioSSL_peerCertificate().get().map { try PeerCertificate($0) }
    }

    // MARK: Events from the server

    /// Bytes said that the socket has not taken.
    var waitingBytes: Int { state.withLock { $0.outgoing.readableBytes + $0.writing } }

    /// The subscriptions with their filters, and whose they are.
    var watches: (principal: Principal, filters: [(FeedSubscription, FeedFilter)])? {
        state.withLock { state in
            guard state.machine.end == nil, let principal = state.machine.principal else { return nil }
            return (principal, state.machine.subscriptions.map { ($0.subscription, $0.filter) })
        }
    }

    /// A second has passed.
    func tick() {
        let now = services.clock.now
        let (waiting, endedAt) = state.withLock { ($0.outgoing.readableBytes + $0.writing, $0.endedAt) }
        if let endedAt {
            if now.elapsed - endedAt >= limits.linger { abort() }
            return
        }
        if waiting > 0 { meter.sample(channel) }
        _ = step { machine, now in machine.tick(OutputProgress(waiting: waiting, taken: meter.taken), at: now) }
    }

    func logMayHaveGrown() { change { $0.machine.logMayHaveGrown() } }

    func logStands(at position: LogPosition) { _ = step { machine, now in machine.logStands(at: position, at: now) } }

    func databaseWentAway() { state.withLock { $0.machine.databaseWentAway() } }

    func revoked() { _ = step { machine, now in machine.revoked(at: now) } }

    func replaced(_ name: String) { _ = step { machine, now in machine.replaced(name, at: now) } }

    func lost(_ subscription: FeedSubscription) { _ = step { machine, now in machine.lost(subscription, at: now) } }

    func displaced() { _ = step { machine, now in machine.displaced(at: now) } }

    func beginDrain() { _ = step { machine, now in machine.beginDrain(at: now) } }

    /// Breaks the connection off; its tasks notice by themselves.
    func abort() { channel.close(promise: nil) }

    // MARK: The end

    /// Records how each subscription ended, with the audit of what was not yet covered; gives up when the database is away.
    func recordEnd() async {
        let (ends, principal, reason) = state.withLock {
            ($0.machine.ends, $0.machine.principal, $0.machine.end ?? .lost)
        }
        services.metrics.sessionEnded(reason)
        services.logger.debug(
            "feed: session ended",
            metadata: metadata.merging(["feed.reason": "\(reason.rawValue)"]) { $1 }
        )
        guard let principal, !Task.isCancelled else { return }
        await services.record(ends, of: principal)
    }
}
