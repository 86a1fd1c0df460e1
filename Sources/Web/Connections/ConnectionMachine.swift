import NIOCore

/// What a connection may take its time over, and when it has to go.
///
/// Pure: takes events with their times, returns actions; ``ConnectionGuard`` carries them out on the event loop. A
/// client that sends slowly is measured against the time in which we were reading: where the store holds the reader
/// back, the client is not to blame.
struct ConnectionMachine {
    /// Why a connection was answered before its request was looked at.
    enum Refusal: String, Sendable, CaseIterable {
        case tooManyFromAddress = "connections-per-address"
        case tooMany = "connections"
        case bodyTooSlow = "body-timeout"
    }

    /// What to do with a part of a request.
    enum InboundAction: Equatable {
        case forward
        /// Tell the client that it may send its body, and forward.
        case continueAndForward
        /// Answer, forward nothing more, and let the client read the answer.
        case refuse(Refusal)
        case drop
    }

    /// What to do after the end of an answer.
    enum OutboundAction: Equatable {
        case none
        /// End our side; what still comes is read and dropped until the deadline.
        case endOutput
    }

    enum DeadlineAction: Equatable {
        case none
        case refuse(Refusal)
        case close(Phase)
    }

    /// What a connection was doing when its time ran out, for the counters.
    enum Phase: String, Sendable, CaseIterable {
        case head, keepAlive = "keep-alive", body, write, linger
    }

    private enum State {
        /// Between requests; `isFirst` until the first head.
        case awaitingHead(isFirst: Bool, since: NIODeadline)
        /// The body comes in.
        case receiving(Body)
        /// What was asked is complete and its answers are not.
        case answering
        /// Our side has ended.
        case lingering(since: NIODeadline)
        case closed
    }

    private struct Body {
        var since: NIODeadline
        var bytes = 0
        /// Time in which we did not read.
        var paused = TimeAmount.zero
        var pausedSince: NIODeadline?
    }

    private let limits: WebLimits
    private let refusal: Refusal?
    private var state: State
    /// Requests whose heads came and whose answers have not ended; more than one where the client pipelines.
    private var open = 0
    /// An answer has begun and not ended.
    private var isAnswering = false
    private var closesAfterAnswer = false
    private var blockedSince: NIODeadline?

    /// - Parameter refusal: why every request of this connection is refused; nil where it is welcome.
    init(limits: WebLimits, refusal: Refusal?, now: NIODeadline) {
        self.limits = limits
        self.refusal = refusal
        state = .awaitingHead(isFirst: true, since: now)
    }

    // MARK: The request

    mutating func head(expectsContinue: Bool, now: NIODeadline) -> InboundAction {
        switch state {
        case .awaitingHead, .receiving, .answering:
            if let refusal {
                state = .lingering(since: now)
                return .refuse(refusal)
            }
            state = .receiving(Body(since: now))
            open += 1
            return expectsContinue && open == 1 ? .continueAndForward : .forward
        case .lingering, .closed: return .drop
        }
    }

    mutating func body(bytes: Int) -> InboundAction {
        switch state {
        case .receiving(var body):
            body.bytes += bytes
            state = .receiving(body)
            return .forward
        case .awaitingHead, .answering: return .forward
        case .lingering, .closed: return .drop
        }
    }

    mutating func end(now: NIODeadline) -> InboundAction {
        switch state {
        case .receiving:
            state = open == 0 ? .awaitingHead(isFirst: false, since: now) : .answering
            return .forward
        case .awaitingHead, .answering: return .forward
        case .lingering, .closed: return .drop
        }
    }

    /// We ask the socket for more.
    mutating func reads(now: NIODeadline) {
        guard case .receiving(var body) = state, let since = body.pausedSince else { return }
        body.paused = body.paused + (now - since)
        body.pausedSince = nil
        state = .receiving(body)
    }

    /// What the socket had has been read, and nobody has asked for more yet.
    mutating func pauses(now: NIODeadline) {
        guard case .receiving(var body) = state, body.pausedSince == nil else { return }
        body.pausedSince = now
        state = .receiving(body)
    }

    // MARK: The answer

    mutating func answerBegins(closes: Bool) {
        isAnswering = true
        if closes { closesAfterAnswer = true }
    }

    mutating func answerEnds(now: NIODeadline) -> OutboundAction {
        isAnswering = false
        open = max(0, open - 1)
        switch state {
        case .lingering, .closed: return .none
        case .awaitingHead, .receiving, .answering:
            if closesAfterAnswer {
                state = .lingering(since: now)
                return .endOutput
            }
            // A body that is still coming in keeps its clock, whether its answer is given already or not.
            if case .answering = state, open == 0 { state = .awaitingHead(isFirst: false, since: now) }
            return .none
        }
    }

    /// Our side was ended by the server itself (a client that asked for `Connection: close`).
    mutating func outputEnds(now: NIODeadline) {
        switch state {
        case .lingering, .closed: break
        default: state = .lingering(since: now)
        }
    }

    mutating func writability(_ isWritable: Bool, now: NIODeadline) {
        blockedSince = isWritable ? nil : (blockedSince ?? now)
    }

    mutating func closed() { state = .closed }

    // MARK: Time

    /// When to ask ``expire(now:)``, as far as is known now; nil where nothing runs out.
    var deadline: NIODeadline? {
        let own: NIODeadline? =
            switch state {
            case .awaitingHead(isFirst: true, let since): since + limits.headTimeout
            case .awaitingHead(isFirst: false, let since): since + limits.keepAlive
            case .receiving(let body): bodyDeadline(body)
            case .answering, .closed: nil
            case .lingering(let since): since + limits.linger
            }
        guard let blocked = blockedSince.map({ $0 + limits.writeStall }), !isClosed else { return own }
        return own.map { min($0, blocked) } ?? blocked
    }

    mutating func expire(now: NIODeadline) -> DeadlineAction {
        guard let deadline, now >= deadline else { return .none }
        if let blockedSince, now >= blockedSince + limits.writeStall { return close(.write) }
        switch state {
        case .awaitingHead(let isFirst, _): return close(isFirst ? .head : .keepAlive)
        case .receiving:
            guard open == 1, !isAnswering else { return close(.body) }
            state = .lingering(since: now)
            return .refuse(.bodyTooSlow)
        case .lingering: return close(.linger)
        case .answering, .closed: return .none
        }
    }

    private var isClosed: Bool { if case .closed = state { true } else { false } }

    private mutating func close(_ phase: Phase) -> DeadlineAction {
        state = .closed
        return .close(phase)
    }

    /// Nil while we do not read.
    private func bodyDeadline(_ body: Body) -> NIODeadline? {
        guard body.pausedSince == nil else { return nil }
        let earned = TimeAmount.milliseconds(Int64(body.bytes) * 1_000 / Int64(max(1, limits.bodyBytesPerSecond)))
        return body.since + limits.bodyGrace + body.paused + earned
    }
}
