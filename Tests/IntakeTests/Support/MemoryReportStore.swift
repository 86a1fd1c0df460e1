import Safeguarding
import Synchronization

/// Reports kept in memory, with the store's contract: idempotent by agency and reference, in order, each row for itself.
final class MemoryReportStore: ReportStore {
    private struct Stored {
        var report: ValidatedReport
        var receipt: String
    }

    private struct State {
        var stored: [String: Stored] = [:]
        var nextID: UInt64 = 1
        var batches: [Int] = []
        var failure: (any Error)?
    }

    /// The clock of the store.
    let received: Moment
    private let state = Mutex(State())
    private let gate: Gate?

    init(received: Moment = Moment(seconds: 1_796_000_000), gate: Gate? = nil) {
        self.received = received
        self.gate = gate
    }

    var count: Int { state.withLock { $0.stored.count } }
    /// Sizes of the batches so far.
    var batches: [Int] { state.withLock { $0.batches } }
    var reports: [ValidatedReport] { state.withLock { $0.stored.values.map(\.report) } }

    /// Every commit fails with this from now on; nil mends it.
    func fail(with error: (any Error)?) { state.withLock { $0.failure = error } }

    func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        await gate?.pass()
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.batches.append(reports.count)
            return reports.map { store($0, &state, prompts) }
        }
    }

    private func store(
        _ report: ValidatedReport,
        _ state: inout State,
        _ prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) -> CommitOutcome {
        let key = report.agency + "\n" + report.reference
        if let old = state.stored[key] {
            if old.report.contentHash == report.contentHash { return .same(receipt: old.receipt) }
            guard let revision = report.revision, revision > old.report.revision ?? 0 else {
                return .refused([
                    Fault(field: "reference", reason: .referenceReused, message: "is used for other content")
                ])
            }
            state.stored[key] = Stored(report: report, receipt: old.receipt)
            return .corrected(receipt: old.receipt)
        }
        guard report.observedFrom <= received + 300 else {
            return .refused([Fault(field: "observed", reason: .observedInFuture, message: "lies in the future")])
        }
        let location = place(of: report, state.nextID)
        let receipt = Receipt(
            report: ReportID(UniqueID(high: 0, low: state.nextID)),
            reference: report.reference,
            received: received,
            location: location,
            prompts: prompts(report, location)
        )
        state.nextID += 1
        state.stored[key] = Stored(report: report, receipt: receipt.json.text)
        return .created(receipt: receipt.json.text)
    }

    private func place(of report: ValidatedReport, _ id: UInt64) -> ResolvedLocation? {
        switch report.location.form {
        case .point, .grid:
            ResolvedLocation(
                id: LocationID(UniqueID(high: 1, low: id)),
                category: report.location.category ?? .area,
                manner: .newPoint
            )
        case .id(let id): ResolvedLocation(id: id, category: .takeaway, manner: .id)
        default: nil
        }
    }

    func currentForm(of report: ReportID, agency: String) async throws -> ReportForm? { nil }
    func correct(_ report: ReportID, basedOn version: Int, with form: ValidatedReport) async throws -> CorrectionOutcome
    {
        .refused([Fault(field: "", reason: .unknownReport, message: "is not known")])
    }
    func withdraw(_ report: ReportID, agency: String, actor: String, reason: String) async throws -> CorrectionOutcome {
        .refused([Fault(field: "", reason: .unknownReport, message: "is not known")])
    }
    func status(of report: ReportID, agency: String) async throws -> ReportStatus? { nil }
}

/// Import runs kept in memory.
final class MemoryImportRuns: ImportRuns {
    private let state = Mutex((begun: 0, finished: [String]()))

    var begun: Int { state.withLock { $0.begun } }
    /// The counts of each finished run.
    var finished: [String] { state.withLock { $0.finished } }

    func begin(agency: String, fileDigest: [UInt8], mapping: String, isBackFile: Bool, actor: String) async throws
        -> Int64
    {
        state.withLock { state in
            state.begun += 1
            return Int64(state.begun)
        }
    }

    func finish(_ run: Int64, counts: String) async throws { state.withLock { $0.finished.append(counts) } }
}

/// Places, postcodes and areas kept in memory by their keys.
final class MemoryRegister: LocationRegister {
    private struct State {
        var locations: [String: RegisteredLocation] = [:]
        var postcodes: [String: PostcodePosition] = [:]
        var areas: [String: AreaBoundary] = [:]
        var largestBatch = 0
    }

    private let state = Mutex(State())

    var locations: [String: RegisteredLocation] { state.withLock { $0.locations } }
    var postcodes: [String: PostcodePosition] { state.withLock { $0.postcodes } }
    var areas: [String: AreaBoundary] { state.withLock { $0.areas } }
    var largestBatch: Int { state.withLock { $0.largestBatch } }

    func upsert(locations: [RegisteredLocation], actor: String) async throws -> RegisterCounts {
        state.withLock { state in
            state.largestBatch = max(state.largestBatch, locations.count)
            var counts = MemoryRegister.upsert(locations, into: &state.locations, by: \.register)
            counts.withoutPosition = locations.count { $0.longitude == nil }
            return counts
        }
    }

    func upsert(postcodes: [PostcodePosition]) async throws -> RegisterCounts {
        state.withLock { MemoryRegister.upsert(postcodes, into: &$0.postcodes, by: \.postcode) }
    }

    func upsert(areas: [AreaBoundary]) async throws -> RegisterCounts {
        state.withLock { MemoryRegister.upsert(areas, into: &$0.areas, by: \.code) }
    }

    private static func upsert<Record: Equatable>(
        _ records: [Record],
        into table: inout [String: Record],
        by key: (Record) -> String
    ) -> RegisterCounts {
        var counts = RegisterCounts()
        for record in records {
            switch table.updateValue(record, forKey: key(record)) {
            case nil: counts.added += 1
            case record: counts.unchanged += 1
            default: counts.changed += 1
            }
        }
        return counts
    }
}
