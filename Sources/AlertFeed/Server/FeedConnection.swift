import Logging
import NIOCore
import NIOSSL
import Safeguarding
import Synchronization

/// One client: a machine behind a lock, and the tasks that read, deliver, audit and write for it.
///
/// Lines are encoded under the same lock under which the machine decided them, so the wire has the machine's order. What
/// waits for the client is bounded: pages are added while there is room, commands wait for room, and the writer hands the
/// socket one piece at a time. Nothing here waits for another connection.
final class FeedConnection: Sendable {
    private struct State {
        var machine: SessionMachine
        /// Whole lines that wait for the writer.
        var outgoing = OutgoingLines()
        /// Bytes the writer has handed to the channel and that have not left.
        var writing = 0
        var endedAt: Duration?
    }

    let id: ConnectionID
    let address: String
    private let channel: any Channel
    private let meter: OutputMeter
    private let services: FeedServices
    private let state: Mutex<State>
    /// Rings when the writer may have something to write.
    private let output = Doorbell()
    /// Rings when delivery may have something to do.
    private let work = Doorbell()
    /// Rings when the audit may have something to write.
    private let audits = Doorbell()
    /// Rings when waiting output has left.
    private let room = Doorbell()

    init(id: ConnectionID, channel: any Channel, meter: OutputMeter, services: FeedServices) {
        self.id = id
        self.channel = channel
        self.meter = meter
        self.services = services
        address = channel.remoteAddress?.ipAddress ?? "unknown"
        let machine = SessionMachine(limits: services.limits, seed: .random(in: 0 ... .max), at: services.clock.now)
        state = Mutex(State(machine: machine))
    }

    private var limits: FeedLimits { services.limits }

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
                group.addTask { await self.deliver() }
                group.addTask { await self.audit() }
                await withDiscardingTaskGroup { ends in
                    ends.addTask { await self.read(inbound) }
                    ends.addTask { await self.write() }
                }
                group.cancelAll()
            }
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
        _ = step { machine, _ in
            machine.peerClosed()
            return .none
        }
    }

    /// Gives the machine a line and performs what it wants, one effect after the other.
    ///
    /// A command waits while the answers to earlier ones have not left: back-pressure by TCP.
    private func obey(_ line: ReceivedLine, before next: ReceivedLine?) async {
        var seen = room.count
        var isTaken = false
        var effect: SessionEffect?
        while !isTaken, !Task.isCancelled {
            effect = step { machine, now, waiting in
                guard waiting <= limits.commandRoom || machine.end != nil else { return .none }
                isTaken = true
                return machine.received(line, before: next, at: now)
            }
            if !isTaken { seen = await room.wait(after: seen) }
        }
        while let next = effect {
            let outcome = await services.perform(next, for: self)
            effect = step { machine, now in machine.completed(outcome, at: now) }
        }
    }

    /// Turns pages into lines while there is room, and reads the next page while the last one leaves.
    private func deliver() async {
        var seen = work.count
        while !hasEnded, !Task.isCancelled {
            let said = sayWhatWasRead()
            if let next = nextWork() {
                await perform(next)
            } else if !said {
                seen = await work.wait(after: seen)
            }
        }
    }

    /// Writes into the audit what was delivered, beside delivery, which it holds back only where it does not keep up.
    private func audit() async {
        var seen = audits.count
        while !hasEnded, !Task.isCancelled {
            let now = services.clock.now
            if let (principal, range) = state.withLock({ $0.machine.nextAudit(at: now) }) {
                let succeeded = await services.audit(range, of: principal)
                state.withLock { $0.machine.audited(range, succeeded: succeeded) }
                _ = sayWhatWasRead()
                work.ring()
            } else {
                seen = await audits.wait(after: seen)
            }
        }
    }

    private func nextWork() -> DeliveryWork? {
        let now = services.clock.now
        return state.withLock { state in
            state.machine.nextWork(hasRoom: state.outgoing.readableBytes < limits.collecting / 2, at: now)
        }
    }

    /// False when there was nothing to say or no room to say it.
    private func sayWhatWasRead() -> Bool {
        var said = false
        _ = step(fromDelivery: true) { machine, now, waiting in
            let actions = machine.deliver(room: limits.collecting - FeedLimits.serverLine - waiting, at: now)
            said = !actions.lines.isEmpty
            return actions
        }
        return said
    }

    private func perform(_ work: DeliveryWork) async {
        switch work {
        case .readPage(let request):
            let outcome = await services.readPage(request)
            _ = step(fromDelivery: true) { machine, now, _ in machine.pageRead(request, outcome, at: now) }
        case .advance(let subscription, let readTo):
            let succeeded = await services.advance(subscription, readTo: readTo)
            state.withLock { $0.machine.advanced(subscription, readTo: readTo, succeeded: succeeded) }
        }
    }

    /// Hands the socket what waits, one piece at a time, and closes our side behind the last line.
    private func write() async {
        var seen = output.count
        do {
            while true {
                let (parts, isOver) = takeAll()
                if let last = parts.last {
                    for part in parts.dropLast() { channel.write(part, promise: nil) }
                    try await channel.writeAndFlush(last).get()
                    state.withLock { $0.writing = 0 }
                    _ = sayWhatWasRead()
                    room.ring()
                    work.ring()
                } else if isOver {
                    break
                } else {
                    try Task.checkCancellation()
                    seen = await output.wait(after: seen)
                }
            }
            try await channel.close(mode: .output).get()
        } catch {
            _ = step { machine, _ in
                machine.peerClosed()
                return .none
            }
            abort()
        }
    }

    /// What waits, or whether nothing will come any more: looked at in one step, so that no last line is left behind.
    private func takeAll() -> (parts: [ByteBuffer], isOver: Bool) {
        state.withLock { state in
            state.writing = state.outgoing.readableBytes
            let parts = state.outgoing.take()
            return (parts, parts.isEmpty && state.machine.end != nil)
        }
    }

    // MARK: Steps of the machine

    private var hasEnded: Bool { state.withLock { $0.machine.end != nil } }

    private var metadata: Logger.Metadata { ["feed.connection": "\(id.number)"] }

    private func step(_ event: (inout SessionMachine, FeedInstant) -> SessionActions) -> SessionEffect? {
        step { machine, now, _ in event(&machine, now) }
    }

    /// Gives the machine an event, encodes what it says and wakes whom that concerns; answers the effect it wants.
    ///
    /// Delivery does not wake itself: it looks for more work anyway before it sleeps.
    private func step(
        fromDelivery: Bool = false,
        _ event: (inout SessionMachine, FeedInstant, Int) -> SessionActions
    ) -> SessionEffect? {
        let now = services.clock.now
        let (actions, view, hasEnded, isAuditDue) = state.withLock { state in
            let actions = event(&state.machine, now, state.outgoing.readableBytes)
            for line in actions.lines { line.encode(into: &state.outgoing) }
            if state.machine.end != nil, state.endedAt == nil { state.endedAt = now.elapsed }
            return (
                actions, state.machine.principal?.view, state.machine.end != nil, state.machine.isAuditDue(at: now)
            )
        }
        services.metrics.said(actions.lines, in: view)
        if !actions.lines.isEmpty || hasEnded { output.ring() }
        if !fromDelivery, hasEnded || actions.effect == nil { work.ring() }
        if hasEnded { room.ring() }
        if hasEnded || isAuditDue { audits.ring() }
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

    func logMayHaveGrown() {
        state.withLock { $0.machine.logMayHaveGrown() }
        work.ring()
    }

    func logStands(at position: LogPosition) { _ = step { machine, now in machine.logStands(at: position, at: now) } }

    func databaseWentAway() { state.withLock { $0.machine.databaseWentAway() } }

    func revoked() { _ = step { machine, now in machine.revoked(at: now) } }

    func replaced(_ name: String) { _ = step { machine, now in machine.replaced(name, at: now) } }

    func displaced() { _ = step { machine, now in machine.displaced(at: now) } }

    func beginDrain() { _ = step { machine, now in machine.beginDrain(at: now) } }

    /// Breaks the connection off; its tasks notice by themselves.
    private func abort() { channel.close(promise: nil) }

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
