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
    /// a quarter of an hour later. Several daemons may ask for the same reader. How many it was sent to; each is done for itself,
    /// so that a round which is broken off goes on with the next.
    func exercise(_ readers: [ConnectedReader]) async throws -> Int

    /// Those of the readers of whom a connected subscription has acknowledged neither of the last two exercises, once the
    /// last has had a minute.
    func unanswered(_ readers: [ConnectedReader]) async throws -> [ConnectedReader]

    /// The standing subscriptions, connected here, elsewhere or nowhere, that are silent.
    func silent() async throws -> [SilentSubscription]

    /// Tells each of the readers of the events of low urgency since the last time, once the London morning has come:
    /// `digest`. Whoever is new begins with the next; nothing is told of nothing. Where a subject's readers may see different
    /// areas there is one for each set of them, which no narrower reader of the subject is sent.
    func digest(_ readers: [Principal]) async throws -> Int

    /// Tells of each term of a subscription's filter that can match nothing any more, once: `watch-ended`.
    func watch(_ subscription: FeedSubscription, filter: FeedFilter, of principal: Principal) async throws
}

/// The morning's summary of what was of low urgency.
package enum DailyDigest {
    /// London time at which it is due: the beginning of office hours.
    private static let hour: Int64 = 8 * 3_600
    /// Alerts that it names; the rest is counted.
    package static let mostAlerts = 50

    /// Seconds after the morning in which what was decided before it is written: an event has the time of its decision, and one
    /// that is committed behind a digest of that time would be in none.
    private static let settling: Int64 = 300

    /// Up to when a digest tells that is due at a moment: the latest morning of which everything has been written.
    package static func end(at now: Moment) -> Moment { morning(before: now - settling) }

    /// The latest London morning at or before a moment.
    package static func morning(before now: Moment) -> Moment {
        let today = London.date(at: now)
        let morning = London.moment(today, secondOfDay: hour)
        guard morning > now else { return morning }
        return London.moment(CivilDate(daysSinceEpoch: today.daysSinceEpoch - 1), secondOfDay: hour)
    }

    /// - Parameters:
    ///   - types: Events by type.
    ///   - alerts: What they were about, at most ``mostAlerts``.
    package static func body(
        from: Moment,
        to: Moment,
        types: [(type: String, events: Int)],
        alerts: [AlertID],
        marking: String
    ) -> String {
        let digest = JSON.object([
            ("from", .string(from.rfc3339)), ("to", .string(to.rfc3339)),
            ("events", .int(types.map(\.events).reduce(0, +))),
            ("types", .object(types.map { ($0.type, .int($0.events)) })),
            ("alerts", .strings(alerts.map(\.text))),
        ])
        return NoticeBody.text([("digest", digest)], marking: marking)
    }
}

/// The times of exercises (feed-protocol.md section 5).
package enum ExerciseTimes {
    /// Seconds between two.
    package static let interval: Int64 = 900
    /// Seconds in which a program that works has acknowledged one.
    package static let grace: Int64 = 60
}
