import Postgres
import Safeguarding

/// The statements that read where the log stands, and the open alerts as one reader may see them.
///
/// Filter first, then permissions, both in SQL: `passes_filter` and `is_visible` of the schema, for these as for
/// ``LonePageStatement``, ``PageStatement`` and whoever else asks. Row-level security adds the view. Mutes hold back what is
/// sent, never what is listed.
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
            WHERE f.view = $1 AND f.is_open AND ($6::uuid IS NULL OR f.id > $6)
                AND placeguard.passes_filter(f.tags, f.position, f.audience, $8::text[], $9::float8[], $10::boolean,
                    $11::text[], $12::float8[])
                AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, $2, $3::text[], ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = $4 OR l.person = $5))
            ORDER BY f.id
            LIMIT $7
            """,
            [
                .name(reader.view), .text(reader.subject), .texts(reader.areas), .text(reader.agency),
                .text(reader.person), .id(after), .int64(Int64(max(1, limit))),
            ] + filter.values
        )
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
