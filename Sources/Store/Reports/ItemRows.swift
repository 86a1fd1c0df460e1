import Postgres
import Safeguarding

/// Rows of `item` to insert, column by column.
struct ItemRows {
    private var reports: [PostgresUUID] = []
    private var forms: [Int32] = []
    private var locations: [PostgresUUID?] = []
    private var signs: [String] = []
    private var sources: [Int16] = []
    private var information: [String] = []
    private var attributions: [String] = []
    private var observed: [PostgresTimestamp] = []
    private var received: [PostgresTimestamp] = []
    private var agencies: [String] = []
    private var kinds: [String] = []
    private var originators: [[UInt8]?] = []
    private var unconfirmed: [Bool] = []
    private var selfReports: [Bool] = []
    private var happeningNow: [Bool] = []
    private var compartments: [String] = []
    private var handlings: [String] = []
    private var backFiles: [Bool] = []
    private var consideredOpen: [PostgresTimestamp?] = []
    private var consideredFull: [PostgresTimestamp?] = []
    private var heldOpen: [Bool] = []
    private var heldFull: [Bool] = []

    var isEmpty: Bool { signs.isEmpty }

    /// What all items of one form of a report have in common.
    struct Origin {
        var report: ReportID
        var form: Int
        var location: LocationID?
        var agency: String
        var kind: AgencyKind
        var isBackFile: Bool
    }

    /// Adds a version; the marks are given where it replaces one in which nothing that is decided on has changed.
    mutating func append(_ item: ItemDraft, of origin: Origin, marks: ItemMarks = .new) {
        reports.append(PostgresUUID(origin.report))
        forms.append(Int32(clamping: origin.form))
        locations.append(origin.location.map { PostgresUUID($0) })
        signs.append(item.sign)
        sources.append(Int16(item.grade.source.rawValue))
        information.append(item.grade.information.rawValue)
        attributions.append(item.attribution.rawValue)
        observed.append(PostgresTimestamp(item.observed))
        received.append(PostgresTimestamp(item.received))
        agencies.append(origin.agency)
        kinds.append(origin.kind.rawValue)
        originators.append(item.originator?.bytes)
        unconfirmed.append(item.originatorUnconfirmed)
        selfReports.append(item.selfReport)
        happeningNow.append(item.happeningNow)
        compartments.append(item.compartment.rawValue)
        handlings.append(item.handling.rawValue)
        backFiles.append(origin.isBackFile)
        consideredOpen.append(marks.consideredOpen.map { PostgresTimestamp($0) })
        consideredFull.append(marks.consideredFull.map { PostgresTimestamp($0) })
        heldOpen.append(marks.heldOpen)
        heldFull.append(marks.heldFull)
    }

    /// - Parameter recorded: When these versions come to be.
    func statement(recorded: Moment) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.item (recorded, report, form, location, sign, source, information, attribution,
                observed, received, agency, agency_kind, originator, originator_unconfirmed, self_report,
                happening_now, compartment, handling, is_back_file, considered_open, considered_full, held_open,
                held_full)
            SELECT $1, i.* FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::smallint[],
                $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
                $13::bytea[], $14::boolean[], $15::boolean[], $16::boolean[], $17::text[], $18::text[],
                $19::boolean[], $20::timestamptz[], $21::timestamptz[], $22::boolean[], $23::boolean[]) AS i
            """,
            [
                .moment(recorded), .uuids(reports), .int32s(forms), .uuids(locations), .texts(signs),
                .int16s(sources), .texts(information), .texts(attributions), .timestamps(observed),
                .timestamps(received), .texts(agencies), .texts(kinds), .bytesArray(originators),
                .bools(unconfirmed), .bools(selfReports), .bools(happeningNow), .texts(compartments),
                .texts(handlings), .bools(backFiles), .timestamps(consideredOpen), .timestamps(consideredFull),
                .bools(heldOpen), .bools(heldFull),
            ]
        )
    }
}
