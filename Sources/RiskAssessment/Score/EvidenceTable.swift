import Safeguarding

/// The evidence known at a moment, with agencies, originators and reports turned into small numbers.
struct EvidenceTable {
    let evidence: Evidence
    let now: Moment
    /// Scored items by `observed`, then report, then sign: one order whatever the order of the evidence.
    private(set) var scored: [ScoredItem] = []
    /// Known items that are not scored, with the reason; only where somebody asked for the explanation.
    private(set) var unscored: [(source: Int, reason: UncountedItem.Reason)] = []
    /// Items received and observed.
    private(set) var known = 0
    private(set) var agencies = 0
    private(set) var originators = 0
    private(set) var reports = 0
    /// Latest `received` of the items suspected to be false that are recent enough for a look; nil where there is none.
    private(set) var suspectedFalseReceived: Moment?

    /// Origins are the originators followed by one "somebody" for each agency.
    var origins: Int { originators + agencies }

    init(_ evidence: Evidence, _ template: Template, at now: Moment, listingUnscored: Bool) {
        self.evidence = evidence
        self.now = now
        read(template.tables, Int64(template.severity.suspectedFalseDays) * Moment.day, listingUnscored)
        sort(template.tables)
    }

    private mutating func read(_ tables: ScoreTables, _ suspectedFalseSpan: Int64, _ listingUnscored: Bool) {
        let items = evidence.items
        var agencyNumbers = Interner<String>()
        var originatorNumbers = Interner<OriginatorHash>()
        var reportNumbers = Interner<UniqueID>()
        scored.reserveCapacity(items.count)
        for source in items.indices where items[source].received <= now && items[source].observed <= now {
            known += 1
            let sign = tables.signIndex[items[source].sign].map { Int($0) }
            let reason = EvidenceTable.reasonNotToScore(
                isKnown: sign != nil,
                isProtective: sign.map { tables.isProtective[$0] } ?? false,
                isSelfReport: items[source].selfReport,
                items[source].grade.information
            )
            guard let sign, reason == nil else {
                guard let reason else { continue }
                if listingUnscored { unscored.append((source, reason)) }
                if reason == .suspectedFalse, now - items[source].observed < suspectedFalseSpan {
                    let received = items[source].received
                    suspectedFalseReceived = max(suspectedFalseReceived ?? received, received)
                }
                continue
            }
            scored.append(
                ScoredItem(
                    source: Int32(truncatingIfNeeded: source),
                    sign: Int32(truncatingIfNeeded: sign),
                    agency: agencyNumbers.number(of: items[source].agency),
                    originator: items[source].originator.map { originatorNumbers.number(of: $0) } ?? -1,
                    origin: -1,
                    report: reportNumbers.number(of: items[source].report.value),
                    observed: items[source].observed.seconds,
                    received: items[source].received.seconds,
                    severity: tables.severities[sign],
                    sourceGrade: items[source].grade.source,
                    information: items[source].grade.information,
                    attribution: items[source].attribution
                )
            )
        }
        agencies = agencyNumbers.count
        originators = originatorNumbers.count
        reports = reportNumbers.count
        for index in scored.indices {
            let originator = scored[index].originator
            scored[index].origin = originator >= 0 ? originator : Int32(originators) + scored[index].agency
        }
    }

    /// Why an item is listed and changes no number; nil where it is scored (scoring.md section 2).
    private static func reasonNotToScore(
        isKnown: Bool,
        isProtective: Bool,
        isSelfReport: Bool,
        _ information: InformationGrade
    ) -> UncountedItem.Reason? {
        if !isKnown { return .unknownSign }
        if isProtective { return .protective }
        if isSelfReport { return .selfReport }
        return information == .e ? .suspectedFalse : nil
    }

    private mutating func sort(_ tables: ScoreTables) {
        let items = evidence.items
        func precedes(_ a: ScoredItem, _ b: ScoredItem) -> Bool {
            if a.observed != b.observed { return a.observed < b.observed }
            if a.report == b.report { return tables.codes[Int(a.sign)] < tables.codes[Int(b.sign)] }
            return items[Int(a.source)].report < items[Int(b.source)].report
        }
        for index in scored.indices.dropFirst() where precedes(scored[index], scored[index - 1]) {
            scored.sort(by: precedes)
            return
        }
    }

    /// Replaces what the later steps of an assessment found out about each item.
    mutating func update(_ change: (inout [ScoredItem]) -> Void) { change(&scored) }
}

/// Numbers values in the order in which they first come.
struct Interner<Value: Hashable> {
    /// Up to here comparing one by one is cheaper than hashing.
    private static var few: Int { 12 }

    private var values: [Value] = []
    private var numbers: [Value: Int32] = [:]
    private var last: Int32 = -1

    var count: Int { values.count }

    /// The number of a value; neighbours are often alike, so the last one is remembered.
    mutating func number(of value: Value) -> Int32 {
        if last >= 0, values[Int(last)] == value { return last }
        last = find(value) ?? add(value)
        return last
    }

    private func find(_ value: Value) -> Int32? {
        guard values.count <= Interner.few else { return numbers[value] }
        for index in values.indices where values[index] == value { return Int32(truncatingIfNeeded: index) }
        return nil
    }

    private mutating func add(_ value: Value) -> Int32 {
        let number = Int32(truncatingIfNeeded: values.count)
        values.append(value)
        if values.count > Interner.few + 1 {
            numbers[value] = number
        } else if values.count == Interner.few + 1 {
            for (number, value) in values.enumerated() { numbers[value] = Int32(truncatingIfNeeded: number) }
        }
        return number
    }
}
