import Postgres
import Safeguarding

/// A place in the ranking, with the assessment it stands there by.
struct RankedPlace: Sendable, Hashable {
    var location: LocationID
    var assessment: UniqueID
    var listOrder: Int
    var residual: Int

    var mark: RankMark { RankMark(listOrder: listOrder, residual: residual, location: location) }
}

/// Ranked places, most urgent first: band (unrated above red), residual, points, id.
///
/// A moment in the past ranks the assessments stored by then; none ranks what stands now, by its index.
struct PlaceRanking: Sendable {
    let query: BriefingQuery
    let reader: Reader
    /// Nil = now.
    let moment: Moment?

    /// A page, one row more than asked for, so that its reader knows whether another follows.
    func page(after mark: RankMark?, limit: Int) -> Statement {
        let wanted = [
            PostgresValue.int16(mark.map { Int16(clamping: $0.listOrder) }),
            .int16(mark.map { Int16(clamping: $0.residual) }), .id(mark?.location), .int64(Int64(limit) + 1),
        ]
        guard let moment else {
            return Statement(
                """
                SELECT p.location, p.assessment, p.list_order, p.residual
                FROM placeguard.places_now($1, $2, $3, $4, $5, $6, $7) p
                WHERE $8::smallint IS NULL
                    OR (p.list_order, p.residual) < ($8, $9)
                    OR ((p.list_order, p.residual) = ($8, $9) AND (-p.points, p.location) > (
                        coalesce((
                            SELECT -s.points FROM placeguard.location_state s
                            WHERE s.location = $10 AND s.view = $1 AND s.list_order = $8 AND s.residual = $9),
                            -9223372036854775807), $10))
                ORDER BY p.list_order DESC, p.residual DESC, p.points DESC, p.location
                LIMIT $11
                """,
                conditions + wanted
            )
        }
        return Statement(
            """
            WITH place AS MATERIALIZED (
                SELECT * FROM placeguard.places_at($12, $1, $2, $3, $4, $5, $6, $7)
            )
            SELECT p.location, p.assessment, p.list_order, p.residual
            FROM place p
            WHERE $8::smallint IS NULL
                OR (p.list_order, p.residual) < ($8, $9)
                OR ((p.list_order, p.residual) = ($8, $9) AND (-p.points, p.location) > (
                    coalesce((SELECT -s.points FROM place s WHERE s.location = $10), -9223372036854775807), $10))
            ORDER BY p.list_order DESC, p.residual DESC, p.points DESC, p.location
            LIMIT $11
            """,
            conditions + wanted + [.moment(moment)]
        )
    }

    /// Places that match, by band, and the reviews open at them.
    func counts(asOf: Moment) -> Statement {
        guard let moment else {
            return Statement(
                """
                WITH place AS MATERIALIZED (SELECT * FROM placeguard.places_now($1, $2, $3, $4, $5, $6, $7))
                SELECT p.band, count(*), count(*) FILTER (WHERE EXISTS (
                    SELECT FROM placeguard.alert a
                    WHERE a.location = p.location AND a.view = $1 AND a.cause = 'review' AND a.is_open))
                FROM place p GROUP BY p.band
                """,
                conditions
            )
        }
        return Statement(
            """
            WITH place AS MATERIALIZED (SELECT * FROM placeguard.places_at($8, $1, $2, $3, $4, $5, $6, $7))
            SELECT p.band, count(*), count(*) FILTER (WHERE EXISTS (
                SELECT FROM placeguard.alert a
                WHERE a.location = p.location AND a.view = $1 AND a.cause = 'review' AND a.opened_at <= $8
                    AND (a.is_open OR a.closed_at > $8)))
            FROM place p GROUP BY p.band
            """,
            conditions + [.moment(moment)]
        )
    }

    /// One place by its id, where the reader may see it.
    static func one(_ location: LocationID, reader: Reader) -> Statement {
        Statement(
            """
            SELECT p.location, p.assessment, p.list_order, p.residual
            FROM placeguard.places_now($1, $2, $3, $4, NULL, NULL, 1::smallint) p WHERE p.location = $5
            """,
            who(reader) + [.id(location)]
        )
    }

    static func places(_ rows: Rows) throws -> [RankedPlace] {
        try rows.map { row in
            RankedPlace(
                location: try row.id(0),
                assessment: UniqueID(try row.uuid(1)),
                listOrder: Int(try row.int16(2)),
                residual: Int(try row.int16(3))
            )
        }
    }

    /// Parameters 1 to 7.
    private var conditions: [PostgresValue] {
        Self.who(reader) + [
            .text(query.area), .name(query.category), .int16(Int16(clamping: query.band?.listOrder ?? 1)),
        ]
    }

    private static func who(_ reader: Reader) -> [PostgresValue] {
        [.name(reader.view), .texts(reader.areas), .text(reader.agency), .text(reader.person)]
    }
}
