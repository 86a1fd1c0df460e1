import Postgres
import Safeguarding

/// The statement that publishes: it numbers the events of one view, logs them, and brings their alerts up to date.
///
/// To be the last before COMMIT. From the update of the counter row to the commit nobody else publishes in the view, so
/// number order is commit order, and a rollback gives the numbers back (feed-protocol.md section 2).
///
/// Numbers are given under the lineage they belong to: after a failover in mid-flight the first that publishes on the
/// promoted server begins the new epoch, under the row lock and whatever daemon it is.
enum FeedNumbering {
    /// Nil where there is nothing to publish.
    static func publish(_ entries: [LedgerEntry], in view: View, at now: Moment) -> Statement? {
        guard !entries.isEmpty else { return nil }
        var lastOfAlert: [AlertID: LedgerEntry] = [:]
        for entry in entries { lastOfAlert[entry.alert] = entry }
        let alerts = lastOfAlert.values.sorted { $0.alert < $1.alert }
        return Statement(
            """
            WITH current AS MATERIALIZED (
                SELECT placeguard.log_lineage() AS lineage
            ), counted AS (
                UPDATE placeguard.feed_counter c
                SET seq = c.seq + CASE WHEN c.lineage <> current.lineage THEN $21 ELSE 0 END
                        + cardinality($3::uuid[]),
                    epoch = CASE WHEN c.lineage <> current.lineage THEN placeguard.new_epoch() ELSE c.epoch END,
                    base = CASE WHEN c.lineage <> current.lineage THEN c.seq ELSE c.base END,
                    lineage = current.lineage
                FROM current WHERE c.view = $1
                RETURNING c.seq - cardinality($3::uuid[]) AS base
            ), logged AS (
                INSERT INTO placeguard.feed (view, seq, alert, rev, at, type, cause, urgency, location, areas,
                    everywhere, tags, position, body)
                SELECT $1, counted.base + e.ordinal, e.alert, e.rev, $2, e.type, e.cause, e.urgency, e.location,
                    string_to_array(e.areas, ','), e.everywhere, string_to_array(e.tags, ','),
                    ST_SetSRID(ST_MakePoint(e.longitude, e.latitude), 4326), e.body
                FROM counted CROSS JOIN unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[],
                    $8::uuid[], $9::text[], $10::boolean[], $11::text[], $12::float8[], $13::float8[], $14::text[])
                    WITH ORDINALITY AS e (alert, rev, type, cause, urgency, location, areas, everywhere, tags,
                        longitude, latitude, body, ordinal)
                RETURNING alert, seq, rev, at, type, cause, urgency, areas, everywhere, tags, position, body
            ), last AS (
                SELECT DISTINCT ON (alert) *, min(rev) OVER (PARTITION BY alert) AS first_rev
                FROM logged ORDER BY alert, seq DESC
            )
            INSERT INTO placeguard.alert AS a (id, view, cause, location, report, run, is_open, opened_at, closed_at,
                earlier, seq, rev, at, type, urgency, areas, everywhere, tags, position, body,
                claimed_by, claim_until, escalates, escalation)
            SELECT l.alert, $1, l.cause, s.location, s.report, s.run, NOT s.closes, s.opened_at,
                CASE WHEN s.closes THEN l.at END,
                CASE WHEN l.cause = 'risk' AND l.first_rev = 1 THEN (
                    SELECT u.id FROM placeguard.item i JOIN placeguard.alert u ON u.report = i.report AND u.view = $1
                    WHERE i.location = s.location AND i.superseded_at IS NULL
                        AND ($1 = 'full' OR i.compartment = 'open-partner')
                    ORDER BY u.id DESC LIMIT 1) END,
                l.seq, l.rev, l.at, l.type, s.urgency, l.areas, l.everywhere,
                array_replace(l.tags, 'urgency:' || l.urgency, 'urgency:' || s.urgency), l.position, l.body,
                s.claimed_by, s.claim_until, s.escalates, s.escalation
            FROM last l JOIN unnest($15::uuid[], $16::uuid[], $17::uuid[], $18::bigint[], $19::boolean[],
                $20::timestamptz[], $22::text[], $23::text[], $24::timestamptz[], $25::timestamptz[], $26::smallint[])
                AS s (id, location, report, run, closes, opened_at, urgency, claimed_by, claim_until, escalates,
                    escalation)
                ON s.id = l.alert
            ORDER BY l.alert
            ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, closed_at = excluded.closed_at,
                seq = excluded.seq, rev = excluded.rev, at = excluded.at, type = excluded.type,
                urgency = excluded.urgency, areas = excluded.areas, everywhere = excluded.everywhere,
                tags = excluded.tags, position = excluded.position, body = excluded.body,
                claimed_by = excluded.claimed_by, claim_until = excluded.claim_until, escalates = excluded.escalates,
                escalation = excluded.escalation
            """,
            [.name(view), .moment(now)] + events(entries) + subjects(alerts)
                + [.int64(EpochGuard.margin), .names(alerts.map(\.standing))] + care(alerts.map(\.care))
        )
    }

    private static func events(_ entries: [LedgerEntry]) -> [PostgresValue] {
        [
            .ids(entries.map(\.alert)), .int32s(entries.map { Int32(clamping: $0.rev) }),
            .names(entries.map(\.type)), .names(entries.map(\.cause)), .names(entries.map(\.urgency)),
            .uuids(entries.map { $0.location.map { PostgresUUID($0) } }),
            .texts(entries.map { $0.areas.joined(separator: ",") }), .bools(entries.map(\.isEverywhere)),
            .texts(entries.map { $0.tags.joined(separator: ",") }),
            .doubles(entries.map { $0.position?.longitude }), .doubles(entries.map { $0.position?.latitude }),
            .texts(entries.map(\.body)),
        ]
    }

    private static func care(_ cares: [AlertCare]) -> [PostgresValue] {
        [
            .texts(cares.map { $0.claim?.by }),
            .timestamps(cares.map { $0.claim.map { PostgresTimestamp($0.until) } }),
            .timestamps(cares.map { $0.escalates.map { PostgresTimestamp($0) } }),
            .int16s(cares.map { Int16(clamping: $0.level) }),
        ]
    }

    private static func subjects(_ alerts: [LedgerEntry]) -> [PostgresValue] {
        [
            .ids(alerts.map(\.alert)),
            .uuids(
                alerts.map { entry in
                    if case .location(let id) = entry.subject { PostgresUUID(id) } else { nil }
                }
            ),
            .uuids(
                alerts.map { entry in
                    if case .unlocated(let id) = entry.subject { PostgresUUID(id) } else { nil }
                }
            ),
            .int64s(alerts.map { entry in if case .importRun(let run) = entry.subject { run } else { nil } }),
            .bools(alerts.map(\.closes)), .timestamps(alerts.map { PostgresTimestamp($0.openedAt) }),
        ]
    }
}
