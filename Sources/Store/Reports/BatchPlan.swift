import Safeguarding

/// The order in which a batch is written, decided from the reports alone.
///
/// Rows go in by (agency, reference), so two batches meet at their common rows in the same order and never wait for each
/// other in a circle (design.md "Intake batch"). Of several reports under one reference the first leads; the others are
/// looked at when it has been written.
struct BatchPlan {
    /// Indices into the batch, one for each reference, sorted by it.
    var leaders: [Int] = []
    /// Indices of the others with that of their leader, in the order of the batch.
    var followers: [(index: Int, leader: Int)] = []

    init(_ reports: [ValidatedReport], among indices: [Int]) {
        var leaderOfKey: [ReferenceKey: Int] = [:]
        leaderOfKey.reserveCapacity(indices.count)
        for index in indices {
            let key = ReferenceKey(reports[index])
            if let leader = leaderOfKey[key] {
                followers.append((index, leader))
            } else {
                leaderOfKey[key] = index
                leaders.append(index)
            }
        }
        leaders.sort { ReferenceKey(reports[$0]) < ReferenceKey(reports[$1]) }
    }
}

/// The idempotency key of a report.
struct ReferenceKey: Hashable, Comparable {
    var agency: String
    var reference: String

    init(_ report: ValidatedReport) {
        agency = report.agency
        reference = report.reference
    }

    /// By bytes, whatever the texts mean: all that matters is that every batch uses the same order.
    static func < (a: ReferenceKey, b: ReferenceKey) -> Bool {
        a.agency == b.agency ? a.reference.utf8.lexicographicallyPrecedes(b.reference.utf8) : a.agency < b.agency
    }
}
