import Safeguarding

/// A report store that wakes this process's assessor after each commit, so that an alert does not wait for its poll.
struct RingingReportStore: ReportStore {
    let store: any ReportStore
    let due: Doorbell

    func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        defer { due.ring() }
        return try await store.commit(reports, prompts: prompts)
    }

    func currentForm(of report: ReportID, agency: String) async throws -> ReportForm? {
        try await store.currentForm(of: report, agency: agency)
    }

    func correct(
        _ report: ReportID,
        basedOn version: Int,
        with form: ValidatedReport
    ) async throws -> CorrectionOutcome {
        defer { due.ring() }
        return try await store.correct(report, basedOn: version, with: form)
    }

    func withdraw(_ report: ReportID, agency: String, actor: String, reason: String) async throws -> CorrectionOutcome {
        defer { due.ring() }
        return try await store.withdraw(report, agency: agency, actor: actor, reason: reason)
    }

    func status(of report: ReportID, agency: String) async throws -> ReportStatus? {
        try await store.status(of: report, agency: agency)
    }
}
