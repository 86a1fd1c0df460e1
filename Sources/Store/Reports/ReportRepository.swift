package import Safeguarding

/// Reports in PostgreSQL, written and corrected with the rights of `placeguard_intake`.
package struct ReportRepository: ReportStore {
    let source: any ConnectionSource
    private let activeSigns: @Sendable () -> [String: SignWeight]

    /// - Parameter activeSigns: The signs of the template in force, asked once for each batch and correction.
    package init(source: any ConnectionSource, activeSigns: @escaping @Sendable () -> [String: SignWeight]) {
        self.source = source
        self.activeSigns = activeSigns
    }

    /// With signs that never change.
    package init(source: any ConnectionSource, activeSigns: [String: SignWeight]) {
        self.init(source: source) { activeSigns }
    }

    var rules: EvidenceRules { EvidenceRules(signs: activeSigns()) }

    package func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        do {
            return try await write(reports, prompts: prompts)
        } catch {
            throw StoreError.leaving(error, while: "storing reports")
        }
    }

    private func write(
        _ reports: [ValidatedReport],
        prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        var writer = BatchWriter(source: source, rules: rules, reports: reports)
        var pending = Array(reports.indices)
        // A second round for the reports whose reference came twice, and one more each time they differ again.
        while !pending.isEmpty {
            let plan = BatchPlan(reports, among: pending)
            try await writer.write(plan.leaders, prompts: prompts)
            for (index, report) in writer.takeCorrections() {
                writer.conclude(index, try await correct(report, byRevision: reports[index]))
            }
            pending = []
            for (index, leader) in plan.followers {
                if reports[index].contentHash == reports[leader].contentHash,
                    reports[index].revision == reports[leader].revision, let outcome = writer.outcomes[leader]
                {
                    writer.conclude(index, outcome.repeated)
                } else {
                    pending.append(index)
                }
            }
        }
        return try writer.outcomes.map { outcome in
            guard let outcome else { throw StoreError(.internal, "storing reports: one was left without an answer") }
            return outcome
        }
    }
}

extension CommitOutcome {
    /// The answer to the same report again.
    fileprivate var repeated: CommitOutcome {
        switch self {
        case .created(let receipt), .corrected(let receipt): .same(receipt: receipt)
        case .same, .refused: self
        }
    }
}
