import Postgres
import Safeguarding

/// The statements that read the log and the open alerts as one reader may see them.
///
/// Filter first, then permissions, both in SQL: exclusions win, then any inclusion admits; then the audience, the areas of
/// the token, and the places its agency or person is linked to. Row-level security adds the view. The two statements, and
/// ``AlertDeskStatements/visible(_:to:)`` without a filter, state the same conditions; the conformance suites and a property
/// test hold them together. Mutes hold back what is sent, never what is listed.
enum FeedStatements {
    /// Positions that one page looks at, so that a narrow filter over a long log is read in steps of a few milliseconds.
    static let scanned: Int64 = 20_000

    /// The next events of many subscriptions of one view, as one snapshot of the log.
    ///
    /// One row for each, in no order: its number in `reads`, where the log stands, the generation that holds its name, and the
    /// positions of its events. Then one row for each event that any of them gets, so that a line crosses once however many
    /// read it.
    static func pages(_ reads: [PageRead], in view: View) -> Statement {
        Statement(
            """
            WITH reader AS MATERIALIZED (
                SELECT r.*,
                    -- A look-up each: as a join without hashes it compares every cursor with every reader.
                    (SELECT k.generation FROM placeguard.feed_cursor k
                        WHERE k.subject = r.subject AND k.name = r.name AND k.view = $1) AS generation,
                    ARRAY(SELECT l.location FROM placeguard.link l WHERE l.agency = r.agency OR l.person = r.person)
                        AS linked,
                    EXISTS (SELECT FROM placeguard.mute m
                        WHERE m.view = $1 AND (m.audience = r.subject OR m.audience IS NULL)
                            AND m.begins < r.after + $3 AND (m.ends IS NULL OR m.ends > r.after)) AS is_muted
                FROM jsonb_to_recordset($2) AS r (number integer, subject text, name text, agency text, person text,
                    areas text[], after bigint, page integer, admits_all boolean,
                    ex_tags text[], ex_longitudes float8[], ex_latitudes float8[], ex_metres float8[],
                    in_tags text[], in_longitudes float8[], in_latitudes float8[], in_metres float8[])
            ), read AS MATERIALIZED (
                SELECT r.number, r.generation, ARRAY(
                    SELECT f.seq
                    FROM placeguard.feed f
                    WHERE f.view = $1 AND f.seq > r.after AND f.seq <= r.after + $3
                        AND NOT f.tags && r.ex_tags
                        AND NOT (cardinality(r.ex_longitudes) > 0 AND EXISTS (
                            SELECT FROM unnest(r.ex_longitudes, r.ex_latitudes, r.ex_metres)
                                AS n (longitude, latitude, metres)
                            WHERE ST_DistanceSphere(f.position, ST_SetSRID(ST_MakePoint(n.longitude, n.latitude), 4326))
                                <= n.metres))
                        AND (r.admits_all OR f.audience IS NOT NULL OR f.tags && r.in_tags
                            OR (cardinality(r.in_longitudes) > 0 AND EXISTS (
                                SELECT FROM unnest(r.in_longitudes, r.in_latitudes, r.in_metres)
                                    AS n (longitude, latitude, metres)
                                WHERE ST_DistanceSphere(f.position,
                                    ST_SetSRID(ST_MakePoint(n.longitude, n.latitude), 4326)) <= n.metres)))
                        AND (f.audience IS NULL OR f.audience = r.subject)
                        AND (cardinality(r.areas) = 0 OR f.everywhere OR f.areas && r.areas)
                        AND NOT coalesce(f.location = ANY (r.linked), false)
                        AND (NOT r.is_muted OR NOT EXISTS (
                            SELECT FROM placeguard.mute m
                            WHERE m.view = $1 AND (m.audience = r.subject OR m.audience IS NULL)
                                AND m.begins < f.seq AND (m.ends IS NULL OR m.ends > f.seq) AND f.at < m.until
                                AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position)))
                    ORDER BY f.seq
                    LIMIT r.page) AS found
                FROM reader r
            )
            SELECT c.epoch, c.seq, c.floor, c.base, r.number, r.generation, r.found,
                NULL::bigint, NULL::uuid, NULL::integer, NULL::text, NULL::text, NULL::timestamptz, NULL::text
            FROM placeguard.feed_counter c CROSS JOIN read r
            WHERE c.view = $1
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.seq, f.alert, f.rev, f.type, f.urgency, f.at, f.body
            FROM placeguard.feed f
            WHERE f.view = $1 AND f.seq = ANY (ARRAY(SELECT DISTINCT unnest(r.found) FROM read r))
            """,
            [.name(view), .jsonb(JSON.array(reads.enumerated().map { reader($1, number: $0) }).text), .int64(scanned)]
        )
    }

    private static func reader(_ read: PageRead, number: Int) -> JSON {
        func doubles(_ values: [Double]) -> JSON { .array(values.map { .decimal("\($0)") }) }
        let filter = FeedFilterParameters(read.filter)
        return .object([
            ("number", .int(number)), ("subject", .string(read.principal.subject)),
            ("name", .string(read.subscription.name)), ("agency", .string(read.principal.agency)),
            ("person", .optional(read.principal.person)), ("areas", .strings(read.principal.areas)),
            ("after", .integer(read.after)), ("page", .int(max(1, read.limit))),
            ("admits_all", .bool(filter.admitsAll)),
            ("ex_tags", .strings(filter.exclusions.tags)), ("ex_longitudes", doubles(filter.exclusions.longitudes)),
            ("ex_latitudes", doubles(filter.exclusions.latitudes)), ("ex_metres", doubles(filter.exclusions.metres)),
            ("in_tags", .strings(filter.inclusions.tags)), ("in_longitudes", doubles(filter.inclusions.longitudes)),
            ("in_latitudes", doubles(filter.inclusions.latitudes)), ("in_metres", doubles(filter.inclusions.metres)),
        ])
    }

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

extension LogPosition {
    /// From `epoch, seq, floor, base`.
    init(_ row: Row) throws {
        self.init(epoch: try row.text(0), head: try row.int64(1), floor: try row.int64(2), base: try row.int64(3))
    }
}
