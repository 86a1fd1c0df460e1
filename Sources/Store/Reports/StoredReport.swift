import Postgres
import Safeguarding

/// A report as it stands, locked for a change.
struct StoredReport {
    var id: ReportID
    var agency: String
    var kind: AgencyKind
    var reference: String
    /// Number of the form in force.
    var form: Int
    var isWithdrawn: Bool
    var location: LocationID?
    var isBackFile: Bool
    var claimsSelfReport: Bool
    var compartment: Compartment
    var privateCompartment: Compartment
    /// The canonical fields in force.
    var canonical: String
    var items: [StoredItem]

    /// Locks the report and its items; nil where there is none, or it is another agency's.
    ///
    /// The items' lock waits for an assessor that is setting their considered marks, so that a version that replaces one
    /// inherits the mark and is not taken for new.
    ///
    /// - Parameter agency: Only a report of this agency; nil for stewards.
    static func lock(_ id: ReportID, agency: String?, _ connection: Connection) async throws -> StoredReport? {
        let rows = try await connection.pipeline([
            Statement(
                """
                SELECT r.agency, r.agency_kind, r.reference, r.form, r.withdrawn_at IS NOT NULL, r.location,
                    r.is_back_file, r.self_report_claimed,
                    coalesce(c.compartment, r.compartment), coalesce(c.private_compartment, r.private_compartment),
                    coalesce(c.canonical, r.canonical)
                FROM placeguard.report r
                LEFT JOIN LATERAL (
                    SELECT c.compartment, c.private_compartment, c.canonical FROM placeguard.report_correction c
                    WHERE c.report = r.id AND c.kind = 'correction' ORDER BY c.form DESC LIMIT 1) AS c ON true
                WHERE r.id = $1 AND ($2::text IS NULL OR r.agency = $2)
                FOR NO KEY UPDATE OF r
                """,
                [.id(id), .text(agency)]
            ),
            Statement(
                """
                SELECT i.version, i.sign, i.source, i.information, i.attribution, i.observed, i.received, i.originator,
                    i.originator_unconfirmed, i.self_report, i.happening_now, i.compartment, i.handling,
                    i.considered_open, i.considered_full, i.held_open, i.held_full
                FROM placeguard.item i
                WHERE i.report = $1 AND i.superseded_at IS NULL ORDER BY i.version FOR NO KEY UPDATE
                """,
                [.id(id)]
            ),
        ])
        guard let row = rows[0].first else { return nil }
        return StoredReport(
            id: id,
            agency: try row.text(0),
            kind: try row.name(1),
            reference: try row.text(2),
            form: Int(try row.int32(3)),
            isWithdrawn: try row.bool(4),
            location: try row.optionalID(5),
            isBackFile: try row.bool(6),
            claimsSelfReport: try row.bool(7),
            compartment: try row.name(8),
            privateCompartment: try row.name(9),
            canonical: try row.text(10),
            items: try rows[1].map { try StoredItem($0) }
        )
    }
}

/// A version of an item that is in force.
struct StoredItem: Hashable {
    var version: Int64
    var draft: ItemDraft
    var marks: ItemMarks

    fileprivate init(_ row: Row) throws {
        version = try row.int64(0)
        draft = ItemDraft(
            sign: try row.text(1),
            grade: try row.grade(source: 2, information: 3),
            attribution: try row.name(4),
            observed: try row.moment(5),
            received: try row.moment(6),
            originator: try row.optionalOriginator(7),
            originatorUnconfirmed: try row.bool(8),
            selfReport: try row.bool(9),
            happeningNow: try row.bool(10),
            compartment: try row.name(11),
            handling: try row.name(12)
        )
        marks = ItemMarks(
            consideredOpen: try row.optionalMoment(13),
            consideredFull: try row.optionalMoment(14),
            heldOpen: try row.bool(15),
            heldFull: try row.bool(16)
        )
    }

    init(version: Int64, draft: ItemDraft, marks: ItemMarks = .new) {
        self.version = version
        self.draft = draft
        self.marks = marks
    }
}
