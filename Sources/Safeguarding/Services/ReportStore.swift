/// Where reports are kept. Everything it answers is on disk (design.md rule 1).
package protocol ReportStore: Sendable {
    /// Stores a batch in one transaction and answers for each report, in order.
    ///
    /// Locations are resolved inside the transaction; `prompts` is asked, without I/O, for what the stored receipt shall
    /// say once the location is known. A row that cannot be stored is refused by itself and never fails its neighbours.
    func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome]

    /// The latest canonical form of a report of this agency, for a correction to be merged into; nil where there is none.
    func currentForm(of report: ReportID, agency: String) async throws -> ReportForm?

    /// Appends a corrected form. The first version stays.
    func correct(_ report: ReportID, basedOn version: Int, with form: ValidatedReport) async throws -> CorrectionOutcome

    /// Appends a withdrawal.
    func withdraw(_ report: ReportID, agency: String, actor: String, reason: String) async throws -> CorrectionOutcome

    /// What the reporting agency may know of its report (design.md "Trust"): never a band.
    func status(of report: ReportID, agency: String) async throws -> ReportStatus?
}

/// The latest form of a report.
package struct ReportForm: Sendable, Hashable {
    package var version: Int
    package var canonical: String
    package var narrative: [UInt8]?
    package var originator: OriginatorHash?
    package var originatorScheme: String?
    package var isWithdrawn: Bool

    package init(
        version: Int,
        canonical: String,
        narrative: [UInt8]?,
        originator: OriginatorHash?,
        originatorScheme: String?,
        isWithdrawn: Bool
    ) {
        self.version = version
        self.canonical = canonical
        self.narrative = narrative
        self.originator = originator
        self.originatorScheme = originatorScheme
        self.isWithdrawn = isWithdrawn
    }
}

/// What became of a correction.
package enum CorrectionOutcome: Sendable, Hashable {
    case stored(version: Int, recorded: Moment)
    case refused([Fault])
}

/// What a reporting agency is told of its report.
package struct ReportStatus: Sendable, Hashable {
    /// How far a report has come.
    package enum State: String, Sendable, CaseIterable {
        case unlocated, located, assessed, corrected, withdrawn
    }

    package var receipt: String
    package var state: State
    /// Outcome code of the latest review of its place since, without saying more.
    package var outcome: String?
    /// Version number and time of each correction.
    package var corrections: [(version: Int, recorded: Moment)]

    package init(receipt: String, state: State, outcome: String?, corrections: [(version: Int, recorded: Moment)]) {
        self.receipt = receipt
        self.state = state
        self.outcome = outcome
        self.corrections = corrections
    }

    package static func == (a: ReportStatus, b: ReportStatus) -> Bool {
        a.receipt == b.receipt && a.state == b.state && a.outcome == b.outcome
            && a.corrections.elementsEqual(b.corrections) { $0.version == $1.version && $0.recorded == $1.recorded }
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(receipt) }
}
