import Safeguarding

/// Counts of reports by kind of agency as one reader may know them (design.md "Counts").
///
/// Without clearance a count under five is told only as such. Then the total is suppressed with it, so that nobody gets
/// the small one by subtraction: it is told as the greatest that the parts allow.
struct ReportCounts: Sendable {
    var byKind: [(kind: AgencyKind, count: ShownCount)]
    var total: ShownCount

    /// - Parameter total: All reports, those of kinds that are not told included.
    init(kinds: [AgencyKind], reports: [Int], total sum: Int, exactly: Bool) {
        let pairs = zip(kinds, reports).filter { $0.1 > 0 }
        byKind = pairs.map { ($0.0, ShownCount.shown($0.1, exactly: exactly)) }
        let suppressed = pairs.filter { ShownCount.shown($0.1, exactly: exactly) != .exact($0.1) }
        if suppressed.isEmpty {
            total = .shown(sum, exactly: exactly)
        } else {
            let told = pairs.reduce(0) { $0 + $1.1 } - suppressed.reduce(0) { $0 + $1.1 }
            total = .below(told + suppressed.count * (ShownCount.threshold - 1) + 1)
        }
    }
}
