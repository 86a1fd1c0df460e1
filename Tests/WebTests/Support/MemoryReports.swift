import Safeguarding
import Synchronization

/// Reports kept in memory: idempotent by reference and content like the real store, everything at once.
final class MemoryReports: ReportStore {
    struct Kept: Sendable {
        var report: ValidatedReport
        var id: ReportID
        var receipt: String
        var version = 1
        var isWithdrawn = false
    }

    private struct State {
        var kept: [String: Kept] = [:]
        var failure: StoreFailure?
        var commits = 0
        var held: [CheckedContinuation<Void, Never>] = []
        var isHolding = false
    }

    private let state = Mutex(State())
    static let received = Moment(seconds: 1_795_000_000)

    var count: Int { state.withLock { $0.kept.count } }
    var references: [String] { state.withLock { $0.kept.values.map(\.report.reference).sorted() } }
    var narratives: [[UInt8]] { state.withLock { $0.kept.values.compactMap(\.report.narrative) } }

    /// From now on every call fails so; nil = works again.
    func fail(with failure: StoreFailure?) { state.withLock { $0.failure = failure } }

    /// From now on commits wait for ``release()``.
    func hold() { state.withLock { $0.isHolding = true } }

    /// Calls that wait.
    var held: Int { state.withLock { $0.held.count } }

    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    private func pass() async throws {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                guard state.isHolding else { return true }
                state.held.append(continuation)
                return false
            }
            if passes { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        try await pass()
        return state.withLock { state in
            state.commits += 1
            return reports.map { report in
                let key = report.agency + "|" + report.reference
                if let known = state.kept[key] {
                    return known.report.contentHash == report.contentHash
                        ? .same(receipt: known.receipt)
                        : .refused([
                            Fault(
                                field: "reference",
                                reason: .referenceReused,
                                message: "other content was reported under this reference"
                            )
                        ])
                }
                let number = UInt64(state.kept.count + 1)
                let id = ReportID(UniqueID(high: 0x0192_3A5D_0000_7000, low: 0x8000_0000_0000_0000 + number))
                let location = ResolvedLocation(
                    id: LocationID(UniqueID(high: 0x0192_3A5B_0000_7000, low: 0x8000_0000_0000_0000 + number)),
                    category: report.location.category ?? .area,
                    manner: .newPoint
                )
                let receipt = Receipt(
                    report: id,
                    reference: report.reference,
                    received: MemoryReports.received,
                    location: location,
                    prompts: prompts(report, location)
                )
                state.kept[key] = Kept(report: report, id: id, receipt: receipt.json.text)
                return .created(receipt: receipt.json.text)
            }
        }
    }

    func currentForm(of report: ReportID, agency: String) async throws -> ReportForm? {
        try await pass()
        return find(report, agency).map { _, kept in
            ReportForm(
                version: kept.version,
                canonical: kept.report.canonical,
                narrative: kept.report.narrative,
                originator: kept.report.originator,
                originatorScheme: kept.report.originatorScheme,
                isWithdrawn: kept.isWithdrawn
            )
        }
    }

    func correct(_ report: ReportID, basedOn version: Int, with form: ValidatedReport) async throws -> CorrectionOutcome
    {
        try await pass()
        guard let (key, kept) = find(report, form.agency) else {
            return .refused([Fault(field: "", reason: .unknownReport, message: "no such report")])
        }
        var changed = kept
        changed.report = form
        changed.version += 1
        state.withLock { [changed] in $0.kept[key] = changed }
        return .stored(version: changed.version, recorded: MemoryReports.received)
    }

    func withdraw(_ report: ReportID, agency: String, actor: String, reason: String) async throws -> CorrectionOutcome {
        try await pass()
        guard let (key, kept) = find(report, agency) else {
            return .refused([Fault(field: "", reason: .unknownReport, message: "no such report")])
        }
        state.withLock { $0.kept[key]?.isWithdrawn = true }
        return .stored(version: kept.version + 1, recorded: MemoryReports.received)
    }

    func status(of report: ReportID, agency: String) async throws -> ReportStatus? {
        try await pass()
        return find(report, agency).map { _, kept in
            ReportStatus(
                receipt: kept.receipt,
                state: kept.isWithdrawn ? .withdrawn : .located,
                outcome: nil,
                corrections: kept.version > 1 ? [(kept.version, MemoryReports.received)] : []
            )
        }
    }

    private func find(_ report: ReportID, _ agency: String) -> (key: String, kept: Kept)? {
        state.withLock { state in
            state.kept.first { $0.value.id == report && $0.value.report.agency == agency }.map { ($0.key, $0.value) }
        }
    }
}

/// Import runs kept in memory.
final class MemoryRuns: ImportRuns {
    private let finished = Mutex<[Int64: String]>([:])

    var counts: [String] { finished.withLock { Array($0.values) } }

    func begin(
        agency: String,
        fileDigest: [UInt8],
        mapping: String,
        isBackFile: Bool,
        actor: String
    ) async throws -> Int64 { 7 }

    func finish(_ run: Int64, counts: String) async throws { finished.withLock { $0[run] = counts } }
}
