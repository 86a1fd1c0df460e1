import Postgres
import Safeguarding

/// One further form of a report with all that follows from it, as the statements of one transaction.
struct FormChange {
    /// What kind of form it is (`report_correction.kind`).
    enum Kind: String {
        case correction, withdrawal, located
    }

    var report: StoredReport
    var kind: Kind
    var moment: Moment
    var actor: String
    var reason: String?
    /// The corrected form; nil for the other kinds.
    var form: ValidatedReport?
    var items: ItemChanges
    /// Where the report is from now on.
    var location: LocationID?
    var manner: String?
    var journey: (from: LocationID?, to: LocationID?)?
    var rules: EvidenceRules
    /// The place has to become visible in the open view.
    var opensPlace = false

    var number: Int { report.form + 1 }
    private var isMoved: Bool { location != report.location }

    var statements: [Statement] {
        var statements = [correctionStatement, reportStatement]
        if kind == .correction {
            statements += [closingNarrativesStatement, narrativeStatement(form?.narrative ?? [])]
        }
        if let journey { statements.append(journeyStatement(journey)) }
        if !items.superseded.isEmpty { statements.append(supersedingStatement) }
        if !items.added.isEmpty { statements.append(addingStatement) }
        statements.append(dueStatement)
        if opensPlace, let location {
            statements.append(
                Statement(
                    "SELECT placeguard.open_locations($1, $2)",
                    [.ids([location]), .texts([form?.location.name])]
                )
            )
        }
        if let old = report.location {
            statements.append(Statement("SELECT placeguard.hide_unopened_locations($1)", [.ids([old])]))
        }
        if let form { statements += referenceStatements(form) }
        statements.append(
            AuditStatement.one(
                AuditDraft(
                    actor: actor,
                    action: "report.\(kind.rawValue)",
                    subject: report.id.text,
                    detail: "form=\(number)"
                )
            )
        )
        return statements
    }

    private var correctionStatement: Statement {
        Statement(
            """
            INSERT INTO placeguard.report_correction (report, form, kind, recorded, actor, canonical, content_hash,
                revision, reason, location, originator, originator_scheme, compartment, private_compartment)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                .id(report.id), .int32(Int32(clamping: number)), .name(kind), .moment(moment), .text(actor),
                .text(form?.canonical), .bytes(form?.contentHash),
                .int32(form?.revision.map { Int32(clamping: $0) }), .text(reason), .id(location),
                .bytes(form?.originator?.bytes), .text(form?.originatorScheme),
                .name(compartment), .name(privateCompartment),
            ]
        )
    }

    private var reportStatement: Statement {
        Statement(
            """
            UPDATE placeguard.report
            SET form = $2, location = $3, location_manner = $4, withdrawn_at = CASE WHEN $5 THEN $6 END,
                compartment = $7, private_compartment = $8, self_report_claimed = $9
            WHERE id = $1
            """,
            [
                .id(report.id), .int32(Int32(clamping: number)), .id(location), .text(manner),
                .bool(kind == .withdrawal), .moment(moment), .name(compartment), .name(privateCompartment),
                .bool(form?.selfReport ?? report.claimsSelfReport),
            ]
        )
    }

    private var compartment: Compartment { form.map { rules.compartment(of: $0) } ?? report.compartment }
    private var privateCompartment: Compartment {
        form.map { rules.privateCompartment(of: $0) } ?? report.privateCompartment
    }

    /// Earlier words are never readable more widely than the report they belong to.
    private var closingNarrativesStatement: Statement {
        Statement(
            """
            UPDATE placeguard.report_narrative SET compartment = $2
            WHERE report = $1 AND compartment = 'open-partner' AND $2 <> 'open-partner'
            """,
            [.id(report.id), .name(privateCompartment)]
        )
    }

    /// The words as they are from now on; none at all where a correction took them back.
    private func narrativeStatement(_ narrative: [UInt8]) -> Statement {
        // The words are kept once for each time they changed.
        Statement(
            """
            INSERT INTO placeguard.report_narrative (report, form, compartment, narrative)
            SELECT $1, $2, $3, $4
            WHERE coalesce((
                SELECT n.narrative FROM placeguard.report_narrative n WHERE n.report = $1 ORDER BY n.form DESC LIMIT 1),
                '') <> $4
            """,
            [
                .id(report.id), .int32(Int32(clamping: number)), .name(privateCompartment), .bytes(narrative),
            ]
        )
    }

    private func journeyStatement(_ journey: (from: LocationID?, to: LocationID?)) -> Statement {
        Statement(
            "INSERT INTO placeguard.journey (report, form, from_location, to_location) VALUES ($1, $2, $3, $4)",
            [.id(report.id), .int32(Int32(clamping: number)), .id(journey.from), .id(journey.to)]
        )
    }

    private var supersedingStatement: Statement {
        Statement(
            "UPDATE placeguard.item SET superseded_at = $2 WHERE version = ANY ($1)",
            [.int64s(items.superseded), .moment(moment)]
        )
    }

    private var addingStatement: Statement {
        var rows = ItemRows()
        let origin = ItemRows.Origin(
            report: report.id,
            form: number,
            location: location,
            agency: report.agency,
            kind: report.kind,
            isBackFile: report.isBackFile
        )
        for item in items.added { rows.append(item.draft, of: origin, marks: item.marks) }
        return rows.statement(recorded: moment)
    }

    /// The places before and after, and the report itself where it was or is unlocated: an alert of its own may close.
    private var dueStatement: Statement {
        var subjects: [(kind: String, id: UniqueID)] = Set([report.location, location].compactMap { $0 }).sorted()
            .map { ("location", $0.value) }
        if report.location == nil || location == nil { subjects.append(("unlocated", report.id.value)) }
        let priority: DuePriority
        switch kind {
        case .correction: priority = form.map { rules.priority(of: $0) } ?? .live
        case .withdrawal: priority = report.isBackFile ? .background : .live
        case .located: priority = report.isBackFile ? .background : urgency
        }
        var rows = subjects.map { (kind: $0.kind, id: $0.id, priority: priority, reason: kind.rawValue) }
        // What a back-file brings is written as a baseline; the summary of its run is past, so the place asks by itself
        // whether it was left red or unrated.
        if report.isBackFile, kind != .withdrawal, let location {
            rows.append(("location", location.value, .background, DueRow.runEnded))
        }
        return Statement(
            """
            INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
            SELECT d.kind, d.subject, $1, d.priority, d.reason
            FROM unnest($2::text[], $3::uuid[], $4::smallint[], $5::text[]) AS d (kind, subject, priority, reason)
            """,
            [
                .moment(moment), .texts(rows.map(\.kind)), .uuids(rows.map { PostgresUUID($0.id) }),
                .int16s(rows.map { Int16($0.priority.rawValue) }), .texts(rows.map(\.reason)),
            ]
        )
    }

    /// Of the items as they are, where no form says it.
    private var urgency: DuePriority {
        let isUrgent = items.added.contains { item in
            item.draft.happeningNow
                || ((rules.signs[item.draft.sign]?.severity ?? 0) >= 5 && item.draft.grade.information <= .c)
        }
        return isUrgent ? .now : .live
    }

    private func referenceStatements(_ form: ValidatedReport) -> [Statement] {
        var statements = [
            Statement(
                """
                UPDATE placeguard.report_reference
                SET revision = greatest(revision, $3), later_hashes = array_append(later_hashes, $4)
                WHERE agency = $1 AND reference = $2
                """,
                [
                    .text(report.agency), .text(report.reference),
                    .int32(form.revision.map { Int32(clamping: $0) }), .bytes(form.contentHash),
                ]
            )
        ]
        if form.originatorScheme != nil, let originator = form.originator {
            statements.append(
                Statement(
                    """
                    INSERT INTO placeguard.originator_sighting (originator, agency_kind, first_seen)
                    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
                    """,
                    [.bytes(originator.bytes), .name(report.kind), .moment(moment)]
                )
            )
        }
        return statements
    }
}
