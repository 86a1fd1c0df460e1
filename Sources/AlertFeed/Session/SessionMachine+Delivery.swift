import NIOCore
package import Safeguarding

// Pages of the log become EVT lines; the window and the audit hold them back.
extension SessionMachine {
    /// Something may have been added to the log.
    package mutating func logMayHaveGrown() {
        for index in subscriptions.indices { subscriptions[index].logMayHaveGrown() }
    }

    /// The log of the session's view was seen to stand here, so the database answers.
    package mutating func logStands(at position: LogPosition, at now: FeedInstant) -> SessionActions {
        guard end == nil, isLoggedIn else { return .none }
        isDatabaseDown = false
        self.position = position
        guard subscriptions.allSatisfy({ $0.epoch == position.epoch }) else {
            return said(interrupted(by: .epochChanged(position)), at: now)
        }
        for index in subscriptions.indices { subscriptions[index].logStands(at: position.head) }
        return .none
    }

    /// The database does not answer: nothing is read until it does, and heartbeats say so.
    package mutating func databaseWentAway() { isDatabaseDown = true }

    /// Events that were read and can be said now, at most about `room` bytes of them, with HOLD where a window is full.
    package mutating func deliver(room: Int, at now: FeedInstant) -> SessionActions {
        guard end == nil, drain == nil, !isAboutToList else { return .none }
        var lines: [ServerLine] = []
        var room = room
        for offset in subscriptions.indices {
            let index = (turn + offset) % subscriptions.count
            if let line = subscriptions[index].nextLines(room: room, at: now) {
                room -= line.likelyLength
                lines.append(line)
            }
            if subscriptions[index].holds() { lines.append(.hold(name: subscriptions[index].name)) }
        }
        return said(SessionActions(lines: lines), at: now)
    }

    /// A reply of many lines is on its way, which needs the room.
    private var isAboutToList: Bool {
        switch pending?.command {
        case .list, .show, .who, .mutes, .lag: true
        default: false
        }
    }

    /// The next piece of work, or nil; subscriptions take turns.
    ///
    /// `hasRoom` says whether output may be added.
    package mutating func nextWork(hasRoom: Bool, at now: FeedInstant) -> DeliveryWork? {
        guard end == nil, drain == nil, outstanding == nil, !isDatabaseDown, isLoggedIn else { return nil }
        for offset in subscriptions.indices {
            let index = (turn + offset) % subscriptions.count
            guard let work = work(of: index, hasRoom: hasRoom, at: now) else { continue }
            turn = (index + 1) % subscriptions.count
            outstanding = work
            return work
        }
        return nil
    }

    private mutating func work(of index: Int, hasRoom: Bool, at now: FeedInstant) -> DeliveryWork? {
        if subscriptions[index].wantsPage(hasRoom: hasRoom, at: now), let principal {
            return .readPage(subscriptions[index].pageRequest(for: principal))
        }
        return subscriptions[index].advanceTarget(at: now).map {
            .advance(subscriptions[index].subscription, readTo: $0)
        }
    }

    /// A page was read, or was not.
    package mutating func pageRead(
        _ request: PageRequest,
        _ outcome: PageOutcome,
        at now: FeedInstant
    ) -> SessionActions {
        outstanding = nil
        guard end == nil, let index = index(of: request.subscription.name) else { return .none }
        switch outcome {
        case .unavailable:
            subscriptions[index].pageFailed()
            isDatabaseDown = true
            return .none
        case .refused(let refusal): return said(interrupted(by: refusal), at: now)
        case .read(let events, let readTo, let position):
            self.position = position
            guard
                subscriptions[index].pageRead(request, events, readTo: readTo, head: position.head)
            else { return said(ending(.failed), at: now) }
            return .none
        }
    }

    /// A cursor was moved without an acknowledgement, or was not.
    package mutating func advanced(_ subscription: FeedSubscription, readTo: Int64, succeeded: Bool) {
        outstanding = nil
        guard succeeded, let index = index(of: subscription.name) else { return }
        subscriptions[index].advanced(to: readTo)
    }

    // MARK: The audit

    /// Whether ``nextAudit(at:)`` has something.
    package func isAuditDue(at now: FeedInstant) -> Bool { auditDue(at: now) != nil }

    /// The next delivered range to write into the audit, the oldest first and one of a subscription at a time;
    /// ``audited(_:succeeded:)`` tells how that went.
    package mutating func nextAudit(at now: FeedInstant) -> (Principal, DeliveredRange)? {
        guard let principal, let index = auditDue(at: now), let range = subscriptions[index].beginAudit() else {
            return nil
        }
        return (principal, range)
    }

    private func auditDue(at now: FeedInstant) -> Int? {
        guard end == nil, !isDatabaseDown else { return nil }
        var oldest: (index: Int, since: Duration)?
        for index in subscriptions.indices {
            guard let since = subscriptions[index].auditDueSince(at: now) else { continue }
            if oldest.map({ since < $0.since }) ?? true { oldest = (index, since) }
        }
        return oldest?.index
    }

    /// A delivered range was audited, or was not: then nothing more is read until the database is back.
    package mutating func audited(_ range: DeliveredRange, succeeded: Bool) {
        if !succeeded { isDatabaseDown = true }
        if let index = index(of: range.name) { subscriptions[index].audited(succeeded: succeeded) }
    }

    /// The log refuses to go on; the client has to decide, so the session ends with what it needs for that.
    private mutating func interrupted(by refusal: FeedRefusal) -> SessionActions {
        switch refusal {
        case .replaced: ending(.replaced)
        case .epochChanged: ending(.epochChanged, refusal.reply.fields)
        case .tooOld: ending(.tooOld, refusal.reply.fields)
        case .beyondHead, .ackBackwards, .tooManySubscriptions: ending(.failed)
        }
    }
}
