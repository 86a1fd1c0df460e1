import Postgres
import Safeguarding

/// The next events of many subscriptions of one view, as one snapshot of the log.
///
/// Readers of the same areas and the same filter who stand at one position are answered by one look at the log, those of an
/// agency that is linked to a place by one of their agency (``SharedLooks``). Whoever has something that is theirs alone, a
/// place they are linked to, a mute they asked for, a notice addressed to them, gets a look of their own under the same
/// conditions.
enum PageStatement {
    /// Positions that one page looks at, so that a narrow filter over a long log is read in steps of a few milliseconds.
    static let scanned: Int64 = 20_000
    /// Positions whose events make a row of the answer: row by row the two ends wake each other for each 8 KiB, and a block fits
    /// into what libpq keeps for a connection ever after.
    static let block: Int64 = 512
    /// What stands for the reader where a look answers for all of an agency, and for all of the agencies without links.
    static let agencyLook: Int64 = 0
    static let commonLook: Int64 = -1

    /// In no order: one row with where the log stands and the generations that hold the names, in the order of the reads;
    /// one for each look, with the number of its group, that of its reader (``agencyLook`` and ``commonLook`` for all the
    /// others) and the positions that it found; one for each ``block`` of positions with the events that any of them found, in
    /// arrays of one order, so that a line crosses once however many read it.
    static func statement(_ looks: SharedLooks, in view: View) -> Statement {
        Statement(
            """
            WITH shared AS MATERIALIZED (
                SELECT s.*, ARRAY(SELECT l.location FROM placeguard.link l WHERE l.agency = s.agency) AS linked
                FROM jsonb_to_recordset($2) AS s (number integer, agency text, areas text[], after bigint, most integer,
                    common integer, common_most integer, admits_all boolean,
                    excluded text[], excluded_near float8[], included text[], included_near float8[])
            ), reader AS MATERIALIZED (
                SELECT r.number, r.subject, r.shared, r.most, p.linked,
                    -- A look-up each: as a join without hashes it compares every cursor with every reader.
                    (SELECT k.generation FROM placeguard.feed_cursor k
                        WHERE k.subject = r.subject AND k.name = r.name AND k.view = $1) AS generation,
                    cardinality(p.linked) > 0
                        OR EXISTS (SELECT FROM placeguard.mute m
                            WHERE m.view = $1 AND m.audience = r.subject
                                AND m.begins < s.after + $3 AND (m.ends IS NULL OR m.ends > s.after))
                        OR EXISTS (SELECT FROM placeguard.feed f
                            WHERE f.view = $1 AND f.audience = r.subject AND f.seq > s.after AND f.seq <= s.after + $3)
                        AS looks_alone
                FROM unnest($4::text[], $5::text[], $6::text[], $7::integer[], $8::integer[])
                        WITH ORDINALITY AS r (subject, name, person, shared, most, number)
                    JOIN shared s ON s.number = r.shared
                    CROSS JOIN LATERAL (SELECT ARRAY(
                        SELECT l.location FROM placeguard.link l WHERE l.person = r.person) AS linked) p
            ), look AS MATERIALIZED (
                SELECT l.*, EXISTS (SELECT FROM placeguard.mute m
                    WHERE m.view = $1 AND (m.audience = l.subject OR m.audience IS NULL)
                        AND m.begins < l.after + $3 AND (m.ends IS NULL OR m.ends > l.after)) AS is_muted
                FROM (
                    SELECT s.number AS shared, 0::bigint AS reader, NULL::text AS subject, s.after, s.most, s.linked
                    FROM shared s
                    WHERE s.linked <> '{}'
                        AND EXISTS (SELECT FROM reader r WHERE r.shared = s.number AND NOT r.looks_alone)
                    UNION ALL
                    SELECT DISTINCT s.common, -1::bigint, NULL::text, s.after, s.common_most, s.linked
                    FROM shared s
                    WHERE s.linked = '{}'
                        AND EXISTS (SELECT FROM reader r WHERE r.shared = s.number AND NOT r.looks_alone)
                    UNION ALL
                    SELECT s.number, r.number, r.subject, s.after, r.most, s.linked || r.linked
                    FROM reader r JOIN shared s ON s.number = r.shared
                    WHERE r.looks_alone) l
            ), found AS MATERIALIZED (
                SELECT l.shared, l.reader, ARRAY(
                    SELECT f.seq
                    FROM placeguard.feed f
                    WHERE f.view = $1 AND f.seq > l.after AND f.seq <= l.after + $3
                        AND placeguard.passes_filter(f.tags, f.position, f.audience, s.excluded, s.excluded_near,
                            s.admits_all, s.included, s.included_near)
                        AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, l.subject, s.areas,
                            l.linked)
                        AND (NOT l.is_muted OR NOT EXISTS (
                            SELECT FROM placeguard.mute m
                            WHERE m.view = $1 AND (m.audience = l.subject OR m.audience IS NULL)
                                AND m.begins < f.seq AND (m.ends IS NULL OR m.ends > f.seq) AND f.at < m.until
                                AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)))
                    ORDER BY f.seq
                    LIMIT l.most) AS seqs
                FROM look l JOIN shared s ON s.number = l.shared
            ), wanted AS MATERIALIZED (
                SELECT DISTINCT unnest(f.seqs) AS seq FROM found f
            ), reach AS MATERIALIZED (
                SELECT min(w.seq) AS first, max(w.seq) AS last, max(w.seq) - min(w.seq) < 4 * count(*) AS is_dense FROM wanted w
            )
            SELECT c.epoch, c.seq, c.floor, c.base, ARRAY(SELECT r.generation FROM reader r ORDER BY r.number),
                NULL::integer, NULL::bigint, NULL::bigint[],
                NULL::bigint[], NULL::uuid[], NULL::integer[], NULL::text[], NULL::text[], NULL::timestamptz[], NULL::text[]
            FROM placeguard.feed_counter c
            WHERE c.view = $1
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL, f.shared, f.reader, f.seqs, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM found f
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, array_agg(f.seq), array_agg(f.alert), array_agg(f.rev),
                array_agg(f.type), array_agg(f.urgency), array_agg(f.at), array_agg(f.body)
            FROM (
                SELECT f.seq, f.alert, f.rev, f.type, f.urgency, f.at, f.body
                FROM reach r
                    -- Where most of the positions are wanted they are read in one go: a third of what a look-up each costs.
                    -- As a condition on something the IN is no join, which would compare every row with every wanted one.
                    CROSS JOIN LATERAL (SELECT e.* FROM placeguard.feed e
                        WHERE r.is_dense AND e.view = $1 AND e.seq >= r.first AND e.seq <= r.last
                        ORDER BY e.seq) f
                WHERE (f.seq IN (SELECT w.seq FROM wanted w)) IS TRUE
                UNION ALL
                SELECT f.seq, f.alert, f.rev, f.type, f.urgency, f.at, f.body
                FROM (SELECT w.seq FROM wanted w WHERE NOT (SELECT r.is_dense FROM reach r)) w
                    -- A look-up each, whatever the statistics say: as `seq = ANY` a log that had just begun to grow was read
                    -- whole, and as `seq =` a part of it that was empty when the plan was made is searched by another index.
                    CROSS JOIN LATERAL (SELECT e.* FROM placeguard.feed e
                        WHERE e.view = $1 AND e.seq >= w.seq AND e.seq <= w.seq ORDER BY e.seq LIMIT 1) f
                ) f
            GROUP BY f.seq / $9
            """,
            [
                .name(view), .jsonb(JSON.array(looks.groups.enumerated().map { group($1, number: $0) }).text),
                .int64(scanned),
            ]
                + readers(looks) + [.int64(block)]
        )
    }

    /// Parameters 4 to 8, one element a reader.
    private static func readers(_ looks: SharedLooks) -> [PostgresValue] {
        let reads = looks.reads
        return [
            .texts(reads.map(\.principal.subject)), .texts(reads.map(\.subscription.name)),
            .texts(reads.map(\.principal.person)), .int32s(looks.group.map { Int32(clamping: $0) }),
            .int32s(reads.map { Int32(clamping: $0.most) }),
        ]
    }

    private static func group(_ group: SharedLooks.Group, number: Int) -> JSON {
        func doubles(_ values: [Double]) -> JSON { .array(values.map { .decimal("\($0)") }) }
        let filter = FeedFilterParameters(group.look.filter)
        return .object([
            ("number", .int(number)), ("agency", .string(group.look.agency)), ("areas", .strings(group.look.areas)),
            ("after", .integer(group.look.after)), ("most", .int(group.most)), ("common", .int(group.common)),
            ("common_most", .int(group.commonMost)),
            ("admits_all", .bool(filter.admitsAll)),
            ("excluded", .strings(filter.exclusions.tags)), ("excluded_near", doubles(filter.exclusions.circles)),
            ("included", .strings(filter.inclusions.tags)), ("included_near", doubles(filter.inclusions.circles)),
        ])
    }
}
