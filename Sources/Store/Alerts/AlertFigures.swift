import Postgres
package import Safeguarding

/// How many alerts a time brought, and what people made of them: whether the feed is listened to, or has become noise.
package struct AlertFigures: Sendable, Hashable {
    /// Of one urgency.
    package struct Opened: Sendable, Hashable {
        /// As urgent as the alerts have been, as far as the log tells: they end with a low event.
        package var urgency: Urgency
        package var alerts: Int
        /// Claimed, resolved or noted by somebody, or done what it asked for: the place reviewed, the report located.
        package var actedOn: Int
        /// Went up the chain at least once; nil where the log that tells so does not reach back to all of them.
        package var escalated: Int?
    }

    /// Of one person, or an agency's system.
    package struct Person: Sendable, Hashable {
        package var subject: String
        /// Opened for them: where a coordinator's token of theirs may look that was in force at any time of the figures.
        package var alerts = 0
        /// Of those, acted on by anybody.
        package var actedOn = 0
        /// Events sent, a repetition after a break counted again.
        package var events = 0
        /// By them, whenever the alert was opened.
        package var alertsActedOn = 0
        package var claims = 0
        package var resolved = 0
        package var notes = 0
    }

    package var opened: [Opened]
    package var people: [Person]

    package var alerts: Int { opened.map(\.alerts).reduce(0, +) }
    package var actedOn: Int { opened.map(\.actedOn).reduce(0, +) }
}

/// Reads the figures: of all alerts those of the full view, in which people claim; of each coordinator those that they see.
package struct AlertFigureReader: Sendable {
    private let alerts: any ConnectionSource
    private let audit: any ConnectionSource

    /// - Parameters:
    ///   - alerts: Connections of the assessor's role, which alone reads what people did beside the feed's.
    ///   - audit: Connections of the administrator's role.
    package init(alerts: any ConnectionSource, audit: any ConnectionSource) {
        self.alerts = alerts
        self.audit = audit
    }

    /// Of the alerts opened, and of what was sent and done, from a moment up to another. What was born closed, a summary or the
    /// easing of what had no alert, asked nobody for anything and is not counted.
    package func figures(from: Moment, to: Moment) async throws -> AlertFigures {
        let (opened, concerned, acts) = try await alerts.transaction(
            while: "counting alerts",
            reading: .everything,
            readOnly: true
        ) { connection in
            let read = try await connection.pipeline([
                Self.opened(from, to), Self.concerned(from, to), Self.acts(from, to),
            ])
            return (try read[0].map(AlertFigures.Opened.init), Array(read[1]), Array(read[2]))
        }
        let sent = try await audit.lend(while: "counting what was sent") { connection in
            try await connection.query(Self.sent(from, to))
        }
        var people: [String: AlertFigures.Person] = [:]
        func count(_ subject: String, _ change: (inout AlertFigures.Person) throws -> Void) rethrows {
            try change(&people[subject, default: AlertFigures.Person(subject: subject)])
        }
        for row in concerned {
            try count(row.text(0)) { person in
                person.alerts = Int(try row.int64(1))
                person.actedOn = Int(try row.int64(2))
            }
        }
        for row in acts {
            try count(row.text(0)) { person in
                person.alertsActedOn = Int(try row.int64(1))
                person.claims = Int(try row.int64(2))
                person.resolved = Int(try row.int64(3))
                person.notes = Int(try row.int64(4))
            }
        }
        for row in sent { try count(Self.subject(ofActor: row.text(0))) { $0.events += Int(try row.int64(1)) } }
        return AlertFigures(opened: opened, people: people.values.sorted { $0.subject < $1.subject })
    }

    private static func opened(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT coalesce((
                    SELECT f.urgency FROM placeguard.feed f WHERE f.alert = a.id AND f.view = 'full'
                    ORDER BY array_position(ARRAY['low', 'normal', 'high', 'immediate'], f.urgency) DESC LIMIT 1
                ), a.urgency) AS urgency, count(*),
                count(*) FILTER (WHERE placeguard.is_acted_on(a.id, a.is_open, a.type, a.body)),
                count(*) FILTER (WHERE a.escalation > 0 OR EXISTS (
                    SELECT FROM placeguard.feed f WHERE f.alert = a.id AND f.view = 'full' AND f.type = 'escalated')),
                bool_and(a.escalation > 0 OR EXISTS (
                    SELECT FROM placeguard.feed f WHERE f.alert = a.id AND f.view = 'full' AND f.rev = 1))
            FROM placeguard.alert a
            WHERE a.view = 'full' AND a.opened_at >= $1 AND a.opened_at < $2 AND (a.is_open OR a.rev > 1)
            GROUP BY 1
            """,
            [.moment(from), .moment(to)]
        )
    }

    /// What each coordinator was asked to look at, by the conditions under which the feed shows it, whatever they filtered away:
    /// in the full view where they have a token for it, else in the open one, where they can note.
    private static func concerned(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT r.subject, count(DISTINCT a.id),
                count(DISTINCT a.id) FILTER (WHERE placeguard.is_acted_on(a.id, a.is_open, a.type, a.body))
            FROM (
                SELECT coalesce(t.person, 'agency:' || t.agency) AS subject,
                    CASE WHEN 'statutory' = ANY (t.clearances) THEN 'full' ELSE 'open' END AS view,
                    bool_or('statutory' = ANY (t.clearances))
                        OVER (PARTITION BY coalesce(t.person, 'agency:' || t.agency)) AS reads_full,
                    CASE WHEN t.areas = '{}' THEN g.areas ELSE t.areas END AS areas, ARRAY(
                        SELECT l.location FROM placeguard.link l WHERE l.agency = t.agency OR l.person = t.person) AS linked
                FROM placeguard.token t JOIN placeguard.agency g ON g.code = t.agency
                WHERE t.role = 'coordinator' AND t.issued < $2 AND (t.revoked IS NULL OR t.revoked >= $1)
            ) r LEFT JOIN placeguard.alert a ON a.view = r.view AND a.opened_at >= $1 AND a.opened_at < $2
                AND (a.is_open OR a.rev > 1) AND placeguard.is_visible(a.audience, a.everywhere, a.areas, a.location, r.subject, r.areas, r.linked)
            WHERE (r.view = 'full') = r.reads_full
            GROUP BY r.subject
            """,
            [.moment(from), .moment(to)]
        )
    }

    private static func acts(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT by, count(DISTINCT alert), count(*) FILTER (WHERE kind = 'claim'),
                count(*) FILTER (WHERE kind = 'resolve'), count(*) FILTER (WHERE kind = 'note')
            FROM placeguard.alert_act WHERE at >= $1 AND at < $2 GROUP BY by
            """,
            [.moment(from), .moment(to)]
        )
    }

    /// From the audit of deliveries, sealed and not yet sealed.
    private static func sent(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT actor, sum(substring(detail FROM 'events=([0-9]+)')::bigint)::bigint FROM (
                SELECT at, actor, action, detail FROM placeguard.audit_chain
                UNION ALL SELECT at, actor, action, detail FROM placeguard.audit_entry
            ) AS a
            WHERE action = 'feed.deliver' AND at >= $1 AND at < $2 GROUP BY actor
            """,
            [.moment(from), .moment(to)]
        )
    }

    /// `person:ana` is the subject `ana`; an agency's system is the same in both.
    private static func subject(ofActor actor: String) -> String {
        actor.hasPrefix("person:") ? String(actor.dropFirst(7)) : actor
    }
}

extension AlertFigures.Opened {
    fileprivate init(_ row: Row) throws {
        self.init(
            urgency: try row.name(0),
            alerts: Int(try row.int64(1)),
            actedOn: Int(try row.int64(2)),
            escalated: try row.bool(4) ? Int(try row.int64(3)) : nil
        )
    }
}
