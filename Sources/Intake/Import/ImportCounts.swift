package import Safeguarding

/// What an import did, row by row counted.
///
/// `rows` is the sum of `created`, `same`, `corrected`, `reused` and `refused`; `unlocated` counts among the created.
package struct ImportCounts: Sendable, Hashable {
    package var rows = 0
    package var created = 0
    /// The same report again: nothing stored.
    package var same = 0
    /// A changed row with a higher revision.
    package var corrected = 0
    /// Other content under a reference in use.
    package var reused = 0
    package var refused = 0
    package var unlocated = 0

    package init() {}

    /// Takes in the counts of another file.
    package mutating func add(_ other: ImportCounts) {
        rows += other.rows
        created += other.created
        same += other.same
        corrected += other.corrected
        reused += other.reused
        refused += other.refused
        unlocated += other.unlocated
    }

    package var json: JSON {
        .object([
            ("rows", .int(rows)), ("created", .int(created)), ("same", .int(same)), ("corrected", .int(corrected)),
            ("reused", .int(reused)), ("refused", .int(refused)), ("unlocated", .int(unlocated)),
        ])
    }
}

/// What became of one row.
package struct RowResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// The store's answer; a refusal by the store is `refused` instead.
        case stored(CommitOutcome)
        case refused([RowFault])
    }

    /// Counted from 1, the header included.
    package var row: Int
    package var outcome: Outcome

    package init(row: Int, outcome: Outcome) {
        self.row = row
        self.outcome = outcome
    }
}

/// How far an import has come.
package struct ImportProgress: Sendable, Hashable {
    /// Bytes read of the file, which with its size gives the time left.
    package var bytes: Int
    package var counts: ImportCounts
}

/// Where an import says what it does. Called in the order of the rows; what it throws ends the import.
package protocol ImportObserver: Sendable {
    func settled(_ rows: [RowResult]) async throws
    /// The next bytes of the rejects file.
    func rejected(_ csv: [UInt8]) async throws
    func progress(_ progress: ImportProgress) async
}

extension ImportObserver {
    package func settled(_ rows: [RowResult]) async throws {}
    package func rejected(_ csv: [UInt8]) async throws {}
    package func progress(_ progress: ImportProgress) async {}
}

/// An import that nobody watches.
package struct SilentImport: ImportObserver {
    package init() {}
}
