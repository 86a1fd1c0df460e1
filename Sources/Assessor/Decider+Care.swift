import RiskAssessment
import Safeguarding

// Who sees to the alerts of a subject, in the view in which they are claimed.
extension Decider {
    /// The events of a subject with the care that their alerts are in after them, then those for the alerts whose claim or
    /// time to claim has run out, and when the next one does.
    ///
    /// The open view is told nothing of it: claims, escalation and their timers are of the full view (design.md "Trust").
    /// - Parameter band: What has been published: a fall that waits or is held is nobody's to hear of yet.
    func caring(
        for alerts: [OpenAlert],
        _ events: [PublishedEvent],
        in view: View,
        at location: LocationID?,
        band: Band?,
        areas: [String],
        _ context: AssessmentContext,
        _ worded: (Publication) -> PublishedEvent
    ) -> (events: [PublishedEvent], due: Moment?) {
        guard view == .full else { return (events, nil) }
        // Who was asked at a step is asked until somebody answers for the alert, whatever else is told of it meanwhile.
        func asked(_ level: Int, _ urgency: Urgency, _ cause: AlertCause) -> EscalationChains.Asked {
            context.chains.asked(
                from: level,
                in: areas,
                cause: cause,
                about: location,
                urgency: urgency,
                at: context.now
            ).asked
        }
        var standing = Dictionary(alerts.map { ($0.cause, $0.standing) }) { first, _ in first }
        var told = events.map { event in
            let publication = event.publication
            let known = standing[publication.cause]
            guard !publication.ends(continuing: known != nil) else {
                standing[publication.cause] = nil
                return event
            }
            let care =
                known.map { template.care(of: $0, revisedTo: publication.urgency, in: context) }
                ?? template.care(urgency: publication.urgency, in: context)
            let urgency = publication.standing(continuing: known?.urgency)
            standing[publication.cause] = AlertStanding(urgency: urgency, care: care)
            var cared = event.cared(for: care)
            if care.level > 0, care.claim == nil {
                cared.body = asked(care.level, urgency, publication.cause).written(into: cared.body)
            }
            return cared
        }
        for cause in AlertCause.allCases {
            let overdue = standing[cause].flatMap {
                template.overdue($0, cause: cause, band: band, areas: areas, about: location, in: context)
            }
            guard let overdue else { continue }
            var event = worded(overdue.publication).cared(for: overdue.care)
            event.body = overdue.asked.written(into: event.body)
            told.append(event)
            standing[cause]?.care = overdue.care
        }
        return (told, standing.values.compactMap(\.care.nextDue).min())
    }
}

extension PublishedEvent {
    fileprivate func cared(for care: AlertCare) -> PublishedEvent {
        var event = self
        event.care = care
        event.body = care.written(into: body)
        return event
    }
}
