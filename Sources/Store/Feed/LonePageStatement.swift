import Postgres
import Safeguarding

/// The next events of one subscription, which nobody else reads at the same time: the conditions of ``PageStatement`` in one pass
/// over the log, for whoever catches up.
///
/// Half of what the shared statement costs for one reader. That both find the same is tested with every filter and page.
enum LonePageStatement {
    /// One row: where the log stands, the generation that holds the name, and the events in arrays of one order, null where there
    /// are none.
    static func statement(_ read: PageRead) -> Statement {
        let reader = read.principal
        let filter = FeedFilterParameters(read.filter)
        return Statement(
            """
            WITH reader AS MATERIALIZED (
                SELECT ARRAY(SELECT l.location FROM placeguard.link l WHERE l.agency = $4)
                    || ARRAY(SELECT l.location FROM placeguard.link l WHERE l.person = $5) AS linked,
                    EXISTS (SELECT FROM placeguard.mute m
                        WHERE m.view = $1 AND (m.audience = $2 OR m.audience IS NULL)
                            AND m.begins < $7::bigint + $8::bigint AND (m.ends IS NULL OR m.ends > $7)) AS is_muted
            )
            SELECT c.epoch, c.seq, c.floor, c.base,
                (SELECT k.generation FROM placeguard.feed_cursor k WHERE k.subject = $2 AND k.name = $3 AND k.view = $1),
                p.seqs, p.alerts, p.revs, p.types, p.urgencies, p.ats, p.bodies
            FROM placeguard.feed_counter c CROSS JOIN reader r CROSS JOIN LATERAL (
                SELECT array_agg(f.seq) AS seqs, array_agg(f.alert) AS alerts, array_agg(f.rev) AS revs,
                    array_agg(f.type) AS types, array_agg(f.urgency) AS urgencies, array_agg(f.at) AS ats,
                    array_agg(f.body) AS bodies
                FROM (
                    SELECT f.seq, f.alert, f.rev, f.type, f.urgency, f.at, f.body
                    FROM placeguard.feed f
                    WHERE f.view = $1 AND f.seq > $7 AND f.seq <= $7 + $8
                        AND placeguard.passes_filter(f.tags, f.position, f.audience, $10::text[], $11::float8[],
                            $12::boolean, $13::text[], $14::float8[])
                        AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, $2, $6::text[], r.linked)
                        AND (NOT r.is_muted OR NOT EXISTS (
                            SELECT FROM placeguard.mute m
                            WHERE m.view = $1 AND (m.audience = $2 OR m.audience IS NULL)
                                AND m.begins < f.seq AND (m.ends IS NULL OR m.ends > f.seq) AND f.at < m.until
                                AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)))
                    ORDER BY f.seq
                    LIMIT $9::integer) f) p
            WHERE c.view = $1
            """,
            [
                .name(read.subscription.view), .text(reader.subject), .text(read.subscription.name),
                .text(reader.agency),
                .text(reader.person), .texts(reader.areas), .int64(read.after), .int64(PageStatement.scanned),
                .int32(Int32(clamping: read.most)),
            ] + filter.values
        )
    }
}
