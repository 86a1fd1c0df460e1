import Postgres
import Safeguarding

/// A batch after its reading: what is answered from what is stored, what is refused, and what will be written.
///
/// Pure: takes readings and rows, gives statements and outcomes.
struct DecidedBatch {
    private let reports: [ValidatedReport]
    private let rules: EvidenceRules
    private let received: Moment
    private var answers: [Answer]

    private enum Answer {
        case accepted(AcceptedReport)
        case answered(CommitOutcome)
        /// A changed row with a higher revision.
        case correction(ReportID)
    }

    /// Decides.
    ///
    /// - Parameter known: Ids that earlier attempts gave to these reports: what is stored under one of them is their own
    ///   work, of a commit whose answer was lost.
    init(_ reports: [ValidatedReport], _ reading: BatchReading, known: [Set<ReportID>], rules: EvidenceRules) {
        self.reports = reports
        self.rules = rules
        received = reading.received
        answers = reports.indices.map { position in
            let report = reports[position]
            if let stored = reading.stored[position] {
                return DecidedBatch.answer(
                    report,
                    alreadyStored: stored,
                    isOwn: known[position].contains(stored.report)
                )
            }
            if let fault = EvidenceRules.clockFault(of: report, received: reading.received) {
                return .answered(.refused([fault]))
            }
            guard let accepted = AcceptedReport(report, at: position, reading) else {
                let fault = Fault(field: "", reason: .forbidden, message: "is from an agency that is not registered")
                return .answered(.refused([fault]))
            }
            return .accepted(accepted)
        }
    }

    private static func answer(
        _ report: ValidatedReport,
        alreadyStored stored: StoredReference,
        isOwn: Bool
    ) -> Answer {
        // A row that goes back to what it said before, under a higher revision, is a correction like any other.
        let isHigher = report.revision.map { $0 > stored.revision ?? 0 } ?? false
        if stored.isSameContent, stored.isLatest || !isHigher {
            return .answered(isOwn ? .created(receipt: stored.receipt) : .same(receipt: stored.receipt))
        }
        guard let revision = report.revision else {
            let fault = Fault(
                field: "reference",
                reason: .referenceReused,
                message: "was used for another report",
                accepted: "a reference of its own, or a correction of the report"
            )
            return .answered(.refused([fault]))
        }
        guard revision > stored.revision ?? 0 else {
            let fault = Fault(
                field: "revision",
                reason: .revisionNotHigher,
                message: "is not higher than the one stored",
                accepted: "a higher revision for a changed row"
            )
            return .answered(.refused([fault]))
        }
        return .correction(stored.report)
    }

    /// References of accepted reports that nothing was found for and a point location is made for.
    var unplaced: ReferenceColumns {
        var references = ReferenceColumns()
        for case (let position, .accepted(let accepted)) in answers.enumerated() {
            for (slot, reference) in accepted.report.locationReferences
            where reference.isPosition && accepted.isUnplaced(slot) {
                references.append(
                    reference,
                    ordinal: position * ReferenceColumns.perReport + slot,
                    isOpen: rules.opensPlace(accepted.report),
                    agency: "",
                    person: nil
                )
            }
        }
        return references
    }

    /// Takes the rows of ``ReferenceColumns/settling``.
    mutating func settle(_ rows: Rows) throws {
        for row in rows {
            let (position, slot) = Int(try row.int32(0)).quotientAndRemainder(dividingBy: ReferenceColumns.perReport)
            guard answers.indices.contains(position), case .accepted(var accepted) = answers[position] else { continue }
            accepted.place(try PlacedReference(row), in: slot)
            answers[position] = .accepted(accepted)
        }
    }

    /// Makes the receipts, now that every place is known, and the statements that store all of it; none where nothing
    /// was accepted.
    mutating func statements(prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]) -> [Statement] {
        var reportRows = ReportRows()
        var items = ItemRows()
        var consequences = ConsequenceRows()
        for case (let position, .accepted(var accepted)) in answers.enumerated() {
            accepted.issueReceipt(prompts: prompts)
            answers[position] = .accepted(accepted)
            reportRows.append(accepted, rules: rules)
            let origin = ItemRows.Origin(
                report: accepted.id,
                form: 1,
                location: accepted.place?.location.id,
                agency: accepted.report.agency,
                kind: accepted.kind,
                isBackFile: accepted.report.isBackFile
            )
            for item in ItemDraft.items(
                of: accepted.report,
                rules: rules,
                received: received,
                isSelfReport: accepted.isSelfReport,
                originatorUnconfirmed: accepted.originatorUnconfirmed
            ) {
                items.append(item, of: origin)
            }
            consequences.add(accepted, rules: rules)
        }
        guard !items.isEmpty else { return [] }
        return reportRows.statements + [items.statement(recorded: received)]
            + consequences.statements(received: received)
    }

    /// What to answer once the statements have been committed, by position; nil for corrections.
    var outcomes: [CommitOutcome?] {
        answers.map { answer in
            switch answer {
            case .accepted(let accepted): .created(receipt: accepted.receipt)
            case .answered(let outcome): outcome
            case .correction: nil
            }
        }
    }

    /// Positions of the rows to be stored as corrections, with the report each corrects.
    var corrections: [(position: Int, report: ReportID)] {
        answers.enumerated().compactMap { position, answer in
            if case .correction(let report) = answer { (position, report) } else { nil }
        }
    }

    /// The ids given, by position.
    var ids: [ReportID?] {
        answers.map { if case .accepted(let accepted) = $0 { accepted.id } else { nil } }
    }
}

extension AcceptedReport {
    /// Whether a slot (place, beginning and end of the journey) has no location.
    fileprivate func isUnplaced(_ slot: Int) -> Bool {
        switch slot {
        case 0: place == nil
        case 1: journeyFrom == nil
        default: journeyTo == nil
        }
    }

    fileprivate mutating func place(_ placed: PlacedReference, in slot: Int) {
        switch slot {
        case 0: place = placed
        case 1: journeyFrom = placed.location.id
        default: journeyTo = placed.location.id
        }
    }
}
