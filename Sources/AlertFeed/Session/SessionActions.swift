package import Safeguarding

/// What the session's owner has to do after an event: say the lines in order, then perform the effect.
///
/// When the session has ended, the lines are the last ones and the connection is closed once they have left.
package struct SessionActions: Sendable, Hashable {
    package var lines: [ServerLine]
    package var effect: SessionEffect?

    package init(lines: [ServerLine] = [], effect: SessionEffect? = nil) {
        self.lines = lines
        self.effect = effect
    }

    static let none = SessionActions()
}

/// What the connection's output looks like at a tick.
package struct OutputProgress: Sendable, Hashable {
    /// Bytes not yet taken by the socket.
    package var waiting: Int
    /// Bytes the socket has taken since the connection opened.
    package var taken: Int64

    package init(waiting: Int, taken: Int64) {
        self.waiting = waiting
        self.taken = taken
    }
}

/// How and with which position a subscription of an ended session is to be recorded.
package struct SubscriptionEnd: Sendable, Hashable {
    package var subscription: FeedSubscription
    package var reason: EndReason
    package var sent: Int64
    /// Delivered events that no audit row covers yet.
    package var unaudited: DeliveredRange?
}
