import Safeguarding

/// Brings the store's answers back to their rows: counts, per-row results and the rejects file.
struct ImportSettlement<Observer: ImportObserver> {
    private(set) var counts = ImportCounts()
    private var rejects: RejectsFile
    private let observer: Observer

    init(rejects: RejectsFile, observer: Observer) {
        self.rejects = rejects
        self.observer = observer
    }

    mutating func settle(_ batch: ImportBatch, _ outcomes: [CommitOutcome], readSoFar bytes: Int) async throws {
        var answers = outcomes.makeIterator()
        var results: [RowResult] = []
        results.reserveCapacity(batch.rows.count)
        var csv: [UInt8] = []
        for row in batch.rows {
            let result = result(of: row, row.report == nil ? nil : answers.next())
            counts.add(result.outcome)
            if case .refused(let faults) = result.outcome { rejects.write(row, faults, to: &csv) }
            results.append(result)
        }
        if !csv.isEmpty { try await observer.rejected(csv) }
        try await observer.settled(results)
        await observer.progress(ImportProgress(bytes: bytes, counts: counts))
    }

    private func result(of row: ImportedRow, _ answer: CommitOutcome?) -> RowResult {
        guard row.report != nil else { return RowResult(row: row.number, outcome: .refused(row.faults)) }
        switch answer {
        case .refused(let faults)?:
            let faults = faults.map {
                let place = $0.field.isEmpty ? "" : $0.field + " "
                return RowFault(row: row.number, reason: $0.reason, message: place + $0.message, accepted: $0.accepted)
            }
            return RowResult(row: row.number, outcome: .refused(faults))
        case let outcome?: return RowResult(row: row.number, outcome: .stored(outcome))
        case nil:
            let fault = RowFault(
                row: row.number,
                reason: .internalError,
                message: "the store gave no answer for this row"
            )
            return RowResult(row: row.number, outcome: .refused([fault]))
        }
    }
}

extension ImportCounts {
    fileprivate mutating func add(_ outcome: RowResult.Outcome) {
        rows += 1
        switch outcome {
        case .stored(.created(let receipt)):
            created += 1
            if ImportCounts.isUnlocated(receipt) { unlocated += 1 }
        case .stored(.same): same += 1
        case .stored(.corrected): corrected += 1
        case .stored(.refused): refused += 1
        case .refused(let faults):
            if faults.contains(where: { $0.reason == .referenceReused }) { reused += 1 } else { refused += 1 }
        }
    }

    /// The receipt names no location.
    private static func isUnlocated(_ receipt: String) -> Bool {
        guard let value = try? JSONReader.read(bytes: Array(receipt.utf8)) else { return false }
        return value["location"]?.isNull ?? true
    }
}
