package import Safeguarding

extension Template {
    /// Decides about a report that belongs to no place yet (design.md "Unlocated reports").
    ///
    /// happeningNow, or the gravest severity in a trusted grade, is `immediate` at once, also where a correction makes it so
    /// and an alert is open already; any other becomes `review-due` when
    /// it has not been settled in time; located or withdrawn closes the alert. What a coordinator has resolved is not raised
    /// again, unless a correction makes it immediate. A back-file's unlocated reports stand in its
    /// summary only.
    package func decide(_ report: UnlocatedSituation, in context: AssessmentContext) -> UnlocatedDecision {
        if let settled = report.settled {
            guard report.openAs != nil else { return UnlocatedDecision(publication: nil, wakeAt: nil) }
            let reason: AlertReason = settled == .located ? .located : .withdrawn
            return UnlocatedDecision(publication: unlocated(.closed, .low, [reason], .none), wakeAt: nil)
        }
        guard !report.isBackFile, report.openAs != .immediate, report.resolvedAs != .immediate else {
            return UnlocatedDecision(publication: nil, wakeAt: nil)
        }
        let items = report.signs.map { sign in
            RecordedItem(
                version: 0,
                report: ReportID(UniqueID(high: 0, low: 0)),
                sign: sign,
                grade: report.grade,
                attribution: .nearby,
                observed: report.observed,
                received: report.received,
                agency: "",
                agencyKind: .community,
                happeningNow: report.happeningNow,
                compartment: report.compartment
            )
        }
        let new = NewEvidence(items, self)
        if !new.immediate.isEmpty {
            let why = [.unlocated] + new.immediate + new.late.filter { !new.immediate.contains($0) }
            return UnlocatedDecision(publication: unlocated(.immediate, .immediate, why, .actNow), wakeAt: nil)
        }
        guard report.openAs == nil, report.resolvedAs == nil else {
            return UnlocatedDecision(publication: nil, wakeAt: nil)
        }
        let due = alerts.unlocated.end(from: report.received, context.workingTime)
        guard due <= context.now else { return UnlocatedDecision(publication: nil, wakeAt: due) }
        return UnlocatedDecision(
            publication: unlocated(.reviewDue, .normal, [.unlocated] + new.late, .locate),
            wakeAt: nil
        )
    }

    private func unlocated(
        _ type: EventType,
        _ urgency: Urgency,
        _ why: [AlertReason],
        _ ask: AlertAsk
    ) -> Publication {
        Publication(
            type: type,
            cause: .unlocated,
            urgency: urgency,
            why: why,
            ask: ask,
            bandFrom: nil,
            bandTo: nil,
            closes: type == .closed
        )
    }

    /// The one event that tells of a finished back-file or rescoring in an area; born closed, since nobody has to own it.
    package func publication(of summary: RunSummary) -> Publication {
        Publication(
            type: .backFile,
            cause: .backFile,
            urgency: .low,
            why: [.backFile],
            ask: .none,
            bandFrom: nil,
            bandTo: nil,
            closes: true
        )
    }
}
