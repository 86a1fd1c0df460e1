import Safeguarding

/// What each event counts for (scoring.md section 5): its heaviest item, and a share of the heaviest of each further sign.
struct EventPoints {
    /// One event's sum.
    struct Event {
        /// Position of the heaviest item, -1 before the first.
        var heaviest: Int32 = -1
        /// Points at 10^-8 of that item, and of all signs' heaviest items together.
        var most: Int64 = 0
        var sum: Int64 = 0
    }

    private(set) var events: [Event]
    /// For each item whether it is the heaviest of its sign in its event.
    private(set) var leads: [Bool]
    private let share: Int64
    private let atMost: Int64

    /// - Parameter points: which points of an item count: those of now, or those with every age factor taken as 1.00.
    init(
        _ table: EvidenceTable,
        _ groups: EventGroups,
        _ lists: SignLists,
        _ template: Template,
        points: (ScoredItem) -> Int64
    ) {
        let items = table.scored
        share = Int64(template.events.furtherShare.value)
        atMost = Int64(template.events.atMost.value)
        events = [Event](repeating: Event(), count: groups.count)
        leads = [Bool](repeating: false, count: items.count)
        var leader = [Int32](repeating: -1, count: groups.count)
        for sign in lists.used {
            let positions = lists.positions[lists.range(of: sign)]
            for position in positions {
                let event = Int(groups.event[Int(position)])
                let best = leader[event]
                if best < 0 || EventPoints.outweighs(table, template.tables, position, best, points) {
                    leader[event] = position
                }
            }
            for position in positions {
                let event = Int(groups.event[Int(position)])
                guard leader[event] == position else { continue }
                leader[event] = -1
                leads[Int(position)] = true
                let weight = points(items[Int(position)])
                events[event].sum += weight
                let heaviest = events[event].heaviest
                if heaviest < 0 || EventPoints.outweighs(table, template.tables, position, heaviest, points) {
                    events[event].heaviest = position
                    events[event].most = weight
                }
            }
        }
    }

    /// Points of an event, with the cap of its multiple of the heaviest item.
    func points(of event: Int) -> Points { Points(units: min(uncapped(event), limit(event))) }

    /// What the cap took away.
    func cappedBy(of event: Int) -> Points { Points(units: max(0, uncapped(event) - limit(event))) }

    /// What an item brings into its event before the cap.
    func counted(_ position: Int, of event: Int, points: Int64) -> Points {
        guard leads[position] else { return .zero }
        return Points(units: points * (Int(events[event].heaviest) == position ? ScoreTables.itemUnit : share))
    }

    private func uncapped(_ event: Int) -> Int64 {
        events[event].most * ScoreTables.itemUnit + share * (events[event].sum - events[event].most)
    }

    private func limit(_ event: Int) -> Int64 { events[event].most * atMost }

    /// Whether item `a` outweighs `b`: points; then the better information grade; then the earlier `observed`; then the
    /// smaller report id; then the smaller sign code.
    private static func outweighs(
        _ table: EvidenceTable,
        _ tables: ScoreTables,
        _ a: Int32,
        _ b: Int32,
        _ points: (ScoredItem) -> Int64
    ) -> Bool {
        let left = table.scored[Int(a)]
        let right = table.scored[Int(b)]
        let weights = (points(left), points(right))
        if weights.0 != weights.1 { return weights.0 > weights.1 }
        if left.information != right.information { return left.information.position < right.information.position }
        if left.observed != right.observed { return left.observed < right.observed }
        if left.report != right.report {
            return table.evidence.items[Int(left.source)].report < table.evidence.items[Int(right.source)].report
        }
        return tables.codes[Int(left.sign)] < tables.codes[Int(right.sign)]
    }
}
