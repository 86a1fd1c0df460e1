package import Safeguarding

/// Claims and escalation of open alerts (feed-protocol.md "Alerts and their events", sections 3 and 4).
///
/// Pure, like the alert decision: the caller stores what comes out and asks again at `AlertCare.nextDue`.
extension Template {
    /// Steps of the chain: coordinator, deputy, duty line. From the last on an alert is repeated and goes no higher.
    package static let chainSteps = 3
    /// From the chain's last step on an alert is repeated no more often than this: three people know of it by then, and a
    /// line every quarter of an hour would bury what is new.
    private static let leastRepeat = Moment.hour

    /// The care of an alert that opens, or that became more urgent: unclaimed, with its time to claim before it.
    package func care(urgency: Urgency, in context: AssessmentContext) -> AlertCare {
        AlertCare(escalates: timeToClaim(urgency, in: context))
    }

    /// The care after a further revision: one more urgent than the alert was voids a claim and restarts the time.
    package func care(
        of alert: AlertStanding,
        revisedTo urgency: Urgency,
        in context: AssessmentContext
    ) -> AlertCare {
        urgency > alert.urgency || alert.care == .none ? care(urgency: urgency, in: context) : alert.care
    }

    /// What time has brought an open alert: a lapsed claim, or a step up the chain; nil while neither is due.
    package func overdue(_ alert: AlertStanding, in context: AssessmentContext) -> OverdueAlert? {
        guard let due = alert.care.nextDue, due <= context.now else { return nil }
        if alert.care.claim != nil {
            var care = care(urgency: alert.urgency, in: context)
            care.level = alert.care.level
            return OverdueAlert(type: .claimExpired, why: .claimLapsed, care: care)
        }
        let level = min(alert.care.level + 1, Template.chainSteps)
        var next = timeToClaim(alert.urgency, in: context)
        if level == Template.chainSteps { next = next.map { max($0, context.now + Template.leastRepeat) } }
        return OverdueAlert(type: .escalated, why: .unclaimed, care: AlertCare(escalates: next, level: level))
    }

    /// The care after a coordinator's act; nil where the alert ends with it.
    ///
    /// A claim holds as long as its urgency gives to claim (one working day where it gives no time), and the same person's
    /// next claim renews it.
    package func care(
        of alert: AlertStanding,
        after act: AlertActKind,
        by subject: String,
        in context: AssessmentContext
    ) throws(AlertActRefusal) -> AlertCare? {
        if act != .note, let claim = alert.care.claim, claim.by != subject {
            throw .alreadyClaimed(until: claim.until)
        }
        switch act {
        case .note: return alert.care
        case .resolve: return nil
        case .claim:
            let until =
                timeToClaim(alert.urgency, in: context)
                ?? Span.workingDays(1).end(from: context.now, context.workingTime)
            return AlertCare(claim: AlertClaim(by: subject, until: until), level: alert.care.level)
        case .release:
            guard alert.care.claim != nil else { throw .notClaimed }
            var care = care(urgency: alert.urgency, in: context)
            care.level = alert.care.level
            return care
        }
    }

    private func timeToClaim(_ urgency: Urgency, in context: AssessmentContext) -> Moment? {
        alerts.claim[urgency].map { $0.end(from: context.now, context.workingTime) }
    }
}

/// An alert whose claim or time to claim has run out.
package struct OverdueAlert: Sendable, Hashable {
    package var type: EventType
    package var why: AlertReason
    package var care: AlertCare
}
