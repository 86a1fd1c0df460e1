package import Safeguarding

// What time and the server do to a session.
extension SessionMachine {
    /// A second or so has passed: deadlines, heartbeat, and whether the socket still takes bytes.
    package mutating func tick(_ output: OutputProgress, at now: FeedInstant) -> SessionActions {
        guard end == nil else { return .none }
        note(output, at: now)
        if let reason = overdue(at: now) { return said(ending(reason), at: now) }
        guard isHeartbeatDue(output, at: now), let position else { return .none }
        return said(SessionActions(lines: [heartbeat(position, at: now)]), at: now)
    }

    /// Which deadline has passed, the gravest first.
    private func overdue(at now: FeedInstant) -> EndReason? {
        if let validUntil, isLoggedIn, now.wall >= validUntil { return .revoked }
        if !isLoggedIn, now.elapsed - openedAt >= limits.login { return .login }
        if let takenAt, now.elapsed - takenAt >= limits.stall { return .slow }
        if let drain, now.elapsed >= drain.latest || (now.elapsed >= drain.earliest && owesNothing) { return .drain }
        if now.elapsed - lastHeard >= (hasPinged ? limits.idleAfterPing : limits.idle) { return .idle }
        return nil
    }

    private var owesNothing: Bool { subscriptions.allSatisfy(\.hasNothingUnacknowledged) }

    /// Remembers since when bytes have been waiting without the socket taking any.
    private mutating func note(_ output: OutputProgress, at now: FeedInstant) {
        if output.waiting == 0 {
            takenAt = nil
        } else if takenAt == nil || output.taken > taken {
            takenAt = now.elapsed
        }
        taken = max(taken, output.taken)
    }

    /// Heartbeats do not pile up for a client that hardly reads.
    private func isHeartbeatDue(_ output: OutputProgress, at now: FeedInstant) -> Bool {
        isLoggedIn && output.waiting <= limits.commandRoom && now.elapsed - lastSaid >= limits.heartbeat
    }

    private func heartbeat(_ position: LogPosition, at now: FeedInstant) -> ServerLine {
        .heartbeat(
            head: position.head,
            time: now.wall,
            positions: subscriptions.map { HeartbeatPosition(name: $0.name, sent: $0.sent, acked: $0.acked) },
            isDatabaseDown: isDatabaseDown
        )
    }

    /// The server is stopping: no event is sent any more, acknowledgements still count for the grace time.
    package mutating func beginDrain(at now: FeedInstant) -> SessionActions {
        guard end == nil, drain == nil else { return .none }
        guard isLoggedIn else { return said(ending(.drain), at: now) }
        drain = Drain(
            earliest: now.elapsed + jitter.upTo(min(limits.drainSpread, limits.drainGrace)),
            latest: now.elapsed + limits.drainGrace
        )
        return .none
    }

    /// The credential no longer holds.
    package mutating func revoked(at now: FeedInstant) -> SessionActions { said(ending(.revoked), at: now) }

    /// Another connection has taken a subscription's name.
    package mutating func replaced(_ name: String, at now: FeedInstant) -> SessionActions {
        guard index(of: name) != nil else {
            if case .subscribe(name, _, _, _, _) = pending?.command { pending?.hasLostName = true }
            return .none
        }
        return said(ending(.replaced, [LineField("name", name)]), at: now)
    }

    /// The database has seen a newer holder of a name than this: unless that is this session itself, which has asked again.
    package mutating func lost(_ subscription: FeedSubscription, at now: FeedInstant) -> SessionActions {
        guard subscriptions.contains(where: { $0.subscription == subscription }) else { return .none }
        return replaced(subscription.name, at: now)
    }

    /// The place is needed: the oldest connection that has not logged in makes room.
    package mutating func displaced(at now: FeedInstant) -> SessionActions {
        guard !isLoggedIn else { return .none }
        return said(ending(.login), at: now)
    }
}
