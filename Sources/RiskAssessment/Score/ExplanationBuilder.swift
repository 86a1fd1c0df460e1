import Safeguarding

extension ScoreSheet {
    /// The sum line by line; the points of its events add up exactly to the total (scoring.md 11.6).
    func explanation() -> Explanation {
        let explained = explainedEvents()
        var rules = risk.rules
        if explained.contains(where: { $0.cappedBy > .zero }) { rules.append(.eventCap) }
        if window.hasUnresolvedFloor { rules.append(.unresolvedFloor) }
        return Explanation(
            events: explained,
            notCounted: uncountedItems(),
            caps: ScoreRule.allCases.filter(rules.contains).map(\.rawValue),
            controls: risk.controls
        )
    }

    /// Events with items in the window, heaviest first; those of equal points by their first item.
    private func explainedEvents() -> [ExplainedEvent] {
        let corroborators = Corroborators(table, lists, template.tables)
        var members = [[ExplainedItem]](repeating: [], count: groups.count)
        for position in table.scored.indices where table.scored[position].isInWindow {
            let event = Int(groups.event[position])
            members[event].append(explained(position, of: event, corroborators))
        }
        return members.indices.filter { !members[$0].isEmpty }
            .map { event in
                ExplainedEvent(
                    points: events.points(of: event),
                    cappedBy: events.cappedBy(of: event),
                    items: members[event].sorted(by: ExplainedItem.precedes)
                )
            }
            .sorted { a, b in
                guard a.points == b.points, let left = a.items.first, let right = b.items.first else {
                    return a.points > b.points
                }
                return ExplainedItem.precedes(left, right)
            }
    }

    private func explained(_ position: Int, of event: Int, _ corroborators: Corroborators) -> ExplainedItem {
        let item = table.scored[position]
        let source = table.evidence.items[Int(item.source)]
        let grade = item.isLifted ? template.tables.liftsTo : item.information
        return ExplainedItem(
            report: source.report,
            sign: source.sign,
            agency: source.agency,
            agencyKind: source.agencyKind,
            compartment: source.compartment,
            grade: source.grade,
            attribution: source.attribution,
            observed: source.observed,
            severity: Int(item.severity),
            sourceFactor: template.factors.source[item.sourceGrade]?.value ?? 0,
            informationFactor: template.factors.information[grade]?.value ?? 0,
            attributionFactor: template.factors.attribution[item.attribution]?.value ?? 0,
            ageFactor: Int(item.ageFactor),
            itemPoints: Points(units: item.points * ScoreTables.itemUnit),
            counted: events.counted(position, of: event, points: item.points),
            liftedBy: item.isLifted ? corroborators.nearest(to: position) : nil,
            originatorUnconfirmed: source.originatorUnconfirmed
        )
    }

    /// What is known and changes no number, by report and sign.
    private func uncountedItems() -> [UncountedItem] {
        let agedOut = table.scored.filter { !$0.isInWindow }
            .map { item in
                let isStructural = template.tables.isStructural[Int(item.sign)]
                return (source: Int(item.source), reason: isStructural ? .inspectedAndCleared : .agedOut)
                    as (source: Int, reason: UncountedItem.Reason)
            }
        return (table.unscored + agedOut)
            .map { source, reason in
                let item = table.evidence.items[source]
                return UncountedItem(
                    report: item.report,
                    sign: item.sign,
                    agency: item.agency,
                    compartment: item.compartment,
                    observed: item.observed,
                    reason: reason
                )
            }
            .sorted { ($0.report, $0.sign) < ($1.report, $1.sign) }
    }
}

extension ExplainedItem {
    /// What counts most first; then points, `observed`, report and sign.
    fileprivate static func precedes(_ a: ExplainedItem, _ b: ExplainedItem) -> Bool {
        if a.counted != b.counted { return a.counted > b.counted }
        if a.itemPoints != b.itemPoints { return a.itemPoints > b.itemPoints }
        if a.observed != b.observed { return a.observed < b.observed }
        return (a.report, a.sign) < (b.report, b.sign)
    }
}

/// Names for each lifted item the independent item of its sign that lies nearest in time.
private struct Corroborators {
    private let table: EvidenceTable
    private let lists: SignLists
    private let span: Int64
    /// Place of each item in its sign's list.
    private var place: [Int32]
    /// Nearest earlier and later place in the list with another agency.
    private var before: [Int32]
    private var after: [Int32]

    init(_ table: EvidenceTable, _ lists: SignLists, _ tables: ScoreTables) {
        self.table = table
        self.lists = lists
        span = tables.corroborationSpan
        let count = table.scored.count
        place = [Int32](repeating: 0, count: count)
        before = [Int32](repeating: -1, count: count)
        after = [Int32](repeating: -1, count: count)
        for (index, position) in lists.positions.enumerated() { place[Int(position)] = Int32(index) }
        for sign in lists.used {
            let range = lists.range(of: sign)
            for index in range.dropFirst() {
                before[index] = agency(index) != agency(index - 1) ? Int32(index - 1) : before[index - 1]
            }
            for index in range.dropLast().reversed() {
                after[index] = agency(index) != agency(index + 1) ? Int32(index + 1) : after[index + 1]
            }
        }
    }

    func nearest(to position: Int) -> ReportID? {
        let index = Int(place[position])
        let candidates = [search(from: index, before, step: -1), search(from: index, after, step: 1)].compactMap(\.self)
        let item = table.scored[position]
        let best = candidates.min { a, b in
            let distances = (abs(scored(a).observed - item.observed), abs(scored(b).observed - item.observed))
            return distances.0 < distances.1
        }
        return best.map { table.evidence.items[Int(scored($0).source)].report }
    }

    /// The nearest place in one direction whose item has another agency and another origin.
    private func search(from index: Int, _ otherAgency: [Int32], step: Int) -> Int? {
        let range = lists.range(of: Int(scored(index).sign))
        var current = Int(otherAgency[index])
        while current >= 0, abs(scored(current).observed - scored(index).observed) <= span {
            if agency(current) == agency(index) {
                current = Int(otherAgency[current])
            } else if scored(current).origin == scored(index).origin {
                current += step
                guard range.contains(current) else { return nil }
            } else {
                return current
            }
        }
        return nil
    }

    private func scored(_ index: Int) -> ScoredItem { table.scored[Int(lists.positions[index])] }
    private func agency(_ index: Int) -> Int32 { scored(index).agency }
}
