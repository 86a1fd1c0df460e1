package import Safeguarding

/// The factors of scoring.md section 4, in hundredths between 0 and 1.
package struct Factors: Sendable, Hashable {
    package var source: [SourceGrade: Hundredths]
    package var information: [InformationGrade: Hundredths]
    package var attribution: [Attribution: Hundredths]
    /// By age, youngest first; past the last step nothing is left.
    package var ageSteps: [AgeStep]
    /// What a sign of the gravest kind keeps until a closing review.
    package var unresolved: UnresolvedFloor
    package var corroboration: Corroboration

    /// A factor for ages under a number of days.
    package struct AgeStep: Sendable, Hashable {
        package var underDays: Int
        package var factor: Hundredths
    }

    /// Signs from `severity` up that are not structural never fall below `atLeast` until a closing review.
    package struct UnresolvedFloor: Sendable, Hashable {
        package var severity: Int
        package var atLeast: Hundredths
    }

    /// An item graded `lifts` counts as `countsAs` when an independent item of the same sign lies within `days`.
    package struct Corroboration: Sendable, Hashable {
        package var lifts: InformationGrade
        package var countsAs: InformationGrade
        package var withinDays: Int
    }
}

/// One thing that happened counts once (scoring.md sections 3 and 5).
package struct EventRules: Sendable, Hashable {
    /// Same sign at most this long apart is the same event; nil = only within one report.
    package var sameSignHours: Int?
    /// Same given originator at most this long apart is the same event; nil = only within one report.
    package var sameOriginatorHours: Int?
    /// Share of each further sign of an event.
    package var furtherShare: Hundredths
    /// An event counts at most this multiple of its heaviest item.
    package var atMost: Hundredths
}

/// From points to likelihood 1 to 5 (scoring.md section 6).
package struct LikelihoodRules: Sendable, Hashable {
    /// Points at which likelihood 2, 3, 4 and 5 begin.
    package var steps: [Hundredths]
    /// With fewer origins than this, likelihood is at most `cap`.
    package var independentOrigins: Int
    package var cap: Int
}

/// Which severity counts (scoring.md section 6).
package struct SeverityRules: Sendable, Hashable {
    /// Grades whose severity is taken as it is; the other scored grades are doubtful.
    package var trusted: Set<InformationGrade>
    package var doubtfulLoweredBy: Int
    package var doubtfulAtLeast: Int
    /// A doubtful item of this severity makes the place unrated until a review.
    package var possible: Int
    /// Items suspected to be false are worth a look when observed under this many days ago.
    package var suspectedFalseDays: Int
}

/// Control measures and residual risk (scoring.md section 7).
package struct ControlRules: Sendable, Hashable {
    package var catalogue: [ControlDefinition]
    package var verified: Hundredths
    package var verifiedLongerAgo: Hundredths
    package var evidenced: Hundredths
    package var claimed: Hundredths
    package var lapsed: Hundredths
    package var failed: Hundredths
    /// A verification counts in full under this many days.
    package var verifiedDays: Int
    /// Credit that lowers likelihood, least first.
    package var reductions: [Reduction]
    /// No reduction while a trusted item of this severity is in the window without a closing review.
    package var withheldFromSeverity: Int
    /// No reduction while an item with one of these signs is in the window.
    package var withheldBySigns: Set<String>

    /// From this credit on, likelihood is lowered by `lowers`.
    package struct Reduction: Sendable, Hashable {
        package var credit: Hundredths
        package var lowers: Int
    }

    /// Credit in hundredths of a control of the catalogue in a state.
    func credit(_ state: ControlState, verified moment: Moment?, at now: Moment) -> Int {
        switch state {
        case .verified:
            guard let moment, now - moment < Int64(verifiedDays) * Moment.day else { return verifiedLongerAgo.value }
            return verified.value
        case .evidenced: return evidenced.value
        case .claimed: return claimed.value
        case .lapsed: return lapsed.value
        case .failed: return failed.value
        }
    }
}

/// From residual risk to band (scoring.md section 8).
package struct BandRules: Sendable, Hashable {
    /// The residual risk at which each band begins; green begins at 1.
    package var amber: Int
    package var amberPlus: Int
    package var red: Int

    package func band(of residual: Int) -> Band {
        if residual >= red { return .red }
        if residual >= amberPlus { return .amberPlus }
        return residual >= amber ? .amber : .green
    }
}

/// How a place moves (scoring.md section 8): the last `days` against the same span before.
package struct TrendRules: Sendable, Hashable {
    package var days: Int
    /// Points by which the two spans must differ at least.
    package var leastChange: Hundredths
    package var rising: Hundredths
    package var falling: Hundredths
}

/// How well evidenced a score is (scoring.md section 8).
package struct ConfidenceRules: Sendable, Hashable {
    /// Low where nothing in the window is under this many days old.
    package var lowAfterDays: Int
    package var highAgencies: Int
    /// High needs this share of the points in events led by `highGrades`.
    package var highShare: Hundredths
    package var highGrades: Set<InformationGrade>
    package var highWithinDays: Int
}
