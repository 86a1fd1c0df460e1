import Safeguarding

/// Repeats that are told together (feed-protocol.md "Alerts and their events").
///
/// A `reported` that follows another event of the place's open alert within the template's `burst`, and is no more urgent
/// than that alert, waits for the end of it; then one event tells of all, as if they had come together. Nothing else waits,
/// and whatever else is told meanwhile tells of them too. What is held back is read again from the evidence and not copied:
/// a report that was withdrawn, or that the view may no longer know of, is not told.
extension Deciding {
    /// Holds the rules back where they are such repeats, and says so.
    mutating func holdsBack(_ rules: [RiskRule]) -> Bool {
        guard !rules.isEmpty, let alert = input.openAlerts[.risk],
            rules.allSatisfy({ $0.type == .reported && $0.urgency <= alert }),
            let first = [state.reportsHeldFrom, new.reportedFrom].compactMap(\.self).min(),
            let end = burstEnd(of: first), end > now
        else { return false }
        state.reportsHeldFrom = first
        return true
    }

    /// While a back-file or a rescoring runs nothing of the band is announced; what was held back is told when its time is
    /// over all the same.
    mutating func tellHeldBack() {
        guard mode != .live, state.reportsHeldFrom != nil else { return }
        let rules = reportedRules(isAnnounced: false)
        if let urgency = rules.map(\.urgency).max() {
            if holdsBack(rules) { return }
            publish(.reported, cause: .risk, urgency: urgency, why: reasons(rules), ask: ask(.reported))
        }
        state.reportsHeldFrom = nil
    }

    /// When what is held back is told at the latest; nil where nothing is.
    var heldBackUntil: Moment? { state.reportsHeldFrom.flatMap(burstEnd) }

    /// Counted from the event that the burst follows, and from the receipt of its first report where that was earlier: no
    /// report waits for longer than the span. A clock that was set back lengthens nothing.
    private func burstEnd(of first: Moment) -> Moment? {
        guard let burst = template.alerts.burst, let told = state.toldAt else { return nil }
        return burst.end(from: min(first, told, now), context.workingTime)
    }
}
