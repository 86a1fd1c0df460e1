import Postgres
import Safeguarding

/// A report already stored under a reference.
struct StoredReference: Hashable {
    var report: ReportID
    /// The content is that of the report, or of a correction of it.
    var isSameContent: Bool
    /// The content is that of the form in force.
    var isLatest: Bool
    var receipt: String
    var revision: Int?
}

/// All that a batch has to know of the database before it is written, read in one round trip.
struct BatchReading {
    /// Server time in whole seconds: the batch's `received`.
    var received: Moment
    /// A fresh id for each report.
    var ids: [ReportID]
    /// By position in the batch.
    var stored: [Int: StoredReference] = [:]
    var kinds: [String: AgencyKind] = [:]
    /// By position times ``ReferenceColumns/perReport``, plus 1 and 2 for the ends of a journey.
    var placed: [Int: PlacedReference] = [:]
    /// Positions whose shared originator value other kinds of agency have used and the claiming kind never has.
    var unconfirmed: Set<Int> = []

    /// Reads for the reports, in their order.
    static func read(
        _ reports: [ValidatedReport],
        rules: EvidenceRules,
        _ connection: Connection
    ) async throws -> BatchReading {
        var references = ReferenceColumns()
        var originators: [(position: Int, hash: OriginatorHash, agency: String)] = []
        for (position, report) in reports.enumerated() {
            let isOpen = rules.opensPlace(report)
            for (slot, reference) in report.locationReferences {
                references.append(
                    reference,
                    ordinal: position * ReferenceColumns.perReport + slot,
                    isOpen: isOpen,
                    agency: report.agency,
                    person: report.personCode
                )
            }
            if report.originatorScheme != nil, let hash = report.originator {
                originators.append((position, hash, report.agency))
            }
        }
        var statements = [
            Statement(
                """
                SELECT date_trunc('second', clock_timestamp()),
                    ARRAY(SELECT placeguard.uuid_v7() FROM generate_series(1, $1))
                """,
                [.int32(Int32(reports.count))]
            ),
            Statement(
                """
                SELECT k.position, r.report, k.hash = r.content_hash OR coalesce(k.hash = ANY (r.later_hashes), false),
                    r.receipt, r.revision,
                    k.hash = coalesce(r.later_hashes[cardinality(r.later_hashes)], r.content_hash)
                FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY
                    AS k (agency, reference, hash, position)
                JOIN placeguard.report_reference r ON r.agency = k.agency AND r.reference = k.reference
                """,
                [
                    .texts(reports.map(\.agency)), .texts(reports.map(\.reference)),
                    .bytesArray(reports.map(\.contentHash)),
                ]
            ),
            Statement(
                "SELECT code, kind FROM placeguard.agency WHERE code = ANY ($1)",
                [.texts(Array(Set(reports.map(\.agency))))]
            ),
        ]
        let resolves = !references.isEmpty
        if resolves { statements.append(references.resolving) }
        if !originators.isEmpty { statements.append(unconfirmedOriginators(originators)) }
        let results = try await connection.pipeline(statements)

        var reading = BatchReading(
            received: try results[0][0].moment(0),
            ids: try results[0][0].uuids(1).map { ReportID(UniqueID($0)) }
        )
        for row in results[1] {
            reading.stored[Int(try row.int64(0)) - 1] = StoredReference(
                report: try row.id(1),
                isSameContent: try row.bool(2),
                isLatest: try row.bool(5),
                receipt: try row.text(3),
                revision: try row.optionalInt32(4).map(Int.init)
            )
        }
        for row in results[2] { reading.kinds[try row.text(0)] = try row.name(1) }
        if resolves {
            for row in results[3] {
                let (ordinal, place) = try references.placed(row)
                reading.placed[ordinal] = place
            }
        }
        if !originators.isEmpty, let rows = results.last {
            reading.unconfirmed = Set(try rows.map { Int(try $0.int32(0)) })
        }
        return reading
    }

    /// Positions whose value has been seen, but never from the claiming agency's kind (design.md "Originators").
    private static func unconfirmedOriginators(
        _ originators: [(position: Int, hash: OriginatorHash, agency: String)]
    ) -> Statement {
        Statement(
            """
            SELECT o.position
            FROM unnest($1::integer[], $2::bytea[], $3::text[]) AS o (position, originator, agency)
            JOIN placeguard.agency a ON a.code = o.agency
            WHERE EXISTS (SELECT FROM placeguard.originator_sighting s WHERE s.originator = o.originator)
                AND NOT EXISTS (SELECT FROM placeguard.originator_sighting s
                    WHERE s.originator = o.originator AND s.agency_kind = a.kind)
            """,
            [
                .int32s(originators.map { Int32($0.position) }), .bytesArray(originators.map(\.hash.bytes)),
                .texts(originators.map(\.agency)),
            ]
        )
    }
}

extension ValidatedReport {
    /// The references with their slot: the place 0, the ends of a journey 1 and 2.
    var locationReferences: [(slot: Int, reference: LocationReference)] {
        var references = [(0, location)]
        if let journeyFrom { references.append((1, journeyFrom)) }
        if let journeyTo { references.append((2, journeyTo)) }
        return references
    }

    /// Code of the person who sent it, nil for a system (`Principal.actor`).
    var personCode: String? {
        let prefix = "person:"
        return actor.hasPrefix(prefix) ? String(actor.dropFirst(prefix.count)) : nil
    }
}
