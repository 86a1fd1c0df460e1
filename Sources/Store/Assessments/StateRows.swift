import Postgres
import Safeguarding

/// The changed rows of `location_state`, as the columns of one UPDATE.
struct StateRows {
    /// What became of the assessment that the row stands for.
    enum Assessed: Hashable {
        /// No output changed.
        case same
        /// Nothing is left to assess.
        case nothing
        case stored(id: UniqueID, assessment: Assessment, effectiveBand: Band, digest: [UInt8])
    }

    private struct Entry {
        var location: LocationID
        var view: View
        var published: PublishedState
        var assessed: Assessed
        /// Rows of view `open` only.
        var difference: ViewDifference?

        var stored: (id: UniqueID, assessment: Assessment, band: Band, digest: [UInt8])? {
            guard case .stored(let id, let assessment, let band, let digest) = assessed else { return nil }
            return (id, assessment, band, digest)
        }
    }

    private var entries: [Entry] = []

    mutating func add(
        _ location: LocationID,
        _ view: View,
        _ published: PublishedState,
        assessed: Assessed,
        difference: ViewDifference?
    ) {
        entries.append(
            Entry(
                location: location,
                view: view,
                published: published,
                assessed: assessed,
                difference: difference
            )
        )
    }

    /// Nil where nothing changed.
    func update() -> Statement? {
        guard !entries.isEmpty else { return nil }
        return Statement(
            """
            UPDATE placeguard.location_state s
            SET published_band = u.published_band, published_severity_four = u.severity_four,
                published_at = u.published_at, down_since = u.down_since, review_due = u.review_due,
                overdue_announced = u.overdue_announced, answered_review = u.answered_review,
                announced_band = u.announced_band, held_since = u.held_since,
                told_at = u.told_at, told_urgency = u.told_urgency,
                assessment = CASE WHEN u.changed THEN u.assessment ELSE s.assessment END,
                outputs = CASE WHEN u.changed THEN u.outputs ELSE s.outputs END,
                assessed_at = CASE WHEN u.changed THEN u.assessed_at ELSE s.assessed_at END,
                band = CASE WHEN u.changed THEN u.band ELSE s.band END,
                effective_band = CASE WHEN u.changed THEN u.effective_band ELSE s.effective_band END,
                list_order = CASE WHEN u.changed THEN u.list_order ELSE s.list_order END,
                residual = CASE WHEN u.changed THEN u.residual ELSE s.residual END,
                points = CASE WHEN u.changed THEN u.points ELSE s.points END,
                differs = u.differs, differs_by_lado = u.differs_by_lado
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[],
                $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[],
                $12::timestamptz[], $13::text[], $14::boolean[], $15::uuid[], $16::bytea[],
                $17::timestamptz[], $18::text[], $19::text[], $20::smallint[], $21::smallint[], $22::bigint[],
                $23::boolean[], $24::boolean[])
                AS u (location, view, published_band, severity_four, published_at, down_since, review_due,
                    overdue_announced, answered_review, announced_band, held_since, told_at, told_urgency,
                    changed, assessment, outputs, assessed_at, band,
                    effective_band, list_order, residual, points, differs, differs_by_lado)
            WHERE s.location = u.location AND s.view = u.view
            """,
            publishedColumns + assessedColumns
        )
    }

    /// Notes for the past that nothing is left to assess; nil where something is everywhere.
    func ends(at now: Moment) -> Statement? {
        let ended = entries.filter { $0.assessed == .nothing }
        guard !ended.isEmpty else { return nil }
        return Statement(
            """
            INSERT INTO placeguard.assessment_end (location, view, at)
            SELECT e.location, e.view, $3 FROM unnest($1::uuid[], $2::text[]) AS e (location, view)
            """,
            [.ids(ended.map(\.location)), .names(ended.map(\.view)), .moment(now)]
        )
    }

    private var publishedColumns: [PostgresValue] {
        let published = entries.map(\.published)
        return [
            .ids(entries.map(\.location)), .names(entries.map(\.view)), .texts(published.map { $0.band?.rawValue }),
            .bools(published.map(\.hasSeverityFour)), Self.moments(published.map(\.at)),
            Self.moments(published.map(\.downSince)), Self.moments(published.map(\.reviewDue)),
            Self.moments(published.map(\.overdueAnnounced)), Self.moments(published.map(\.answeredReview)),
            .texts(published.map { $0.announced?.rawValue }), Self.moments(published.map(\.heldSince)),
            Self.moments(published.map { $0.told?.at }), .texts(published.map { $0.told?.urgency.rawValue }),
        ]
    }

    private var assessedColumns: [PostgresValue] {
        let stored = entries.map(\.stored)
        return [
            .bools(entries.map { $0.assessed != .same }), .uuids(stored.map { $0.map { PostgresUUID($0.id) } }),
            .bytesArray(stored.map { $0?.digest }), Self.moments(stored.map { $0?.assessment.at }),
            .texts(stored.map { $0?.assessment.band.rawValue }), .texts(stored.map { $0?.band.rawValue }),
            .int16s(stored.map { $0.map { Int16(clamping: $0.band.listOrder) } }),
            .int16s(stored.map { $0.map { Int16(clamping: $0.assessment.residual) } }),
            .int64s(stored.map { $0?.assessment.points.units }),
            .bools(entries.map { $0.difference?.bandsDiffer ?? false }),
            .bools(entries.map { $0.difference?.onlyByLADO ?? false }),
        ]
    }

    private static func moments(_ moments: [Moment?]) -> PostgresValue {
        .timestamps(moments.map { $0.map { PostgresTimestamp($0) } })
    }
}
