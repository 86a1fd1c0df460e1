package import Safeguarding

/// One connection's side of FEED/1 as a pure machine: events in, lines and wishes out.
///
/// It knows no socket, clock, database or randomness of its own: time comes with each event, effects are performed by the
/// owner, and their outcomes come back as events. One command is in progress at a time, so replies come in the order of
/// the commands; delivery runs beside it, one piece of work at a time, and
/// the audit beside both. Nothing a peer sends can make it trap.
package struct SessionMachine: Sendable {
    enum Phase: Sendable, Hashable {
        /// INFO has been said; HELLO is due.
        case connected
        /// AUTH is due.
        case greeted
        case loggedIn(Principal)
    }

    /// A command whose effect is in progress.
    struct Pending: Sendable {
        var tag: String?
        var command: Command
        /// The name of a SUB, which a newer connection has taken meanwhile.
        var hasLostName = false
    }

    /// The server is stopping.
    struct Drain: Sendable {
        /// With nothing unacknowledged the session ends from here on.
        var earliest: Duration
        /// The session ends whatever is unacknowledged.
        var latest: Duration
    }

    let limits: FeedLimits
    let openedAt: Duration
    var phase = Phase.connected
    var pending: Pending?
    var drain: Drain?
    var subscriptions: [SubscriptionState] = []
    /// Where the log of the session's view stands, as far as is known.
    var position: LogPosition?
    var isDatabaseDown = false
    var outstanding: DeliveryWork?
    /// The subscription that is served next.
    var turn = 0

    var rate: RateLimiter
    var strikes = 0
    var refusedLogins = 0
    var hasPinged = false
    var lastHeard: Duration
    var lastSaid: Duration
    var taken: Int64 = 0
    var takenAt: Duration?
    var jitter: Jitter

    /// Why the session ended, after which nothing is said; nil while it goes on.
    package internal(set) var end: EndReason?

    package init(limits: FeedLimits, seed: UInt64, at now: FeedInstant) {
        self.limits = limits
        openedAt = now.elapsed
        lastHeard = now.elapsed
        lastSaid = now.elapsed
        rate = RateLimiter(perSecond: limits.commandsPerSecond, burst: limits.commandBurst)
        jitter = Jitter(seed: seed)
    }

    /// Whose credential was accepted and for whom a place is being taken.
    var entering: Principal?

    /// Whether somebody is logged in: asked at each step, for which ``principal`` is a copy too many.
    package var isLoggedIn: Bool {
        if case .loggedIn = phase { true } else { false }
    }

    /// What whoever is logged in reads.
    package internal(set) var view: View?

    /// Who is logged in.
    package var principal: Principal? {
        if case .loggedIn(let principal) = phase { principal } else { nil }
    }

    /// The last moment of the certificate that the session was opened with.
    var validUntil: Moment?

    /// The banner, the first line of the connection; none where it has ended already, as in a drain.
    package func banner(server: String, isEncrypted: Bool, takesCertificates: Bool = false) -> SessionActions {
        guard end == nil else { return .none }
        return SessionActions(lines: [
            .info([
                LineField("feed", 1), LineField("server", server), LineField("maxline", FeedLimits.clientLine),
                LineField("hb", limits.heartbeat.components.seconds), LineField("window", FeedLimits.windowDefault),
                LineField("auth", takesCertificates ? "token,external" : "token"),
                LineField("tls", isEncrypted ? 1 : 0),
            ])
        ])
    }

    // MARK: Events from the client

    /// Takes the next line; must not be called while an effect is in progress.
    ///
    /// - Parameter next: The line behind it, where that has come already.
    package mutating func received(
        _ line: ReceivedLine,
        before next: ReceivedLine? = nil,
        at now: FeedInstant
    ) -> SessionActions {
        guard end == nil else { return .none }
        guard pending == nil else { return ending(.failed) }
        lastHeard = now.elapsed
        switch line {
        case .line(let text): return said(request(SessionMachine.parse(text), before: next, at: now), at: now)
        case .badUTF8:
            let failure = CommandError(tag: nil, error: FeedError(.badUTF8, "lines are UTF-8"))
            return said(request(.failure(failure), at: now), at: now)
        case .tooLong:
            let error = FeedError(.lineTooLong, "a line is too long", LineField("limit", FeedLimits.clientLine))
            return said(ending(.lineTooLong, after: [.error(tag: nil, error)]), at: now)
        }
    }

    /// The client's side of the connection has ended; there is nobody to say anything to.
    package mutating func peerClosed() {
        if end == nil { end = .lost }
    }

    static func parse(_ text: String) -> Result<TaggedCommand, CommandError> {
        Result { () throws(CommandError) in try CommandParser.parse(text) }
    }

    private mutating func request(
        _ request: Result<TaggedCommand, CommandError>,
        before next: ReceivedLine? = nil,
        at now: FeedInstant
    ) -> SessionActions {
        let tag = request.tag
        if !isProgress(request), let refusal = withinRate(tag: tag, at: now) {
            return strikes > limits.commandStrikes ? ending(.flood) : SessionActions(lines: [refusal])
        }
        if isSuperseded(request, by: next, at: now) { return .none }
        do throws(FeedError) {
            switch request {
            case .success(let request): return try obey(request.command, tag: tag)
            case .failure(let failure): throw failure.error
            }
        } catch {
            return SessionActions(lines: [.error(tag: tag, error)])
        }
    }

    /// Nil within the rate, else the refusal; refusals in a row are counted until the client has rested.
    private mutating func withinRate(tag: String?, at now: FeedInstant) -> ServerLine? {
        if rate.isRested(at: now) { strikes = 0 }
        guard let wait = rate.take(at: now) else { return nil }
        strikes += 1
        return .error(
            tag: tag,
            FeedError(.slowDown, "too many commands", LineField("retry", max(1, wait.wholeSecondsUp)))
        )
    }

    private mutating func obey(_ command: Command, tag: String?) throws(FeedError) -> SessionActions {
        switch command {
        case .quit: return ending(.quit)
        case .ping(let text):
            hasPinged = true
            return answer(tag, .ping, text.isEmpty ? [] : [text])
        case .hello(let version): return try hello(version, tag: tag)
        case .authenticate(let proof): return try authenticate(proof, tag: tag)
        case .limits:
            guard phase != .connected else { throw SessionMachine.wrongState }
            return answer(tag, .limits, limits.fields.map(\.text))
        case .subscribe, .filter, .showFilter, .acknowledge, .list, .show, .who, .act, .mute, .confirmMute, .endMute,
            .mutes, .lag:
            guard let principal else { throw SessionMachine.wrongState }
            return try obey(command, of: principal, tag: tag)
        }
    }

    // MARK: What is said

    static let wrongState = FeedError(.wrongState, "the command has no place here now")

    func answer(_ tag: String?, _ verb: CommandVerb, _ words: [String] = []) -> SessionActions {
        SessionActions(lines: [.ok(tag: tag, verb: verb, words: words)])
    }

    /// Notes that something is said, for the heartbeat.
    mutating func said(_ actions: SessionActions, at now: FeedInstant) -> SessionActions {
        if !actions.lines.isEmpty { lastSaid = now.elapsed }
        return actions
    }

    /// Ends the session: the last lines, then BYE with what helps the client to come back.
    mutating func ending(
        _ reason: EndReason,
        _ fields: [LineField] = [],
        after lines: [ServerLine] = []
    ) -> SessionActions {
        guard end == nil else { return .none }
        end = reason
        pending = nil
        var fields = fields
        if [.slow, .drain, .idle].contains(reason), let resume { fields.append(resume) }
        if reason.invitesReturn { fields.append(LineField("retry", jitter.pick(limits.retry))) }
        return SessionActions(lines: lines + [.bye(reason, fields)])
    }

    /// `resume=<seq>` where there is one subscription, `resume=<name>:<seq>,...` where there are more.
    private var resume: LineField? {
        switch subscriptions.count {
        case 0: nil
        case 1: LineField("resume", subscriptions[0].acked)
        default: LineField("resume", subscriptions.map { "\($0.name):\($0.acked)" }.joined(separator: ","))
        }
    }

    /// How each subscription is to be recorded once the session has ended.
    package var ends: [SubscriptionEnd] {
        subscriptions.map {
            SubscriptionEnd(
                subscription: $0.subscription,
                reason: end ?? .lost,
                sent: $0.sent,
                unaudited: $0.unaudited
            )
        }
    }

    func index(of name: String) -> Int? { subscriptions.indices.first { subscriptions[$0].name == name } }
}

extension Result<TaggedCommand, CommandError> {
    /// The tag that the reply repeats.
    var tag: String? {
        switch self {
        case .success(let request): request.tag
        case .failure(let failure): failure.tag
        }
    }
}

extension Duration {
    /// Whole seconds, rounded up.
    var wholeSecondsUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
