package import Safeguarding

extension Template {
    /// Scores a location: scoring.md sections 1 to 9, to the digit.
    ///
    /// Pure, and the same for every order of the evidence. Nil where nothing is known of the place at `now`; the next
    /// moment of change is then ``nextChange(of:after:)``. Costs n log n in the number of items, most of it in sorting.
    ///
    /// - Parameter explaining: whether to build the explanation; without it `explanation` is empty and all else the same.
    package func assess(_ evidence: Evidence, at now: Moment, explaining: Bool = true) -> Assessment? {
        var table = EvidenceTable(evidence, self, at: now, listingUnscored: explaining)
        guard table.known > 0 else { return nil }
        let lists = SignLists(table.scored, signs: tables.codes.count)
        let groups = EventGroups(table, self)
        let ages = AgeFactors(evidence, self, at: now)
        Corroboration.mark(&table, lists, tables)
        table.update(ages.apply)

        let current = EventPoints(table, groups, lists, self, points: \.points)
        let ageless = EventPoints(table, groups, lists, self, points: \.fullPoints)
        let window = WindowFacts(table, self, ages)
        let total = (0..<groups.count).reduce(into: Points.zero) { $0 += current.points(of: $1) }
        let risk = Risk(table, window, total, self)

        let sheet = ScoreSheet(
            template: self,
            table: table,
            lists: lists,
            groups: groups,
            events: current,
            window: window,
            risk: risk
        )
        return Assessment(
            at: now,
            points: total,
            likelihood: risk.likelihood,
            severity: risk.severity,
            inherent: risk.inherent,
            controlCredit: risk.controlCredit,
            residualLikelihood: risk.residualLikelihood,
            residual: risk.residual,
            band: risk.band,
            trend: Movement.trend(table, groups, ageless, trend),
            confidence: Movement.confidence(table, window, current, total, risk.marks, confidence),
            marks: risk.marks.sorted(),
            events: groups.count,
            inWindow: window.items,
            lifted: table.scored.count(where: \.isLifted),
            signs: sheet.signsByWeight(),
            reportsByKind: window.reportsByKind,
            reports: window.reports,
            agencies: window.agencies,
            hasSeverityFour: max(window.trustedSeverity, window.doubtfulSeverity) >= alerts.raisedSeverity,
            nextChange: nextChange(of: evidence, after: now),
            explanation: explaining
                ? sheet.explanation()
                : Explanation(events: [], notCounted: [], caps: [], controls: []),
            hasRestrictedItems: window.hasRestrictedItems,
            handling: window.handling
        )
    }
}

/// Everything an assessment worked out, for what is told beside the numbers.
struct ScoreSheet {
    let template: Template
    let table: EvidenceTable
    let lists: SignLists
    let groups: EventGroups
    let events: EventPoints
    let window: WindowFacts
    let risk: Risk

    /// Codes of the signs in the window, heaviest first, then by code.
    ///
    /// What only restricted items say is left out: codes travel on the feed and in frozen briefings (design.md "A score must not leak").
    func signsByWeight() -> [String] {
        let tables = template.tables
        var weights = [Int64](repeating: -1, count: tables.codes.count)
        for (position, item) in table.scored.enumerated() where item.isInWindow {
            let sign = Int(item.sign)
            let compartment = table.evidence.items[Int(item.source)].compartment
            guard !tables.isRestricted[sign], !compartment.isRestricted else { continue }
            let event = Int(groups.event[position])
            weights[sign] = max(weights[sign], 0) + events.counted(position, of: event, points: item.points).units
        }
        return lists.used.filter { weights[$0] >= 0 }
            .sorted { (-weights[$0], tables.codes[$0]) < (-weights[$1], tables.codes[$1]) }
            .map { tables.codes[$0] }
    }
}
