import Safeguarding

/// What a client knows of its subscription at a moment.
package struct FeedClientState: Sendable, Hashable {
    package var isSubscribed = false
    package var epoch: String?
    /// The last event that was handed on.
    package var received: Int64?
    /// The last event whose handling has returned.
    package var processed: Int64?
    /// The last position that the server has stored.
    package var acknowledged: Int64?
    /// The server's head as last heard.
    package var head: Int64?
    /// The server waits for acknowledgements.
    package var isHeld = false
    /// The server has lost its database; nothing can come until it is back.
    package var isDatabaseDown = false

    package init() {}

    /// Positions between what was received and the server's head: how far behind, filtered events included.
    package var behind: Int64? {
        guard let head, let received else { return nil }
        return max(0, head - received)
    }

    /// Something that was handed on is not acknowledged yet, though somebody is there to take that.
    package var isOwing: Bool { isSubscribed && !isDatabaseDown && received ?? 0 > acknowledged ?? 0 }
}

/// Why and where a client goes on elsewhere than where it stopped; what it may have missed stands in LIST and the briefing.
package struct FeedBreak: Sendable, Hashable {
    package enum Cause: Sendable, Hashable {
        /// Another server has taken over or the database was put back: what was sent last may be missing there.
        case epochChanged
        /// The client was away for longer than the log is kept.
        case tooOld
    }

    package var cause: Cause
    /// The last event whose handling had returned, in the numbers from before; nil where none had since this program began.
    package var processed: Int64?
    /// Events behind this position come next; nil: from the oldest that is kept.
    package var from: Int64?

    package init(cause: Cause, processed: Int64?, from: Int64?) {
        self.cause = cause
        self.processed = processed
        self.from = from
    }
}

/// What a client tells its user, in order.
package enum FeedNotice: Sendable, Hashable {
    /// Subscribed; `fields` are those of `OK SUB`.
    case subscribed(fields: [String: String])
    case event(FeedEvent)
    case heartbeat(head: Int64, isDatabaseDown: Bool)
    case held
    case resumed
    /// Logged in without a subscription.
    case loggedIn
    /// To a question of the user.
    case answer(FeedAnswer)
    /// The service no longer has the place where this client had stopped, so it goes on elsewhere.
    case movedOn(FeedBreak)
    /// The connection ended and will be tried again after the pause.
    case disconnected(reason: String, pause: Duration)
}
