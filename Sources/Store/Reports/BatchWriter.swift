import Postgres
import Safeguarding

/// Writes a batch of reports: reads what has to be known, decides, and stores all that can stand in one transaction.
///
/// A batch of known places costs two round trips: a pipeline that reads, and one that writes and is a transaction by
/// itself. New point locations need locks, which costs three more. The reading stands outside the transaction: a
/// reference taken in between is a unique violation, which means "read again".
struct BatchWriter {
    let source: any ConnectionSource
    let rules: EvidenceRules
    let reports: [ValidatedReport]
    /// By index into `reports`; nil where nothing has been concluded.
    private(set) var outcomes: [CommitOutcome?]
    /// Changed rows with a higher revision, to be stored as corrections of these reports.
    private(set) var corrections: [(index: Int, report: ReportID)] = []
    /// Ids given in earlier attempts. Each attempt gives new ones: a lost one may still be at work on the server.
    private var ids: [Int: Set<ReportID>] = [:]

    init(source: any ConnectionSource, rules: EvidenceRules, reports: [ValidatedReport]) {
        self.source = source
        self.rules = rules
        self.reports = reports
        outcomes = Array(repeating: nil, count: reports.count)
    }

    /// Writes the reports at the indices, no two of which have the same reference, in their order.
    ///
    /// A report that the server refuses is found by halving and refused by itself.
    mutating func write(_ indices: [Int], prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]) async throws {
        var groups = [indices]
        while let group = groups.popLast() {
            guard let first = group.first else { continue }
            do {
                try await writePersistently(group, prompts: prompts)
            } catch let poison as PoisonedBatch {
                if group.count == 1 {
                    outcomes[first] = .refused([poison.fault])
                } else {
                    groups.append(Array(group[(group.count / 2)...]))
                    groups.append(Array(group[..<(group.count / 2)]))
                }
            }
        }
    }

    mutating func conclude(_ index: Int, _ outcome: CommitOutcome) {
        outcomes[index] = outcome
    }

    mutating func takeCorrections() -> [(index: Int, report: ReportID)] {
        defer { corrections = [] }
        return corrections
    }

    /// Tries again where others got in the way or the connection was lost.
    private mutating func writePersistently(
        _ group: [Int],
        prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws {
        var attempt = 1
        while true {
            do {
                return try await writeOnce(group, prompts: prompts)
            } catch let error as PostgresError {
                switch BatchFailure(error) {
                case .again(let limit):
                    guard attempt < limit else { throw error }
                    attempt += 1
                case .poisoned(let poison): throw poison
                case .final: throw error
                }
            }
        }
    }

    private mutating func writeOnce(
        _ group: [Int],
        prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws {
        let reports = group.map { self.reports[$0] }
        let batch = try await source.lend { connection in
            let reading = try await BatchReading.read(reports, rules: rules, connection)
            var batch = DecidedBatch(reports, reading, known: group.map { ids[$0] ?? [] }, rules: rules)
            for case (let index, let id?) in zip(group, batch.ids) { ids[index, default: []].insert(id) }
            let unplaced = batch.unplaced
            if unplaced.isEmpty {
                _ = try await connection.pipeline(batch.statements(prompts: prompts))
            } else {
                try await connection.transaction { connection in
                    try batch.settle(try await connection.query(unplaced.settling))
                    _ = try await connection.pipeline(batch.statements(prompts: prompts))
                }
            }
            return batch
        }
        for (index, outcome) in zip(group, batch.outcomes) { outcomes[index] = outcome }
        corrections += batch.corrections.map { (group[$0.position], $0.report) }
    }
}
