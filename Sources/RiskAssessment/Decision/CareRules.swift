package import Safeguarding

/// Claims and escalation of open alerts (feed-protocol.md "Alerts and their events", sections 3 and 4).
///
/// Pure, like the alert decision: the caller stores what comes out and asks again at `AlertCare.nextDue`.
extension Template {
    /// Steps of the chain where the partnership has set none: coordinator, deputy, duty line. From the last on an alert is repeated and goes no higher.
    private static let chainSteps = 3
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
    ///
    /// - Parameters:
    ///   - band: What has been published of the place; nil where nothing has.
    ///   - areas: Whose chain it goes up.
    ///   - location: The place, which people of the chain may be linked to.
    package func overdue(
        _ alert: AlertStanding,
        cause: AlertCause,
        band: Band?,
        areas: [String] = [],
        about location: LocationID? = nil,
        in context: AssessmentContext
    ) -> OverdueAlert? {
        guard let due = alert.care.nextDue, due <= context.now else { return nil }
        func told(
            _ type: EventType,
            _ why: AlertReason,
            _ care: AlertCare,
            _ asked: EscalationChains.Asked = .nobody
        ) -> OverdueAlert {
            OverdueAlert(
                publication: Publication(
                    type: type,
                    cause: cause,
                    urgency: alert.urgency,
                    why: [why],
                    ask: ask(cause, alert.urgency, band),
                    bandFrom: band,
                    bandTo: band
                ),
                care: care,
                asked: asked
            )
        }
        if alert.care.claim != nil { return told(.claimExpired, .claimLapsed, unclaimed(alert, in: context)) }
        let last = context.chains.length(in: areas) ?? Template.chainSteps
        let (level, asked) = context.chains.asked(
            from: min(alert.care.level + 1, last),
            in: areas,
            cause: cause,
            about: location,
            urgency: alert.urgency,
            at: context.now
        )
        var next = timeToClaim(alert.urgency, in: context)
        if level >= last { next = next.map { max($0, context.now + Template.leastRepeat) } }
        return told(.escalated, .unclaimed, AlertCare(escalates: next, level: level), asked)
    }

    /// What an alert that nobody sees to asks for: what it asked for when it was raised.
    private func ask(_ cause: AlertCause, _ urgency: Urgency, _ band: Band?) -> AlertAsk {
        switch cause {
        case _ where urgency == .immediate: .actNow
        case .unlocated: .locate
        case .review: .review
        case .risk, .cluster, .backFile: band == .unrated ? .review : .decide
        }
    }

    /// The care after a coordinator's act; nil where the alert ends with it.
    ///
    /// A claim holds as long as its urgency gives to claim (one working day where it gives no time), and the same person's
    /// next claim renews it. One that has run out holds nobody up, whether that has been published yet or not.
    package func care(
        of alert: AlertStanding,
        after act: AlertActKind,
        by subject: String,
        in context: AssessmentContext
    ) throws(AlertActRefusal) -> AlertCare? {
        if act != .note, let claim = alert.care.claim, claim.by != subject, claim.until > context.now {
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
            return unclaimed(alert, in: context)
        }
    }

    /// Back on the step it was, with a new time.
    private func unclaimed(_ alert: AlertStanding, in context: AssessmentContext) -> AlertCare {
        AlertCare(escalates: timeToClaim(alert.urgency, in: context), level: alert.care.level)
    }

    private func timeToClaim(_ urgency: Urgency, in context: AssessmentContext) -> Moment? {
        alerts.claim[urgency].map { $0.end(from: context.now, context.workingTime) }
    }
}

/// What is told of an alert whose claim or time to claim has run out, and who sees to it from then on.
package struct OverdueAlert: Sendable, Hashable {
    package var publication: Publication
    package var care: AlertCare
    package var asked: EscalationChains.Asked
}
