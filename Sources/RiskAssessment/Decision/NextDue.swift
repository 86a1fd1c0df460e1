package import Safeguarding

extension Template {
    /// When to look at a location again without new input: the earliest of the score's next change, an item received at a
    /// later moment, and what the decision waits for; nil for never.
    package func nextDue(_ evidence: Evidence, _ decision: Decision, after now: Moment) -> Moment? {
        let notReceived = evidence.items.lazy.map(\.received).filter { $0 > now }.min()
        return [nextChange(of: evidence, after: now), notReceived, decision.wakeAt].compactMap(\.self).min()
    }
}
