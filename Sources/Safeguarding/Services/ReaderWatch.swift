/// A reader with the subscriptions that it holds on this server.
package struct ConnectedReader: Sendable, Hashable {
    package var subject: String
    package var view: View
    package var names: [String]

    package init(subject: String, view: View, names: [String]) {
        self.subject = subject
        self.view = view
        self.names = names
    }
}

/// How a round of exercises went.
package struct ExerciseRound: Sendable, Hashable {
    /// Readers that were sent one.
    package var sent: Int
    /// Readers of whom a connected subscription has not acknowledged the last two.
    package var unanswered: Int

    package init(sent: Int = 0, unanswered: Int = 0) {
        self.sent = sent
        self.unanswered = unanswered
    }
}

/// Whether a subscription has acknowledged the exercises that its reader was sent.
package enum ExerciseAnswer: String, Sendable, CaseIterable {
    case answered
    /// The last one is still open.
    case due
    /// The last two are.
    case missed
}

/// Tells readers what concerns only them: that the way to them works, and that they wait for nothing.
package protocol ReaderWatch: Sendable {
    /// Sends an `exercise` to each of the readers whose last one is a quarter of an hour old; whoever is new has its first
    /// a quarter of an hour later. Several daemons may ask for the same reader.
    func exercise(_ readers: [ConnectedReader]) async throws -> ExerciseRound

    /// Tells of each term of a subscription's filter that can match nothing any more, once: `watch-ended`.
    func watch(_ subscription: FeedSubscription, filter: FeedFilter, of principal: Principal) async throws
}

extension ExerciseRound {
    /// Seconds between two exercises (feed-protocol.md section 5).
    package static let interval: Int64 = 900
}
