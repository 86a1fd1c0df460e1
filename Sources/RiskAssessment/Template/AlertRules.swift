package import Safeguarding

/// A span of time as a template gives it.
package enum Span: Sendable, Hashable {
    case minutes(Int)
    case hours(Int)
    case days(Int)
    case workingHours(Int)
    case workingDays(Int)

    /// The moment this span after another.
    package func end(from start: Moment, _ workingTime: WorkingTime) -> Moment {
        switch self {
        case .minutes(let count): start + Int64(count) * Moment.minute
        case .hours(let count): start + Int64(count) * Moment.hour
        case .days(let count): start + Int64(count) * Moment.day
        case .workingHours(let count): workingTime.adding(workingHours: count, to: start)
        case .workingDays(let count): workingTime.adding(workingDays: count, to: start)
        }
    }
}

/// When a place is to be reviewed (scoring.md section 10 "Review due").
package struct ReviewRules: Sendable, Hashable {
    package var unrated: Period
    package var red: Period
    package var amberPlus: Period
    package var amber: Period
    package var green: Period
    /// A new item of `newSeverity` or more brings the review forward to this.
    package var newSeverity: Int
    package var newSeverityPeriod: Period

    /// A span, or the next meeting where that is earlier.
    package struct Period: Sendable, Hashable {
        package var span: Span
        package var orNextMeeting: Bool

        package func end(from start: Moment, _ context: AssessmentContext) -> Moment {
            let end = span.end(from: start, context.workingTime)
            guard orNextMeeting, let meeting = context.nextMeeting, meeting > context.now else { return end }
            return min(end, meeting)
        }
    }

    package func period(of band: Band) -> Period {
        switch band {
        case .unrated: unrated
        case .red: red
        case .amberPlus: amberPlus
        case .amber: amber
        case .green: green
        }
    }
}

/// What makes an event of which urgency (scoring.md section 10, feed-protocol.md "The event body").
package struct AlertRules: Sendable, Hashable {
    /// A new item of this severity in a trusted grade is `immediate`.
    package var immediateSeverity: Int
    /// The first scored item of this severity in the window is `raised`, a further one `reported`.
    package var raisedSeverity: Int
    /// A new unscored item of this severity is `reported`.
    package var reportedSeverity: Int
    /// A report of this severity is reported with urgency `high`, below it `normal`.
    package var highSeverity: Int
    /// A repeat that is no more urgent than what was last told of the open alert waits until so many minutes after that; nil
    /// where nothing waits.
    package var burstMinutes: Int?
    /// The band must be down for this long before it eases.
    package var easing: Span
    /// An item observed longer than this before it was received carries `late`.
    package var lateDays: Int
    /// An unlocated report that is not `immediate` must be settled within this.
    package var unlocated: Span
    /// Time to claim by urgency; an urgency without one is never escalated.
    package var claim: [Urgency: Span]
}
