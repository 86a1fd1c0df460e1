import Safeguarding

/// How much of an item its age leaves (scoring.md section 4), and the points that follow (section 5).
struct AgeFactors {
    private let tables: ScoreTables
    private let floor: Factors.UnresolvedFloor
    private let now: Int64
    /// Latest inspection known for each structural sign.
    private let inspected: [String: Int64]
    /// Latest closing review known.
    private let closed: Int64?

    init(_ evidence: Evidence, _ template: Template, at now: Moment) {
        tables = template.tables
        floor = template.factors.unresolved
        self.now = now.seconds
        var inspected: [String: Int64] = [:]
        for inspection in evidence.inspections where inspection.at <= now && inspection.recorded <= now {
            inspected[inspection.sign] = max(inspected[inspection.sign] ?? .min, inspection.at.seconds)
        }
        self.inspected = inspected
        closed =
            evidence.reviews.filter { $0.closes && $0.at <= now && $0.recorded <= now }.map(\.at.seconds).max()
    }

    /// Sets age factor and points of every item.
    func apply(to items: inout [ScoredItem]) {
        for index in items.indices {
            let information = items[index].isLifted ? tables.liftsTo : items[index].information
            let weight =
                items[index].severity
                * tables.weight(items[index].sourceGrade, information, items[index].attribution)
            items[index].ageFactor = factor(of: items[index])
            items[index].fullPoints = weight * 100
            items[index].points = weight * items[index].ageFactor
        }
    }

    /// Whether a closing review at or after its `received` settled an item.
    func isSettled(_ item: ScoredItem) -> Bool { closed.map { $0 >= item.received } ?? false }

    /// Whether the floor of unresolved signs holds the item up.
    func isHeldUp(_ item: ScoredItem) -> Bool {
        !tables.isStructural[Int(item.sign)] && item.severity >= Int64(floor.severity) && !isSettled(item)
            && item.ageFactor > tables.ageFactor(now - item.observed)
    }

    private func factor(of item: ScoredItem) -> Int64 {
        if tables.isStructural[Int(item.sign)] {
            return inspected[tables.codes[Int(item.sign)]].map { $0 > item.observed ? 0 : 100 } ?? 100
        }
        let step = tables.ageFactor(now - item.observed)
        guard item.severity >= Int64(floor.severity), step < Int64(floor.atLeast.value), !isSettled(item) else {
            return step
        }
        return Int64(floor.atLeast.value)
    }
}
