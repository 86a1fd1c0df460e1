import RiskAssessment
import Safeguarding

// Who sees to the alerts of a subject, in the view in which they are claimed.
extension Decider {
    /// The events of a subject with the care that their alerts are in after them, then those for the alerts whose claim or
    /// time to claim has run out, and when the next one does.
    ///
    /// The open view is told nothing of it: claims, escalation and their timers are of the full view (design.md "Trust").
    func caring(
        for alerts: [OpenAlert],
        _ events: [PublishedEvent],
        in view: View,
        band: Band?,
        areas: [String],
        _ context: AssessmentContext,
        _ worded: (Publication) -> PublishedEvent
    ) -> (events: [PublishedEvent], due: Moment?) {
        guard view == .full else { return (events, nil) }
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
            return event.cared(for: care)
        }
        for cause in AlertCause.allCases {
            let overdue = standing[cause].flatMap {
                template.overdue($0, cause: cause, band: band, areas: areas, in: context)
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
