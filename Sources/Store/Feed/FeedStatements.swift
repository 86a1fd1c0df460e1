import Postgres
import Safeguarding

/// The statements that read where the log stands, and the open alerts as one reader may see them.
///
/// Filter first, then permissions, both in SQL: exclusions win, then any inclusion admits; then the audience, the areas of
/// the token, and the places its agency or person is linked to. Row-level security adds the view. ``openAlerts``, ``LonePageStatement``,
/// ``PageStatement`` and, without a filter, ``AlertDeskStatements/visible(_:to:)`` state the same conditions; the
/// conformance suites and a property test hold them together. Mutes hold back what is sent, never what is listed.
enum FeedStatements {
    /// Open alerts by id, each row with the number of all that pass.
    static func openAlerts(
        _ reader: Principal,
        after: AlertID?,
        limit: Int,
        filter: FeedFilterParameters
    ) -> Statement {
        Statement(
            """
            SELECT f.seq, f.id, f.rev, f.type, f.urgency, f.at, f.body, count(*) OVER ()
            FROM placeguard.alert f
            WHERE f.view = $1 AND f.is_open AND ($15::uuid IS NULL OR f.id > $15)
                AND NOT f.tags && $6
                AND NOT (cardinality($7::float8[]) > 0 AND EXISTS (
                    SELECT FROM unnest($7::float8[], $8::float8[], $9::float8[]) AS n (longitude, latitude, metres)
                    WHERE ST_DistanceSphere(f.position, ST_SetSRID(ST_MakePoint(n.longitude, n.latitude), 4326))
                        <= n.metres))
                AND ($10 OR f.tags && $11 OR (cardinality($12::float8[]) > 0 AND EXISTS (
                    SELECT FROM unnest($12::float8[], $13::float8[], $14::float8[]) AS n (longitude, latitude, metres)
                    WHERE ST_DistanceSphere(f.position, ST_SetSRID(ST_MakePoint(n.longitude, n.latitude), 4326))
                        <= n.metres)))
                AND (f.audience IS NULL OR f.audience = $2)
                AND (cardinality($3::text[]) = 0 OR f.everywhere OR f.areas && $3)
                AND NOT coalesce(f.location = ANY (ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = $4 OR l.person = $5)), false)
            ORDER BY f.id
            LIMIT $16
            """,
            [.name(reader.view)] + reading(reader, filter) + [.id(after), .int64(Int64(max(1, limit)))]
        )
    }

    /// Parameters 2 to 14: who reads, then what is filtered.
    private static func reading(_ reader: Principal, _ filter: FeedFilterParameters) -> [PostgresValue] {
        [
            .text(reader.subject), .texts(reader.areas), .text(reader.agency), .text(reader.person),
            .texts(filter.exclusions.tags), .doubles(filter.exclusions.longitudes),
            .doubles(filter.exclusions.latitudes), .doubles(filter.exclusions.metres),
            .bool(filter.admitsAll), .texts(filter.inclusions.tags), .doubles(filter.inclusions.longitudes),
            .doubles(filter.inclusions.latitudes), .doubles(filter.inclusions.metres),
        ]
    }

    /// Where the log stands; the first to ask after a promotion begins the new epoch.
    static func position(of view: View) -> Statement {
        Statement(
            "SELECT epoch, seq, floor, base FROM placeguard.log_position($1, $2)",
            [.name(view), .int64(EpochGuard.margin)]
        )
    }
}

extension FeedStatements {
    /// The epoch before a view's own, as far as it shares positions with it.
    static func epochBefore(of view: View) -> Statement {
        Statement("SELECT before FROM placeguard.feed_counter WHERE view = $1", [.name(view)])
    }
}

extension LogPosition {
    /// From `epoch, seq, floor, base`.
    init(_ row: Row) throws {
        self.init(epoch: try row.text(0), head: try row.int64(1), floor: try row.int64(2), base: try row.int64(3))
    }
}
