import Safeguarding

/// What the new items of a decision say, rule by rule (scoring.md section 10, rules 1, 5 and 6).
///
/// A reason that only restricted items give is told as `restricted`: their codes never leave by themselves (design.md "A
/// score must not leak").
struct NewEvidence {
    private(set) var immediate: [AlertReason] = []
    /// A new doubtful item of the severity that makes a place unrated.
    private(set) var possibleFive: [AlertReason] = []
    private(set) var unscored: [AlertReason] = []
    private(set) var severityFour: [AlertReason] = []
    private(set) var late: [AlertReason] = []
    /// The greatest severity of the unscored items that are reported, and of the scored ones.
    private(set) var unscoredSeverity = 0
    private(set) var scoredSeverity = 0
    /// When the first of the reports that rule 6 is about came in.
    private(set) var reportedFrom: Moment?
    /// An item of the severity that brings the review forward.
    private(set) var bringsReviewForward = false
    /// Every new scored item of the severity that raises is restricted, and there is one.
    private(set) var isGraveOnlyRestricted = false

    /// - Parameter items: new items; those of a back-file are left out, since they announce nothing.
    init(_ items: [RecordedItem], _ template: Template) {
        var graveOpen = 0
        var graveRestricted = 0
        for item in items where !item.isBackFile {
            let sign = template.sign(item.sign)
            guard !(sign?.isProtective ?? false) else { continue }
            let severity = sign?.severity ?? 0
            let isRestricted = item.compartment.isRestricted || (sign?.isRestricted ?? false)
            let isScored = sign != nil && !item.selfReport && item.grade.information != .e
            let isTrusted = template.severity.trusted.contains(item.grade.information)
            func note(_ reason: AlertReason, in reasons: WritableKeyPath<NewEvidence, [AlertReason]>) {
                let told = isRestricted ? .restricted : reason
                if !self[keyPath: reasons].contains(told) { self[keyPath: reasons].append(told) }
            }

            if item.happeningNow { note(.happeningNow, in: \.immediate) }
            if isTrusted, severity >= template.alerts.immediateSeverity { note(.severityFive, in: \.immediate) }
            if isScored, !isTrusted, severity >= template.severity.possible { note(.possibleFive, in: \.possibleFive) }
            func noteReported() {
                let received = item.reportReceived
                reportedFrom = min(received, reportedFrom ?? received)
            }
            if !isScored, severity >= template.alerts.reportedSeverity {
                noteReported()
                note(.unscoredReport, in: \.unscored)
                unscoredSeverity = max(unscoredSeverity, severity)
            }
            if isScored, severity >= template.alerts.raisedSeverity {
                noteReported()
                note(.severityFour, in: \.severityFour)
                scoredSeverity = max(scoredSeverity, severity)
                if isRestricted { graveRestricted += 1 } else { graveOpen += 1 }
            }
            if item.received - item.observed > Int64(template.alerts.lateDays) * Moment.day { note(.late, in: \.late) }
            if severity >= template.reviews.newSeverity { bringsReviewForward = true }
        }
        isGraveOnlyRestricted = graveRestricted > 0 && graveOpen == 0
    }
}
