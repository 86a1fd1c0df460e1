import Postgres
import Safeguarding

/// The statements on durable cursors; each changes a cursor only under the generation that holds its name.
enum CursorStatements {
    /// Of the names that nobody used for as long as the log is kept the latest are remembered, so that whoever comes back
    /// late is told that it is too late and does not begin at the head without a word; the others are forgotten.
    static func forgetUnused(subject: String, for days: Int, except name: String, keeping most: Int64) -> Statement {
        Statement(
            """
            DELETE FROM placeguard.feed_cursor k USING (
                SELECT subject, name, view FROM placeguard.feed_cursor
                WHERE subject = $1 AND last_seen < clock_timestamp() - make_interval(days => $2) AND name <> $3
                ORDER BY last_seen DESC, name, view OFFSET $4) unused
            WHERE k.subject = unused.subject AND k.name = unused.name AND k.view = unused.view
            """,
            [.text(subject), .int32(Int32(clamping: days)), .text(name), .int64(most)]
        )
    }

    /// The cursors of a name in both views, the one used last first; locked until the subscription is decided.
    static func named(_ name: String, subject: String) -> Statement {
        Statement(
            """
            SELECT view, epoch, acked, last_end FROM placeguard.feed_cursor WHERE subject = $1 AND name = $2
            ORDER BY subscribed DESC
            FOR UPDATE
            """,
            [.text(subject), .text(name)]
        )
    }

    /// How many other names are in use: those given once do not fill a subject's allowance for ever (feed-protocol.md
    /// section 7).
    static func others(subject: String, view: View, except name: String, within days: Int) -> Statement {
        Statement(
            """
            SELECT count(*) FROM placeguard.feed_cursor
            WHERE subject = $1 AND view = $2 AND name <> $3
                AND last_seen >= clock_timestamp() - make_interval(days => $4)
            """,
            [.text(subject), .name(view), .text(name), .int32(Int32(clamping: days))]
        )
    }

    /// Takes the name over; answers the generation that now holds it. How it ends is not known until it has. A name that
    /// stands goes on standing in the view in which it is read now, unless it is read in both.
    static func take(
        _ name: String,
        subject: String,
        view: View,
        epoch: String,
        at: Int64,
        filter: String,
        isStanding: Bool
    ) -> Statement {
        Statement(
            """
            WITH other_view AS (
                UPDATE placeguard.feed_cursor SET standing = NULL
                WHERE subject = $1 AND name = $2 AND view <> $3 AND standing IS NOT NULL AND last_end IS NOT NULL
                RETURNING 1
            )
            INSERT INTO placeguard.feed_cursor AS k (subject, name, view, generation, epoch, acked, sent, filter,
                last_seen, subscribed, standing)
            VALUES ($1, $2, $3, 1, $4, $5, $5, $6, clock_timestamp(), clock_timestamp(),
                CASE WHEN $7 OR EXISTS (SELECT FROM other_view) THEN clock_timestamp() END)
            ON CONFLICT (subject, name, view) DO UPDATE SET generation = k.generation + 1, epoch = excluded.epoch,
                acked = excluded.acked, sent = excluded.sent, filter = excluded.filter,
                last_end = NULL, last_seen = excluded.last_seen, subscribed = excluded.subscribed,
                standing = coalesce(k.standing, excluded.standing)
            RETURNING generation
            """,
            [.text(subject), .text(name), .name(view), .text(epoch), .int64(at), .text(filter), .bool(isStanding)]
        )
    }

    /// A row with the number of each that was taken; where one is refused ``standing(_:)`` tells why.
    ///
    /// Locked in the order of the key, so that two daemons that share names wait for each other instead of failing.
    static func acknowledge(_ acknowledgements: [Acknowledgement]) -> Statement {
        Statement(
            """
            WITH given AS MATERIALIZED (
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
                    WITH ORDINALITY AS g (subject, name, view, generation, seq, sent, number)
            ), locked AS MATERIALIZED (
                SELECT k.subject, k.name, k.view, g.seq, g.sent, g.number
                FROM given g
                JOIN placeguard.feed_cursor k ON k.subject = g.subject AND k.name = g.name AND k.view = g.view
                    AND k.generation = g.generation
                JOIN placeguard.feed_counter c ON c.view = k.view AND c.epoch = k.epoch AND c.seq >= g.seq
                WHERE k.acked <= g.seq
                ORDER BY k.subject, k.name, k.view
                FOR UPDATE OF k
            )
            UPDATE placeguard.feed_cursor k
            SET acked = l.seq, sent = greatest(k.sent, l.sent), last_seen = clock_timestamp(),
                standing = CASE WHEN k.standing IS NOT NULL THEN clock_timestamp() END
            FROM locked l
            WHERE k.subject = l.subject AND k.name = l.name AND k.view = l.view
            RETURNING (l.number - 1)::integer
            """,
            [
                .texts(acknowledgements.map(\.subscription.subject)), .texts(acknowledgements.map(\.subscription.name)),
                .texts(acknowledgements.map(\.subscription.view.rawValue)),
                .int64s(acknowledgements.map(\.subscription.generation)), .int64s(acknowledgements.map(\.seq)),
                .int64s(acknowledgements.map(\.sent)),
            ]
        )
    }

    /// No row where the name is no longer held, or the log has begun anew.
    static func advance(_ subscription: FeedSubscription, readTo: Int64) -> Statement {
        Statement(
            """
            UPDATE placeguard.feed_cursor k
            SET acked = greatest(k.acked, least($5, c.seq)), sent = greatest(k.sent, least($5, c.seq)),
                last_seen = clock_timestamp()
            FROM placeguard.feed_counter c
            WHERE k.subject = $1 AND k.name = $2 AND k.view = $3 AND k.generation = $4
                AND c.view = k.view AND c.epoch = k.epoch
            RETURNING k.acked
            """,
            key(subscription) + [.int64(readTo)]
        )
    }

    /// A row with the number of each whose name has a newer generation.
    static func replaced(_ subscriptions: [FeedSubscription]) -> Statement {
        Statement(
            """
            SELECT (g.number - 1)::integer
            FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
                WITH ORDINALITY AS g (subject, name, view, generation, number)
            JOIN placeguard.feed_cursor k ON k.subject = g.subject AND k.name = g.name AND k.view = g.view
            WHERE k.generation > g.generation
            """,
            [
                .texts(subscriptions.map(\.subject)), .texts(subscriptions.map(\.name)),
                .names(subscriptions.map(\.view)), .int64s(subscriptions.map(\.generation)),
            ]
        )
    }

    static func ended(_ subscription: FeedSubscription, reason: String, sent: Int64) -> Statement {
        Statement(
            """
            UPDATE placeguard.feed_cursor
            SET last_end = $5, sent = greatest(sent, $6), last_seen = clock_timestamp()
            WHERE subject = $1 AND name = $2 AND view = $3 AND generation = $4
            """,
            key(subscription) + [.text(reason), .int64(sent)]
        )
    }

    /// The log's position with the generation, epoch and position of the cursor.
    static func standing(_ subscription: FeedSubscription) -> Statement {
        Statement(
            """
            SELECT c.epoch, c.seq, c.floor, c.base, k.generation = $4, k.epoch, k.acked
            FROM placeguard.log_position($3, $5) c
            LEFT JOIN placeguard.feed_cursor k ON k.subject = $1 AND k.name = $2 AND k.view = $3
            """,
            key(subscription) + [.int64(EpochGuard.margin)]
        )
    }

    static func all(subject: String, view: View) -> Statement {
        Statement(
            """
            SELECT k.name, k.acked, k.sent, c.seq, k.last_end, k.last_seen,
                CASE WHEN e.seq IS NULL OR k.epoch <> c.epoch THEN NULL WHEN k.acked >= e.seq THEN 'answered'
                    WHEN k.acked < e.before THEN 'missed' ELSE 'due' END, k.standing IS NOT NULL
            FROM placeguard.feed_cursor k JOIN placeguard.feed_counter c ON c.view = k.view
            LEFT JOIN placeguard.exercise e ON e.subject = k.subject AND e.view = k.view
            WHERE k.subject = $1 AND k.view = $2
            ORDER BY k.name
            """,
            [.text(subject), .name(view)]
        )
    }

    private static func key(_ subscription: FeedSubscription) -> [PostgresValue] {
        [
            .text(subscription.subject), .text(subscription.name), .name(subscription.view),
            .int64(subscription.generation),
        ]
    }
}
