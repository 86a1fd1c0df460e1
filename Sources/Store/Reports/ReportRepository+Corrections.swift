import Postgres
package import Safeguarding

/// Corrections and withdrawals: further forms, appended. The first form stays as it was.
extension ReportRepository {
    package func currentForm(of report: ReportID, agency: String) async throws -> ReportForm? {
        try await source.transaction(while: "reading a report", reading: .everything, readOnly: true) { connection in
            let rows = try await connection.query(
                """
                SELECT r.form, coalesce(c.canonical, r.canonical), nullif(n.narrative, ''),
                    CASE WHEN c.form IS NULL THEN r.originator ELSE c.originator END,
                    CASE WHEN c.form IS NULL THEN r.originator_scheme ELSE c.originator_scheme END,
                    r.withdrawn_at IS NOT NULL
                FROM placeguard.report r
                LEFT JOIN LATERAL (
                    SELECT * FROM placeguard.report_correction c
                    WHERE c.report = r.id AND c.kind = 'correction' ORDER BY c.form DESC LIMIT 1) AS c ON true
                LEFT JOIN LATERAL (
                    SELECT n.narrative FROM placeguard.report_narrative n
                    WHERE n.report = r.id ORDER BY n.form DESC LIMIT 1) AS n ON true
                WHERE r.id = $1 AND r.agency = $2
                """,
                [.id(report), .text(agency)]
            )
            return try rows.first.map { row in
                ReportForm(
                    version: Int(try row.int32(0)),
                    canonical: try row.text(1),
                    narrative: try row.optionalBytes(2),
                    originator: try row.optionalOriginator(3),
                    originatorScheme: try row.optionalText(4),
                    isWithdrawn: try row.bool(5)
                )
            }
        }
    }

    package func correct(
        _ report: ReportID,
        basedOn version: Int,
        with form: ValidatedReport
    ) async throws -> CorrectionOutcome {
        try await change(while: "correcting a report") { connection in
            try await correct(report, basedOn: version, with: form, connection)
        }
    }

    /// A changed CSV row with a higher revision: a correction of whatever form is in force.
    func correct(_ report: ReportID, byRevision form: ValidatedReport) async throws -> CommitOutcome {
        let outcome = try await change(while: "correcting a report by revision") { connection in
            try await correct(report, basedOn: nil, with: form, connection)
        }
        switch outcome {
        case .refused(let faults): return .refused(faults)
        case .stored:
            let rows = try await source.lend(while: "reading a receipt") { connection in
                try await connection.query(
                    "SELECT receipt FROM placeguard.report_reference WHERE agency = $1 AND reference = $2",
                    [.text(form.agency), .text(form.reference)]
                )
            }
            guard let row = rows.first else { return .refused([.unknownReport]) }
            return .corrected(receipt: try row.text(0))
        }
    }

    package func withdraw(
        _ report: ReportID,
        agency: String,
        actor: String,
        reason: String
    ) async throws -> CorrectionOutcome {
        try await change(while: "withdrawing a report") { connection in
            guard let stored = try await StoredReport.lock(report, agency: agency, connection) else {
                return .refused([.unknownReport])
            }
            guard !stored.isWithdrawn else { return .refused([.alreadyWithdrawn]) }
            let manner = try await ReportRepository.manner(of: report, connection)
            let change = FormChange(
                report: stored,
                kind: .withdrawal,
                moment: try await ReportRepository.clock(connection),
                actor: actor,
                reason: reason,
                items: .withdrawal(of: stored.items),
                location: stored.location,
                manner: manner,
                rules: rules
            )
            _ = try await connection.pipeline(change.statements)
            return .stored(version: change.number, recorded: change.moment)
        }
    }

    /// A transaction that sees the report in every compartment: it is its own agency's. What the server refuses of the
    /// form's values is a refusal.
    private func change(
        while activity: String,
        _ body: (Connection) async throws -> CorrectionOutcome
    ) async throws -> CorrectionOutcome {
        do {
            return try await source.transaction(while: activity, reading: .everything, body)
        } catch let error as StoreError {
            guard error.code == .invalid, let cause = error.cause else { throw error }
            return .refused([PoisonedBatch(cause).fault])
        }
    }

    private func correct(
        _ report: ReportID,
        basedOn version: Int?,
        with form: ValidatedReport,
        _ connection: Connection
    ) async throws -> CorrectionOutcome {
        guard let stored = try await StoredReport.lock(report, agency: form.agency, connection) else {
            return .refused([.unknownReport])
        }
        guard !stored.isWithdrawn else { return .refused([.alreadyWithdrawn]) }
        if let version, version != stored.form { return .refused([.correctedMeanwhile]) }
        let rules = rules
        let reading = try await BatchReading.read([form], rules: rules, connection)
        if let fault = EvidenceRules.clockFault(of: form, received: reading.received) { return .refused([fault]) }
        let place = try await CorrectedPlace.find(form, stored: stored, reading, rules: rules, connection)

        let isSelfReport = form.selfReport && place.isLinked
        // A value that is the report's own from before is as confirmed as it was then.
        let before = stored.items.first { $0.draft.originator == form.originator }
        let drafts = ItemDraft.items(
            of: form,
            rules: rules,
            received: reading.received,
            isSelfReport: isSelfReport,
            originatorUnconfirmed: before?.draft.originatorUnconfirmed ?? reading.unconfirmed.contains(0)
        )
        let change = FormChange(
            report: stored,
            kind: .correction,
            moment: reading.received,
            actor: form.actor,
            form: form,
            items: .correction(
                of: stored.items,
                to: drafts,
                observedTo: form.observedTo,
                isSameInterval: CorrectedPlace.saysTheSame("observed", form.canonical, stored.canonical),
                isMoved: place.location != stored.location,
                at: reading.received
            ),
            location: place.location,
            manner: place.manner,
            journey: place.journey,
            rules: rules,
            opensPlace: rules.opensPlace(form)
        )
        _ = try await connection.pipeline(change.statements)
        return .stored(version: change.number, recorded: change.moment)
    }

    static func clock(_ connection: Connection) async throws -> Moment {
        try await connection.query("SELECT date_trunc('second', clock_timestamp())")[0].moment(0)
    }

    static func manner(of report: ReportID, _ connection: Connection) async throws -> String? {
        try await connection.query("SELECT location_manner FROM placeguard.report WHERE id = $1", [.id(report)])
            .first?.optionalText(0)
    }
}

extension Fault {
    /// Not there, or another agency's: the two must not be told apart.
    static let unknownReport = Fault(field: "", reason: .unknownReport, message: "is no report of this agency")
    static let alreadyWithdrawn = Fault(field: "", reason: .alreadyWithdrawn, message: "has been withdrawn")
    static let correctedMeanwhile = Fault(
        field: "",
        reason: .revisionNotHigher,
        message: "has been corrected meanwhile",
        accepted: "a correction of the form now in force"
    )
}
