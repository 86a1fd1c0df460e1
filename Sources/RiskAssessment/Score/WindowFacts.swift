import Safeguarding

/// What the items in the window say together: those that are scored and whose age factor is above 0 (scoring.md section 6).
struct WindowFacts {
    private(set) var items = 0
    private(set) var origins = 0
    private(set) var agencies = 0
    private(set) var reports = 0
    private(set) var reportsByKind: [AgencyKind: Int] = [:]
    /// Highest severity of items in a trusted grade, and in a doubtful one; 0 where there is none.
    private(set) var trustedSeverity = 0
    private(set) var doubtfulSeverity = 0
    /// Latest `received` of the doubtful items of the severity that makes a place unrated.
    private(set) var possibleReceived: Moment?
    /// Age in seconds of the youngest item.
    private(set) var youngest: Int64?
    /// A trusted item of the severity that withholds controls has no closing review, or a sign that withholds them is there.
    private(set) var withholdsControls = false
    private(set) var hasUnresolvedFloor = false
    private(set) var hasRestrictedItems = false
    private(set) var handling = HandlingCode.permitted

    var isEmpty: Bool { items == 0 }

    init(_ table: EvidenceTable, _ template: Template, _ ages: AgeFactors) {
        var seenOrigins = [Bool](repeating: false, count: table.origins)
        var seenAgencies = [Bool](repeating: false, count: table.agencies)
        var seenReports = [Bool](repeating: false, count: table.reports)
        let evidence = table.evidence.items
        let isTrusted = template.tables.isTrusted
        let withholding = template.tables.withholdsControls
        let withheldFrom = template.controls.withheldFromSeverity
        let possible = template.severity.possible
        for item in table.scored where item.isInWindow {
            let source = Int(item.source)
            items += 1
            origins += WindowFacts.mark(&seenOrigins, item.origin)
            agencies += WindowFacts.mark(&seenAgencies, item.agency)
            if WindowFacts.mark(&seenReports, item.report) == 1 {
                reports += 1
                reportsByKind[evidence[source].agencyKind, default: 0] += 1
            }
            let age = table.now.seconds - item.observed
            youngest = min(youngest ?? age, age)
            let severity = Int(item.severity)
            if isTrusted[item.information.position] {
                trustedSeverity = max(trustedSeverity, severity)
                if severity >= withheldFrom && !ages.isSettled(item) {
                    withholdsControls = true
                }
            } else {
                doubtfulSeverity = max(doubtfulSeverity, severity)
                if severity >= possible {
                    let received = Moment(seconds: item.received)
                    possibleReceived = max(possibleReceived ?? received, received)
                }
            }
            if !withholdsControls, withholding[Int(item.sign)] { withholdsControls = true }
            if !hasUnresolvedFloor && ages.isHeldUp(item) { hasUnresolvedFloor = true }
            if evidence[source].compartment.isRestricted { hasRestrictedItems = true }
            if evidence[source].handling == .conditions { handling = .conditions }
        }
    }

    /// 1 at the first sight of a number, else 0.
    private static func mark(_ seen: inout [Bool], _ number: Int32) -> Int {
        guard !seen[Int(number)] else { return 0 }
        seen[Int(number)] = true
        return 1
    }
}
