import Safeguarding

/// Trend and confidence (scoring.md section 8).
enum Movement {
    /// The last span against the span before, over scored items with every age factor taken as 1.00.
    ///
    /// - Parameter events: event points taken so.
    static func trend(
        _ table: EvidenceTable,
        _ groups: EventGroups,
        _ events: EventPoints,
        _ rules: TrendRules
    ) -> Trend {
        let span = Int64(rules.days) * Moment.day
        var moments = [Int64](repeating: .min, count: groups.count)
        var oldestAge: Int64 = 0
        for (index, item) in table.scored.enumerated() {
            let event = Int(groups.event[index])
            moments[event] = max(moments[event], item.observed)
            oldestAge = max(oldestAge, table.now.seconds - item.observed)
        }
        var recent = Points.zero
        var before = Points.zero
        for event in moments.indices {
            let age = table.now.seconds - moments[event]
            if age < span {
                recent += events.points(of: event)
            } else if age < 2 * span {
                before += events.points(of: event)
            }
        }
        let leastChange = Int64(rules.leastChange.value) * (Points.one / 100)
        if recent == .zero { return .quiet }
        if oldestAge < span { return .new }
        if recent.units - before.units >= leastChange, recent.isAtLeast(rules.rising, of: before) { return .rising }
        if before.units - recent.units >= leastChange, !recent.exceeds(rules.falling, of: before) { return .falling }
        return .steady
    }

    static func confidence(
        _ table: EvidenceTable,
        _ window: WindowFacts,
        _ events: EventPoints,
        _ total: Points,
        _ marks: [Mark],
        _ rules: ConfidenceRules
    ) -> Confidence {
        guard let youngest = window.youngest, youngest < Int64(rules.lowAfterDays) * Moment.day,
            !marks.contains(.singleSource), !marks.contains(.lowGradeOnly)
        else { return .low }
        guard window.agencies >= rules.highAgencies, youngest < Int64(rules.highWithinDays) * Moment.day else {
            return .medium
        }
        var wellGraded = Points.zero
        for (event, sum) in events.events.enumerated() where sum.heaviest >= 0 {
            if rules.highGrades.contains(table.scored[Int(sum.heaviest)].information) {
                wellGraded += events.points(of: event)
            }
        }
        return wellGraded.isAtLeast(rules.highShare, of: total) ? .high : .medium
    }
}

extension Points {
    /// `self >= share x other`, in 128 bits so that no product overflows.
    func isAtLeast(_ share: Hundredths, of other: Points) -> Bool {
        Int128(units) * 100 >= Int128(other.units) * Int128(share.value)
    }

    /// `self > share x other`.
    func exceeds(_ share: Hundredths, of other: Points) -> Bool {
        Int128(units) * 100 > Int128(other.units) * Int128(share.value)
    }
}
