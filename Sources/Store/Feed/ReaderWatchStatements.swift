import Postgres
import Safeguarding

/// The statements of ``PostgresReaderWatch``.
enum ReaderWatchStatements {
    // MARK: Exercises

    /// Those of the readers who are new, or whose last exercise is an interval old.
    static func due(_ readers: [ConnectedReader]) -> Statement {
        Statement(
            """
            SELECT r.subject, r.view FROM unnest($1::text[], $2::text[]) AS r (subject, view)
            LEFT JOIN placeguard.exercise e ON e.subject = r.subject AND e.view = r.view
            WHERE e.at IS NULL OR e.at <= clock_timestamp() - make_interval(secs => $3)
            """,
            [
                .texts(readers.map(\.subject)), .names(readers.map(\.view)),
                .double(Double(ExerciseTimes.interval)),
            ]
        )
    }

    /// The interval of a new reader begins.
    static func begin(_ reader: ConnectedReader) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.exercise (subject, view, at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING
            """,
            [.text(reader.subject), .name(reader.view)]
        )
    }

    /// Whether a reader's exercise is due, and the time it is; no row while another daemon sees to it.
    static func locked(_ reader: ConnectedReader) -> Statement {
        Statement(
            """
            SELECT at <= clock_timestamp() - make_interval(secs => $3), clock_timestamp()
            FROM placeguard.exercise WHERE subject = $1 AND view = $2 FOR UPDATE SKIP LOCKED
            """,
            [.text(reader.subject), .name(reader.view), .double(Double(ExerciseTimes.interval))]
        )
    }

    /// Those of the readers with a connected subscription that has acknowledged neither of the last two.
    static func unanswered(_ readers: [ConnectedReader]) -> Statement {
        let names = readers.flatMap { reader in reader.names.map { (reader, $0) } }
        return Statement(
            """
            SELECT DISTINCT k.subject, k.view FROM unnest($1::text[], $2::text[], $3::text[]) AS r (subject, view, name)
            JOIN placeguard.feed_cursor k ON k.subject = r.subject AND k.view = r.view AND k.name = r.name
            JOIN placeguard.feed_counter c ON c.view = k.view AND c.epoch = k.epoch
            JOIN placeguard.exercise e ON e.subject = k.subject AND e.view = k.view
            WHERE k.acked < e.before AND k.subscribed < e.at - make_interval(secs => $4)
                AND e.at <= clock_timestamp() - make_interval(secs => $5)
            """,
            [
                .texts(names.map(\.0.subject)), .names(names.map(\.0.view)), .texts(names.map(\.1)),
                .double(Double(ExerciseTimes.interval)), .double(Double(ExerciseTimes.grace)),
            ]
        )
    }

    /// Sends an exercise; the last statement before COMMIT.
    static func tell(_ reader: ConnectedReader, _ notice: Notice) -> Statement {
        Statement(
            """
            UPDATE placeguard.exercise
            SET at = $5, before = seq, seq = placeguard.log_notice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            WHERE subject = $10 AND view = $1
            """,
            notice.parameters
        )
    }

    // MARK: Digests

    /// Those of the readers who have not been told up to this morning; whoever is new begins here.
    static func undigested(_ readers: [DigestKey], until morning: Moment) -> Statement {
        Statement(
            """
            WITH reader AS (
                SELECT DISTINCT r.subject, r.view, string_to_array(r.areas, ' ') AS areas
                FROM unnest($1::text[], $2::text[], $3::text[]) AS r (subject, view, areas)
            ), new AS (
                INSERT INTO placeguard.digest (subject, view, areas, until)
                SELECT r.subject, r.view, r.areas, $4 FROM reader r
                ON CONFLICT DO NOTHING
            )
            SELECT d.subject, d.view, array_to_string(d.areas, ' ') FROM placeguard.digest d
            JOIN reader r ON r.subject = d.subject AND r.view = d.view AND r.areas = d.areas
            WHERE d.until < $4
            """,
            [
                .texts(readers.map(\.subject)), .names(readers.map(\.view)), .texts(readers.map(\.areas)),
                .moment(morning),
            ]
        )
    }

    /// Up to when a reader has been told; no row while another daemon sees to it.
    static func digested(_ reader: Principal) -> Statement {
        Statement(
            """
            SELECT until FROM placeguard.digest
            WHERE subject = $1 AND view = $2 AND areas = string_to_array($3, ' ') FOR UPDATE SKIP LOCKED
            """,
            DigestKey(reader).parameters
        )
    }

    static func digest(_ reader: Principal, until: Moment) -> Statement {
        Statement(
            """
            UPDATE placeguard.digest SET until = $4
            WHERE subject = $1 AND view = $2 AND areas = string_to_array($3, ' ')
            """,
            DigestKey(reader).parameters + [.moment(until)]
        )
    }

    /// Events of low urgency that a reader may see and has not muted, by type, with the alerts that they were about.
    static func lowEvents(for reader: Principal, from: Moment, to: Moment) -> Statement {
        Statement(
            """
            SELECT f.type, count(*), (array_agg(DISTINCT f.alert::text))[1:$8]
            FROM placeguard.feed f
            WHERE f.view = $1 AND f.at >= $2 AND f.at < $3 AND f.urgency = 'low' AND f.cause <> 'notice'
                AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, $7, $4::text[], ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = $5 OR l.person = $6))
                AND NOT EXISTS (
                    SELECT FROM placeguard.mute m
                    WHERE m.view = $1 AND (m.audience = $7 OR m.audience IS NULL)
                        AND m.begins < f.seq AND (m.ends IS NULL OR m.ends > f.seq) AND f.at < m.until
                        AND placeguard.withholds(m, f.type, f.urgency, f.location, f.tags, f.position))
            GROUP BY f.type ORDER BY f.type
            """,
            [
                .name(reader.view), .moment(from), .moment(to), .texts(reader.areas), .text(reader.agency),
                .text(reader.person), .text(reader.subject), .int32(Int32(DailyDigest.mostAlerts)),
            ]
        )
    }

    // MARK: Watches

    /// The terms that can match nothing for this reader: an area that is no longer known or does not meet the token's areas,
    /// a place that is gone, withheld, or one that the reader is linked to. Which of these is not told.
    static func ended(_ terms: [WatchedTerm], for reader: Principal) -> Statement {
        Statement(
            """
            SELECT DISTINCT t.term FROM unnest($1::text[], $2::text[], $3::uuid[]) AS t (term, area, location)
            WHERE CASE WHEN t.area IS NOT NULL THEN
                EXISTS (SELECT FROM placeguard.area) AND NOT EXISTS (
                    SELECT FROM placeguard.area a
                    WHERE a.code = t.area AND (cardinality($4::text[]) = 0 OR a.code = ANY ($4) OR EXISTS (
                        SELECT FROM placeguard.area b
                        WHERE b.code = ANY ($4) AND ST_Intersects(a.boundary, b.boundary))))
            ELSE NOT EXISTS (
                SELECT FROM placeguard.location l
                WHERE l.id = t.location AND l.merged_into IS NULL
                    AND ($5 = 'full' OR ((l.from_register OR l.has_open_item) AND NOT l.is_restricted))
                    AND (cardinality($4::text[]) = 0 OR cardinality(l.areas) = 0 OR l.areas && $4)
                    AND NOT EXISTS (
                        SELECT FROM placeguard.link k WHERE k.location = l.id AND (k.agency = $6 OR k.person = $7)))
            END
            """,
            [
                .texts(terms.map(\.text)), .texts(terms.map(\.area)),
                .uuids(terms.map { $0.location.map { PostgresUUID($0) } }), .texts(reader.areas), .name(reader.view),
                .text(reader.agency), .text(reader.person),
            ]
        )
    }

    /// Terms that match again, or are no longer in the filter, may end anew.
    static func forget(_ subscription: FeedSubscription, except terms: [String]) -> Statement {
        Statement(
            """
            DELETE FROM placeguard.watch_end WHERE subject = $1 AND view = $2 AND name = $3 AND NOT term = ANY ($4)
            """,
            key(subscription) + [.texts(terms)]
        )
    }

    /// Answers the terms of which nothing has been told yet.
    static func remember(_ subscription: FeedSubscription, _ terms: [String]) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.watch_end (subject, view, name, term)
            SELECT $1, $2, $3, term FROM unnest($4::text[]) AS term ON CONFLICT DO NOTHING RETURNING term
            """,
            key(subscription) + [.texts(terms)]
        )
    }

    static func tell(_ notice: Notice) -> Statement {
        Statement("SELECT placeguard.log_notice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", notice.parameters)
    }

    static let now = Statement("SELECT clock_timestamp()", [])

    private static func key(_ subscription: FeedSubscription) -> [PostgresValue] {
        [.text(subscription.subject), .name(subscription.view), .text(subscription.name)]
    }
}
