import Safeguarding

/// The client's side of one subscription as a pure machine: lines in, what to do out.
///
/// It outlives connections, so that an event that was handled before a break is dropped when it is sent again: a reader is
/// exactly-once after dropping what is not behind the last position it processed.
struct FeedClientMachine: Sendable {
    private enum Phase {
        case banner, hello, login, subscription, following
    }

    enum Step: Sendable, Hashable {
        case nothing
        /// Say this line.
        case say(String)
        case tell(FeedNotice)
        /// Tell it, then say this line.
        case tellAndSay(FeedNotice, String)
        /// The event was handled before a break: acknowledge it, do not hand it on.
        case skip
        /// Hand on the event, then call ``processed(_:)``.
        case handle(FeedEvent)
        /// The acknowledgement in flight was answered; after the pause another may go out.
        case acknowledged(pause: Duration?)
        /// The connection is over; the server asks to come back after so many seconds, if it said.
        case end(reason: String, retry: Int?)
    }

    private let settings: FeedClientSettings
    private var phase = Phase.banner
    private(set) var state = FeedClientState()
    private var hasSubscribedBefore = false
    private var previous: Int64 = 0
    private var acknowledging: Int64?
    private var questions = FeedQuestions()
    /// On this connection the subscription was refused for its position already.
    private var hasMovedOn = false

    init(settings: FeedClientSettings) {
        self.settings = settings
    }

    /// Whether the connection got as far as a subscription.
    var isFollowing: Bool { phase == .following }

    /// A new connection is open.
    mutating func connected() {
        phase = .banner
        acknowledging = nil
        hasMovedOn = false
        questions.connected()
        state.isSubscribed = false
        state.isHeld = false
    }

    mutating func received(_ line: String) throws(FeedClientError) -> Step {
        guard let message = ServerMessage(line) else { throw .protocolViolation }
        if let answer = questions.counted(line) { return try tell(answer) }
        switch message {
        case .info: return try banner()
        case .ok(let tag, let words): return try ok(tag, words)
        case .error(let tag, let refusal): return try refused(tag, refusal)
        case .event(let event): return try take(event)
        case .heartbeat(let head, let isDatabaseDown):
            state.head = head
            state.isDatabaseDown = isDatabaseDown
            return .tell(.heartbeat(head: head, isDatabaseDown: isDatabaseDown))
        case .hold:
            state.isHeld = true
            return .tell(.held)
        case .go:
            state.isHeld = false
            return .tell(.resumed)
        case .bye(let reason, let fields): return try bye(reason, fields)
        case .counted: throw .protocolViolation
        case .unknown:
            guard phase != .banner else { throw .protocolViolation }
            return .nothing
        }
    }

    // MARK: Opening

    private mutating func banner() throws(FeedClientError) -> Step {
        guard phase == .banner else { throw .protocolViolation }
        phase = .hello
        return .say("HELLO 1 \(settings.clientName) \(settings.clientVersion)")
    }

    private mutating func ok(_ tag: String?, _ words: [String]) throws(FeedClientError) -> Step {
        switch (phase, words.first) {
        case (.hello, "HELLO"):
            phase = .login
            let credential = settings.credential
            return .say(credential.map { "AUTH TOKEN \($0.tokenID) \($0.secret)" } ?? "AUTH EXTERNAL")
        case (.login, "AUTH"):
            phase = settings.subscribes ? .subscription : .following
            return settings.subscribes ? .say(subscribeLine) : .tell(.loggedIn)
        case (.subscription, "SUB"): return try subscribed(ServerMessage.fields(words.dropFirst(2)))
        case (.following, "ACK") where tag == FeedClientMachine.tag:
            guard let seq = acknowledging else { throw .protocolViolation }
            acknowledging = nil
            state.acknowledged = seq
            return .acknowledged(pause: nil)
        case (.following, _) where tag != nil: return try tell(questions.answered(tag ?? "", words))
        case (.following, "PONG"): return .nothing
        default: throw .protocolViolation
        }
    }

    private var isResuming: Bool { hasSubscribedBefore || settings.from == .resume }
    private var subscribeLine: String { subscribeLine(from: isResuming ? .resume : settings.from) }

    private func subscribeLine(from: FeedStart) -> String {
        let filter = settings.filter.isEmpty ? "" : " FILTER \(settings.filter)"
        let standing = settings.isStanding ? " STANDING" : ""
        return "SUB \(settings.name) FROM \(from.word) WINDOW \(settings.window)\(standing)\(filter)"
    }

    private mutating func subscribed(_ fields: [String: String]) throws(FeedClientError) -> Step {
        guard let at = ServerMessage.position(fields["at"]), let epoch = fields["epoch"] else {
            throw .protocolViolation
        }
        let behind = ServerMessage.position(fields["behind"]) ?? 0
        guard !at.addingReportingOverflow(behind).overflow else { throw .protocolViolation }
        if let known = state.epoch, known != epoch {
            state.processed = nil
            questions.forgetRevisions()
        }
        phase = .following
        hasSubscribedBefore = true
        previous = at
        state.isSubscribed = true
        state.epoch = epoch
        state.received = at
        state.acknowledged = at
        state.head = at + behind
        state.isDatabaseDown = false
        return .tell(.subscribed(fields: fields))
    }

    // MARK: Following

    private mutating func take(_ event: FeedEvent) throws(FeedClientError) -> Step {
        guard phase == .following, event.name == settings.name else { throw .protocolViolation }
        guard event.prev == previous, event.seq > previous else {
            throw .gap(expected: previous, found: event.prev)
        }
        previous = event.seq
        state.received = event.seq
        state.head = max(state.head ?? 0, event.seq)
        if let processed = state.processed, event.seq <= processed { return .skip }
        return .handle(event)
    }

    /// The handling of an event has returned, so it may be acknowledged.
    mutating func processed(_ seq: Int64) { state.processed = max(state.processed ?? seq, seq) }

    /// The next acknowledgement to send; one is in flight at a time, so that they coalesce.
    mutating func nextAcknowledgement() -> String? {
        guard phase == .following, acknowledging == nil, let seq = state.received, let processed = state.processed,
            min(seq, processed) > state.acknowledged ?? 0
        else { return nil }
        acknowledging = min(seq, processed)
        return "@\(FeedClientMachine.tag) ACK \(settings.name) \(min(seq, processed))"
    }

    private static let tag = "a"

    // MARK: Questions

    /// Asks something beside the subscription, now or when there is a connection.
    mutating func ask(_ line: String) throws(FeedQuestionFault) { try questions.ask(line) }

    /// What was asked and has no answer yet.
    var unanswered: [String] { questions.unanswered }

    /// The next question to say.
    mutating func nextQuestion() -> String? { phase == .following ? questions.next() : nil }

    private func tell(_ answer: FeedAnswer??) throws(FeedClientError) -> Step {
        guard let answer else { throw .protocolViolation }
        return answer.map { .tell(.answer($0)) } ?? .nothing
    }

    // MARK: Refusals

    private mutating func refused(_ tag: String?, _ refusal: ServerRefusal) throws(FeedClientError) -> Step {
        if phase == .following, tag == FeedClientMachine.tag, acknowledging != nil {
            acknowledging = nil
            return try acknowledgementRefused(refusal)
        }
        if phase == .subscription, isResuming, let step = movesOn(refusal) { return step }
        if let tag, let answer = questions.refused(tag, refusal) { return .tell(.answer(answer)) }
        switch refusal.word {
        case "db-unavailable", "draining", "internal": return .end(reason: refusal.word, retry: refusal.retry)
        // Without a time to come back the limit is one that waiting does not change.
        case "slow-down" where refusal.retry != nil: return .end(reason: refusal.word, retry: refusal.retry)
        default: throw .refused(refusal)
        }
    }

    private func acknowledgementRefused(_ refusal: ServerRefusal) throws(FeedClientError) -> Step {
        if let retry = refusal.retry { return .acknowledged(pause: .seconds(retry)) }
        if refusal.lostPosition != nil || refusal.word == "internal" { return .end(reason: refusal.word, retry: nil) }
        throw refusal.word == "replaced" ? .replaced : .refused(refusal)
    }

    /// A position that the server does not have any more: the client goes on where nothing that is there is missed, and tells so.
    /// Only where it resumes; who asked for a position is told no. A second refusal is for the next connection.
    private mutating func movesOn(_ refusal: ServerRefusal) -> Step? {
        guard let cause = refusal.lostPosition else { return nil }
        guard !hasMovedOn else { return .end(reason: refusal.word, retry: refusal.retry) }
        hasMovedOn = true
        let start = refusal.resumption
        var lost = FeedBreak(cause: cause, processed: state.processed, from: nil)
        if case .after(let seq, _) = start { lost.from = seq }
        state.processed = nil
        return .tellAndSay(.movedOn(lost), subscribeLine(from: start))
    }

    private mutating func bye(_ reason: String, _ fields: [String: String]) throws(FeedClientError) -> Step {
        state.isSubscribed = false
        switch reason {
        case "replaced": throw .replaced
        case "revoked": throw .revoked
        default: return .end(reason: reason, retry: fields["retry"].flatMap { Int($0) })
        }
    }
}

extension FeedStart {
    /// The word behind FROM.
    package var word: String {
        switch self {
        case .resume: "resume"
        case .head: "head"
        case .floor: "floor"
        case .after(let seq, let epoch): "\(seq)@\(epoch)"
        }
    }
}
