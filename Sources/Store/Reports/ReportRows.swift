import Postgres
import Safeguarding

/// The rows of `report`, `report_reference` and `report_narrative` for a batch, column by column.
struct ReportRows {
    private var ids: [PostgresUUID] = []
    private var agencies: [String] = []
    private var kinds: [String] = []
    private var references: [String] = []
    private var actors: [String] = []
    private var received: [PostgresTimestamp] = []
    private var observedFrom: [PostgresTimestamp] = []
    private var observedTo: [PostgresTimestamp] = []
    private var canonicals: [String] = []
    private var roles: [String] = []
    private var attributions: [String] = []
    private var knowledge: [String] = []
    private var sources: [Int16] = []
    private var information: [String] = []
    private var handlings: [String] = []
    private var conditions: [String?] = []
    private var compartments: [String] = []
    private var privateCompartments: [String] = []
    private var lawfulBases: [String] = []
    private var earlyHelp: [String] = []
    private var originators: [[UInt8]?] = []
    private var schemes: [String?] = []
    private var happeningNow: [Bool] = []
    private var adultWorksWithChildren: [Bool] = []
    private var claimedSelfReports: [Bool] = []
    private var selfReports: [Bool] = []
    private var importRuns: [Int64?] = []
    private var backFiles: [Bool] = []
    private var locations: [PostgresUUID?] = []
    private var manners: [String?] = []
    private var contentHashes: [[UInt8]] = []
    private var revisions: [Int32?] = []
    private var receipts: [String] = []
    private var narrativeIDs: [PostgresUUID] = []
    private var narrativeCompartments: [String] = []
    private var narratives: [[UInt8]] = []

    mutating func append(_ accepted: AcceptedReport, rules: EvidenceRules) {
        let report = accepted.report
        let privateCompartment = rules.privateCompartment(of: report).rawValue
        ids.append(PostgresUUID(accepted.id))
        agencies.append(report.agency)
        kinds.append(accepted.kind.rawValue)
        references.append(report.reference)
        actors.append(report.actor)
        received.append(PostgresTimestamp(accepted.received))
        observedFrom.append(PostgresTimestamp(report.observedFrom))
        observedTo.append(PostgresTimestamp(report.observedTo))
        canonicals.append(report.canonical)
        roles.append(report.role.rawValue)
        attributions.append(report.attribution.rawValue)
        knowledge.append(report.knowledge.rawValue)
        sources.append(Int16(report.grade.source.rawValue))
        information.append(report.grade.information.rawValue)
        handlings.append(report.handling.rawValue)
        conditions.append(report.handlingConditions)
        compartments.append(rules.compartment(of: report).rawValue)
        privateCompartments.append(privateCompartment)
        lawfulBases.append(report.lawfulBasis.rawValue)
        earlyHelp.append(report.earlyHelp.rawValue)
        originators.append(report.originator?.bytes)
        schemes.append(report.originatorScheme)
        happeningNow.append(report.happeningNow)
        adultWorksWithChildren.append(report.adultWorksWithChildren)
        claimedSelfReports.append(report.selfReport)
        selfReports.append(accepted.isSelfReport)
        importRuns.append(report.importRun)
        backFiles.append(report.isBackFile)
        locations.append(accepted.place.map { PostgresUUID($0.location.id) })
        manners.append(accepted.place?.location.manner.rawValue)
        contentHashes.append(report.contentHash)
        revisions.append(report.revision.map { Int32(clamping: $0) })
        receipts.append(accepted.receipt)
        if let narrative = report.narrative {
            narrativeIDs.append(PostgresUUID(accepted.id))
            narrativeCompartments.append(privateCompartment)
            narratives.append(narrative)
        }
    }

    /// In the order in which they have to be sent: the others refer to the report.
    var statements: [Statement] {
        var statements = [reportStatement, referenceStatement]
        if !narratives.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO placeguard.report_narrative (report, form, compartment, narrative)
                    SELECT n.report, 1, n.compartment, n.narrative
                    FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS n (report, compartment, narrative)
                    """,
                    [.uuids(narrativeIDs), .texts(narrativeCompartments), .bytesArray(narratives)]
                )
            )
        }
        return statements
    }

    private var reportStatement: Statement {
        Statement(
            """
            INSERT INTO placeguard.report (id, agency, agency_kind, reference, actor, received, observed_from,
                observed_to, canonical, role, attribution, knowledge, source, information, handling,
                handling_conditions, compartment, private_compartment, lawful_basis, early_help, originator,
                originator_scheme, happening_now, adult_works_with_children, self_report_claimed, self_report,
                import_run, is_back_file, location, location_manner)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[],
                $13::smallint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
                $20::text[], $21::bytea[], $22::text[], $23::boolean[], $24::boolean[], $25::boolean[],
                $26::boolean[], $27::bigint[], $28::boolean[], $29::uuid[], $30::text[])
            """,
            [
                .uuids(ids), .texts(agencies), .texts(kinds), .texts(references), .texts(actors),
                .timestamps(received), .timestamps(observedFrom), .timestamps(observedTo), .texts(canonicals),
                .texts(roles), .texts(attributions), .texts(knowledge), .int16s(sources), .texts(information),
                .texts(handlings), .texts(conditions), .texts(compartments), .texts(privateCompartments),
                .texts(lawfulBases), .texts(earlyHelp), .bytesArray(originators), .texts(schemes),
                .bools(happeningNow), .bools(adultWorksWithChildren), .bools(claimedSelfReports),
                .bools(selfReports), .int64s(importRuns), .bools(backFiles), .uuids(locations), .texts(manners),
            ]
        )
    }

    private var referenceStatement: Statement {
        Statement(
            """
            INSERT INTO placeguard.report_reference (agency, reference, content_hash, revision, report, receipt)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::integer[], $5::uuid[], $6::text[])
            """,
            [
                .texts(agencies), .texts(references), .bytesArray(contentHashes), .int32s(revisions), .uuids(ids),
                .texts(receipts),
            ]
        )
    }
}
