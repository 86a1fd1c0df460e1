/// The sum behind a score, line by line; its lines add up exactly to the points (scoring.md sections 9 and 11.6).
package struct Explanation: Sendable, Hashable {
    /// One thing that happened, heaviest first.
    package var events: [ExplainedEvent]
    /// Items that changed no number, with the reason.
    package var notCounted: [UncountedItem]
    /// Rules that held the score down or up: codes such as `single-source-cap`, `controls-withheld`.
    package var caps: [String]
    package var controls: [ExplainedControl]

    package init(events: [ExplainedEvent], notCounted: [UncountedItem], caps: [String], controls: [ExplainedControl]) {
        self.events = events
        self.notCounted = notCounted
        self.caps = caps
        self.controls = controls
    }
}

/// The codes of `Explanation.caps`: every rule that held a number down or up.
package enum ScoreRule: String, Sendable, CaseIterable {
    /// Likelihood would have been higher; fewer independent origins than the template asks for.
    case singleSourceCap = "single-source-cap"
    /// An event would have counted for more than its multiple of the heaviest item.
    case eventCap = "event-cap"
    /// Severity rests on doubtful grades only and was lowered.
    case lowGradeSeverity = "low-grade-severity"
    /// Doubtful word of the gravest kind: unrated until a person has looked.
    case possible5 = "possible-5"
    /// Nothing but what is suspected to be false, and nobody has looked since.
    case suspectedFalseOnly = "suspected-false-only"
    /// A sign of the gravest kind keeps part of its weight until a closing review.
    case unresolvedFloor = "unresolved-floor"
    /// Controls lowered the likelihood.
    case controlsApplied = "controls-applied"
    /// Controls would have lowered the likelihood and may not.
    case controlsWithheld = "controls-withheld"
}

/// The items that count as one event and what they add.
package struct ExplainedEvent: Sendable, Hashable {
    package var points: Points
    /// The cap of twice the heaviest item took this much away.
    package var cappedBy: Points
    package var items: [ExplainedItem]

    package init(points: Points, cappedBy: Points, items: [ExplainedItem]) {
        self.points = points
        self.cappedBy = cappedBy
        self.items = items
    }
}

/// One item with every factor that made its points.
package struct ExplainedItem: Sendable, Hashable {
    package var report: ReportID
    package var sign: String
    package var agency: String
    package var agencyKind: AgencyKind
    package var compartment: Compartment
    package var grade: Grade
    package var attribution: Attribution
    package var observed: Moment
    package var severity: Int
    /// Factors in hundredths; `informationFactor` after corroboration.
    package var sourceFactor: Int
    package var informationFactor: Int
    package var attributionFactor: Int
    package var ageFactor: Int
    /// severity x source x information x attribution x age.
    package var itemPoints: Points
    /// What of it enters the event: all of the heaviest, a share of a further sign, nothing of a repeat.
    package var counted: Points
    /// The report whose item lifted this one from C to B.
    package var liftedBy: ReportID?
    package var originatorUnconfirmed: Bool

    package init(
        report: ReportID,
        sign: String,
        agency: String,
        agencyKind: AgencyKind,
        compartment: Compartment,
        grade: Grade,
        attribution: Attribution,
        observed: Moment,
        severity: Int,
        sourceFactor: Int,
        informationFactor: Int,
        attributionFactor: Int,
        ageFactor: Int,
        itemPoints: Points,
        counted: Points,
        liftedBy: ReportID?,
        originatorUnconfirmed: Bool
    ) {
        self.report = report
        self.sign = sign
        self.agency = agency
        self.agencyKind = agencyKind
        self.compartment = compartment
        self.grade = grade
        self.attribution = attribution
        self.observed = observed
        self.severity = severity
        self.sourceFactor = sourceFactor
        self.informationFactor = informationFactor
        self.attributionFactor = attributionFactor
        self.ageFactor = ageFactor
        self.itemPoints = itemPoints
        self.counted = counted
        self.liftedBy = liftedBy
        self.originatorUnconfirmed = originatorUnconfirmed
    }
}

/// An item that is listed and changes no number.
package struct UncountedItem: Sendable, Hashable {
    /// Why an item does not count.
    package enum Reason: String, Sendable, CaseIterable {
        case protective
        case selfReport = "self-report"
        case suspectedFalse = "suspected-false"
        case agedOut = "aged-out"
        case inspectedAndCleared = "inspected-and-cleared"
        /// The template in force does not list the sign.
        case unknownSign = "unknown-sign"
    }

    package var report: ReportID
    package var sign: String
    package var agency: String
    package var compartment: Compartment
    package var observed: Moment
    package var reason: Reason

    package init(
        report: ReportID,
        sign: String,
        agency: String,
        compartment: Compartment,
        observed: Moment,
        reason: Reason
    ) {
        self.report = report
        self.sign = sign
        self.agency = agency
        self.compartment = compartment
        self.observed = observed
        self.reason = reason
    }
}

/// A control and the credit it earned.
package struct ExplainedControl: Sendable, Hashable {
    package var code: String
    package var state: ControlState
    package var verified: Moment?
    /// In hundredths.
    package var credit: Int

    package init(code: String, state: ControlState, verified: Moment?, credit: Int) {
        self.code = code
        self.state = state
        self.verified = verified
        self.credit = credit
    }
}
