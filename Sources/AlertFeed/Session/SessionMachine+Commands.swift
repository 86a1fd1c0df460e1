import Safeguarding

// The commands of a logged-in session, and the outcomes of their effects.
extension SessionMachine {
    mutating func obey(
        _ command: Command,
        of principal: Principal,
        tag: String?
    ) throws(FeedError) -> SessionActions {
        switch command {
        case .subscribe(let name, let from, _, let filter, let isStanding):
            guard drain == nil else { throw draining() }
            guard index(of: name) == nil else {
                throw FeedError(.wrongState, "this connection has that subscription already")
            }
            guard subscriptions.count < limits.subscriptions else { throw SessionMachine.tooManySubscriptions }
            let effect = SessionEffect.subscribe(
                principal,
                name: name,
                from: from,
                filter: filter,
                isStanding: isStanding
            )
            return begin(command, tag, effect)
        case .filter(let name, let filter):
            guard drain == nil else { throw draining() }
            let state = subscriptions[try subscription(name)]
            guard !state.isStanding || filter.admitsExercises else { throw CommandParser.excludesExercises }
            return begin(command, tag, .auditFilter(principal, name: name, filter: filter))
        case .showFilter(let name):
            let text = subscriptions[try subscription(name)].filter.text
            return answer(tag, .showFilter, text.isEmpty ? [name] : [name, text])
        case .acknowledge(let name, let seq): return try acknowledge(command, name, seq, tag: tag)
        case .list(let after, let filter):
            guard drain == nil else { throw draining() }
            return begin(command, tag, .list(principal, after: after, filter: filter))
        case .show(let alert): return begin(command, tag, .show(principal, alert))
        case .who: return begin(command, tag, .listPresent(principal))
        // What is accepted is answered: an act waits for nobody's drain.
        case .act(let act): return begin(command, tag, .act(principal, act))
        case .mute(let request): return begin(command, tag, .proposeMute(principal, request))
        case .confirmMute(let mute): return begin(command, tag, .confirmMute(principal, mute))
        case .endMute(let mute): return begin(command, tag, .endMute(principal, mute))
        case .mutes: return begin(command, tag, .listMutes(principal))
        case .lag: return begin(command, tag, .readCursors(principal))
        case .hello, .authenticate, .limits, .ping, .quit: throw SessionMachine.wrongState
        }
    }

    private mutating func acknowledge(
        _ command: Command,
        _ name: String,
        _ seq: Int64,
        tag: String?
    ) throws(FeedError) -> SessionActions {
        let state = subscriptions[try subscription(name)]
        switch state.check(acknowledgement: seq) {
        case .known: return tag == nil ? .none : answer(tag, .acknowledge, [name, String(seq)])
        case .new: return begin(command, tag, .acknowledge(state.subscription, seq: seq, sent: state.sent))
        case .backwards:
            throw FeedError(.ackBackwards, "a later position is acknowledged already", LineField("acked", state.acked))
        case .ahead: throw FeedError(.ackAhead, "that position was not sent", LineField("sent", state.sent))
        }
    }

    private mutating func begin(_ command: Command, _ tag: String?, _ effect: SessionEffect) -> SessionActions {
        pending = Pending(tag: tag, command: command)
        return SessionActions(effect: effect)
    }

    private func subscription(_ name: String) throws(FeedError) -> Int {
        guard let index = index(of: name) else {
            throw FeedError(.wrongState, "this connection has no such subscription")
        }
        return index
    }

    static let tooManySubscriptions = FeedError(.slowDown, "too many subscriptions of this user")

    // MARK: Outcomes

    /// The effect that was asked for last came out so.
    package mutating func completed(_ outcome: SessionOutcome, at now: FeedInstant) -> SessionActions {
        guard end == nil else { return .none }
        guard let request = pending else { return ending(.failed) }
        pending = nil
        if case .authenticate(let proof) = request.command {
            return said(login(outcome, proof, tag: request.tag, at: now), at: now)
        }
        return said(conclude(request, outcome, at: now), at: now)
    }

    private mutating func conclude(_ request: Pending, _ outcome: SessionOutcome, at now: FeedInstant) -> SessionActions
    {
        switch (request.command, outcome) {
        case (_, .unavailable): return SessionActions(lines: [.error(tag: request.tag, unavailable())])
        case (_, .failed): return SessionActions(lines: [.error(tag: request.tag, SessionMachine.failure)])
        case (_, .refused(let refusal)): return refused(refusal, tag: request.tag)
        case (.subscribe, .subscribed) where request.hasLostName: return refused(.replaced, tag: request.tag)
        case (.subscribe(_, _, let window, let filter, let isStanding), .subscribed(let start)):
            let subscription = SubscriptionState(
                start,
                window: window,
                filter: filter,
                isStanding: isStanding,
                limits: limits,
                at: now
            )
            return subscribed(start, subscription, tag: request.tag)
        case (.acknowledge(let name, let seq), .acknowledged):
            return acknowledged(name, seq, tag: request.tag, at: now)
        case (.filter(let name, let filter), .audited):
            guard let index = index(of: name) else { return ending(.failed) }
            let effective = subscriptions[index].replace(filter: filter)
            return answer(request.tag, .filter, [name, LineField("effective", effective).text])
        case (.list, .listed(let alerts)):
            let listing = AlertListing(alerts, lineLimit: FeedLimits.listLines, byteLimit: limits.listBytes)
            return SessionActions(lines: [.alerts(tag: request.tag, listing)])
        case (.act(let act), .acted(let receipt)): return acted(act, receipt, tag: request.tag)
        case (.act, .actRefused(let refusal)):
            return SessionActions(lines: [.error(tag: request.tag, refusal.reply)])
        case (.show, .shown(nil)):
            return SessionActions(lines: [.error(tag: request.tag, AlertActRefusal.unknownAlert.reply)])
        case (.show, .shown(let history?)):
            return SessionActions(lines: [
                .history(tag: request.tag, AlertShowing(history, byteLimit: limits.listBytes))
            ])
        case (.who, .present(let people)):
            return counted(request.tag, .who, people, words: \.words)
        case (.mute, .muteProposed), (.confirmMute, .muteConfirmed), (.endMute, .muteEnded), (.mutes, .mutes),
            (_, .muteRefused):
            return muted(request, outcome)
        case (.lag, .cursors(let cursors)):
            return counted(request.tag, .lag, cursors.map(upToDate), words: ServerLine.words)
        default: return ending(.failed)
        }
    }

    func counted<Item>(_ tag: String?, _ verb: CommandVerb, _ items: [Item], words: (Item) -> [String])
        -> SessionActions
    {
        let lines = CountedLines(items, byteLimit: limits.listBytes, words: words)
        return SessionActions(lines: [.counted(tag: tag, verb: verb, lines)])
    }

    private func acted(_ act: AlertAct, _ receipt: AlertActReceipt, tag: String?) -> SessionActions {
        let until = receipt.until.map { LineField("until", $0.rfc3339) }
        let fields = [until, LineField("rev", receipt.rev)].compactMap { $0?.text }
        return answer(tag, act.kind.verb, [act.alert.text] + fields)
    }

    private mutating func subscribed(
        _ start: SubscriptionStart,
        _ subscription: SubscriptionState,
        tag: String?
    ) -> SessionActions {
        subscriptions.append(subscription)
        position = start.position
        var fields = [
            LineField("at", start.at), LineField("epoch", start.position.epoch), LineField("behind", start.behind),
            LineField("open", start.open), LineField("window", subscription.window),
        ]
        if let last = start.lastEnd { fields.append(LineField("last", last)) }
        if start.viewChanged { fields.append(LineField(flag: "view-changed")) }
        return answer(tag, .subscribe, [start.subscription.name] + fields.map(\.text))
    }

    private mutating func acknowledged(
        _ name: String,
        _ seq: Int64,
        tag: String?,
        at now: FeedInstant
    ) -> SessionActions {
        guard let index = index(of: name) else { return ending(.failed) }
        var actions = SessionActions()
        if let tag { actions = answer(tag, .acknowledge, [name, String(seq)]) }
        if subscriptions[index].acknowledged(seq, at: now) { actions.lines.append(.go(name: name)) }
        return actions
    }

    /// A cursor of this session as it is now; the stored one may be a little behind.
    private func upToDate(_ cursor: CursorLine) -> CursorLine {
        guard let index = index(of: cursor.name) else { return cursor }
        var cursor = cursor
        cursor.sent = max(cursor.sent, subscriptions[index].sent)
        return cursor
    }

    private mutating func refused(_ refusal: FeedRefusal, tag: String?) -> SessionActions {
        let line = ServerLine.error(tag: tag, refusal.reply)
        return refusal == .replaced ? ending(.replaced, after: [line]) : SessionActions(lines: [line])
    }
}

extension FeedRefusal {
    var reply: FeedError {
        switch self {
        case .epochChanged(let now, let from): epochChanged(now, from)
        case .tooOld(let now):
            FeedError(.tooOld, "the position is no longer kept", LineField("floor", now.floor))
        case .beyondHead(let now):
            FeedError(.beyondHead, "the position does not exist yet", LineField("head", now.head))
        case .ackBackwards: FeedError(.ackBackwards, "a later position is acknowledged already")
        case .replaced: FeedError(.replaced, "a newer connection has the subscription")
        case .tooManySubscriptions: SessionMachine.tooManySubscriptions
        }
    }

    private func epochChanged(_ now: LogPosition, _ from: Int64?) -> FeedError {
        var error = FeedError(
            .epochChanged,
            "the log began a new epoch",
            LineField("epoch", now.epoch),
            LineField("head", now.head),
            LineField("floor", now.floor)
        )
        if let from { error.fields.append(LineField("from", from)) }
        return error
    }
}

extension AlertActRefusal {
    var reply: FeedError {
        switch self {
        case .unknownAlert: FeedError(.unknownAlert, "no such alert")
        case .notCleared: FeedError(.forbidden, "claims are for readers with statutory clearance")
        case .alreadyClaimed(let until):
            FeedError(.alreadyClaimed, "somebody else has claimed it", LineField("until", until.rfc3339))
        case .notClaimed: FeedError(.notClaimed, "nobody has claimed it")
        case .alertClosed: FeedError(.alertClosed, "the alert has ended")
        case .actionReused: FeedError(.actionReused, "the action id was used for something else")
        case .changed(let rev):
            FeedError(.changed, "something has come that was not decided from", LineField("rev", rev))
        case .textRequired: FeedError(.badFormat, "a note and a decision have words")
        }
    }
}

extension FeedLimits {
    /// What LIMITS answers: the numbers a client can use.
    var fields: [LineField] {
        [
            LineField("line", FeedLimits.clientLine), LineField("serverline", FeedLimits.serverLine),
            LineField("window", FeedLimits.windowDefault), LineField("maxwindow", FeedLimits.windowMaximum),
            LineField("subscriptions", subscriptions), LineField("filterterms", FeedLimits.filterTerms),
            LineField("filterbytes", FeedLimits.filterBytes), LineField("listlines", FeedLimits.listLines),
            LineField("rate", commandsPerSecond), LineField("burst", commandBurst),
            LineField("login", login.components.seconds), LineField("hb", heartbeat.components.seconds),
            LineField("idle", idle.components.seconds), LineField("idleping", idleAfterPing.components.seconds),
            LineField("stall", stall.components.seconds), LineField("output", output),
            LineField("drain", drainGrace.components.seconds), LineField("connections", connections),
            LineField("peruser", connectionsPerUser), LineField("peraddress", connectionsPerAddress),
            LineField("waiting", waiting), LineField("waitingperaddress", waitingPerAddress),
            LineField("waitingreserve", waitingReserve),
            LineField("mutes", MuteRequest.mostInForce), LineField("mute", MuteRequest.longestSeconds),
            LineField("mutereason", MuteRequest.shortestReason),
            LineField("muteconfirm", MuteRequest.secondsToConfirm), LineField("retention", retentionDays),
        ]
    }
}
