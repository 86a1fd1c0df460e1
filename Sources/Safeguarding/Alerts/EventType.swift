/// The types of event on the feed (feed-protocol.md "The event body").
package enum EventType: String, Sendable, CaseIterable, Codable {
    case raised, rising, easing, closed, immediate, reported, cluster
    case reviewDue = "review-due"
    case backFile = "back-file"
    case claim
    case claimExpired = "claim-expired"
    case released, escalated, muted, unmuted, note, resolved
    case watchEnded = "watch-ended"
    case exercise, digest

    /// Whether it tells of the place, and not of what was done with the alert or that nobody did.
    package var isNews: Bool {
        switch self {
        case .raised, .rising, .easing, .closed, .immediate, .reported, .cluster, .reviewDue, .backFile: true
        case .claim, .claimExpired, .released, .escalated, .muted, .unmuted, .note, .resolved, .watchEnded, .exercise,
            .digest:
            false
        }
    }
}

/// How quickly a person must look (feed-protocol.md).
package enum Urgency: String, Sendable, CaseIterable, Comparable, Codable {
    case low, normal, high, immediate

    package var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        case .immediate: 3
        }
    }

    package static func < (a: Urgency, b: Urgency) -> Bool { a.rank < b.rank }
}

/// What an alert is about; at most one alert is open for each location, cause and view.
package enum AlertCause: String, Sendable, CaseIterable, Codable {
    case risk, review, cluster, unlocated
    case backFile = "back-file"
}

/// The rules that fired, as codes on the event (`why`).
package enum AlertReason: String, Sendable, CaseIterable, Codable {
    case happeningNow = "happening-now"
    case severityFive = "severity-five"
    case bandUp = "band-up"
    case bandDown = "band-down"
    case firstSeverityFour = "first-severity-four"
    case severityFour = "severity-four"
    case becameUnrated = "became-unrated"
    case possibleFive = "possible-five"
    case unscoredReport = "unscored-report"
    case withdrawn
    case eventsJoined = "events-joined"
    case late
    case unlocated
    case reviewOverdue = "review-overdue"
    case reviewRecorded = "review-recorded"
    case located
    case judgement
    case backFile = "back-file"
    case restricted
    case merged
    /// Nothing has been news of the place for a while.
    case quiet
    case unclaimed
    case claimLapsed = "claim-lapsed"
}

/// What is asked of the coordinator, as a code on the event (`ask`).
package enum AlertAsk: String, Sendable, CaseIterable, Codable {
    /// Ring the duty line and act now.
    case actNow = "act-now"
    /// Look at the place and record a decision.
    case decide
    /// Record a review.
    case review
    /// Settle where a report belongs.
    case locate
    /// Nothing; for information.
    case none
}
