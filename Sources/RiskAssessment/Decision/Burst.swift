import Safeguarding

/// Repeats that are told together (PROTOCOL.md "Events").
///
/// A `reported` that follows another event of the place's open alert within the template's `burst`, and is no more urgent
/// than that event, waits for the end of it; then one event tells of all. Nothing else waits, and whatever a live decision
/// tells of the risk meanwhile tells of them too. What is held back is read again from the evidence and not copied: a
/// report that was withdrawn, or that the view may no longer know of, is not told.
extension Deciding {
    /// Rule 6 of what is held back, with all its reasons.
    var heldRules: [RiskRule] {
        var rules = reportedRules(of: heldBack, isAnnounced: false)
        if !rules.isEmpty { rules[rules.count - 1].why += heldBack.late }
        return rules
    }

    /// Holds the rules back where they are such repeats, and says so.
    mutating func holdsBack(_ rules: [RiskRule]) -> Bool {
        guard !rules.isEmpty, hasOpenRisk, let told = state.told,
            rules.allSatisfy({ $0.type == .reported && $0.urgency <= told.urgency }),
            let end = burstEnd, end > now
        else { return false }
        isHolding = true
        return true
    }

    /// While a back-file or a rescoring runs nothing of the band is announced; what was held back is told when its time is
    /// over all the same.
    mutating func tellHeldBack() {
        guard mode != .live, isHolding else { return }
        let held = heldRules
        if holdsBack(held) { return }
        isHolding = false
        tell(held)
    }

    /// An event of their own for what was held back, which moves no band.
    mutating func tell(_ held: [RiskRule]) {
        guard let urgency = held.map(\.urgency).max() else { return }
        publish(
            .reported,
            cause: .risk,
            urgency: urgency,
            why: once(held.flatMap(\.why)),
            ask: ask(.reported),
            from: state.band,
            to: state.band
        )
        state.at = now
    }

    /// When what is held back is told at the latest; nil where nothing is.
    var heldBackUntil: Moment? { isHolding ? burstEnd : nil }

    /// Which item versions are held back after this decision: what comes with a report that is held is told with it.
    var held: Set<Int64> {
        guard isHolding else { return [] }
        return Set((input.heldItems + input.newItems.filter { !$0.isBackFile }).map(\.version))
    }

    /// Counted from the event that the burst follows, and from the receipt of its first report where that was earlier: no
    /// report waits for longer than the span. A clock that was set back since that event lengthens nothing.
    private var burstEnd: Moment? {
        guard let minutes = template.alerts.burstMinutes, let told = state.told,
            let first = [heldBack.reportedFrom, new.reportedFrom].compactMap(\.self).min()
        else { return nil }
        return min(first, told.at, now) + Int64(minutes) * Moment.minute
    }
}
