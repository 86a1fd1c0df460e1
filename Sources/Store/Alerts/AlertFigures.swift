import Postgres
package import Safeguarding

/// How many alerts a time brought, and what people made of them: whether the feed is listened to, or has become noise.
package struct AlertFigures: Sendable, Hashable {
    /// Of one urgency.
    package struct Opened: Sendable, Hashable {
        package var urgency: Urgency
        package var alerts: Int
        /// Claimed, resolved or noted by somebody.
        package var actedOn: Int
        /// Went up the chain at least once.
        package var escalated: Int
    }

    /// Of one person, or an agency's system.
    package struct Person: Sendable, Hashable {
        package var subject: String
        /// Events sent, a repetition after a break counted again.
        package var events: Int
        package var alertsActedOn: Int
        package var claims: Int
        package var resolved: Int
        package var notes: Int
    }

    package var opened: [Opened]
    package var people: [Person]

    package var alerts: Int { opened.map(\.alerts).reduce(0, +) }
    package var actedOn: Int { opened.map(\.actedOn).reduce(0, +) }
}

/// Reads the figures of the full view, in which people claim.
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

    /// Of the alerts opened, and of what was sent and done, from a moment up to another.
    package func figures(from: Moment, to: Moment) async throws -> AlertFigures {
        let (opened, acts) = try await alerts.transaction(
            while: "counting alerts",
            reading: .everything,
            readOnly: true
        ) { connection in
            let read = try await connection.pipeline([Self.opened(from, to), Self.acts(from, to)])
            return (try read[0].map(AlertFigures.Opened.init), try read[1].map { row in try Self.person(row) })
        }
        let sent = try await audit.lend(while: "counting what was sent") { connection in
            try await connection.query(Self.sent(from, to)).map { row in
                (Self.subject(ofActor: try row.text(0)), Int(try row.int64(1)))
            }
        }
        var people = Dictionary(acts.map { ($0.subject, $0) }) { first, _ in first }
        for (subject, events) in sent {
            let nobody = AlertFigures.Person(
                subject: subject,
                events: 0,
                alertsActedOn: 0,
                claims: 0,
                resolved: 0,
                notes: 0
            )
            people[subject, default: nobody].events += events
        }
        return AlertFigures(opened: opened, people: people.values.sorted { $0.subject < $1.subject })
    }

    private static func opened(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT a.urgency, count(*),
                count(*) FILTER (WHERE EXISTS (SELECT FROM placeguard.alert_act t WHERE t.alert = a.id)),
                count(*) FILTER (WHERE a.escalation > 0 OR EXISTS (
                    SELECT FROM placeguard.feed f WHERE f.alert = a.id AND f.view = 'full' AND f.type = 'escalated'))
            FROM placeguard.alert a
            WHERE a.view = 'full' AND a.opened_at >= $1 AND a.opened_at < $2
            GROUP BY a.urgency
            """,
            [.moment(from), .moment(to)]
        )
    }

    private static func acts(_ from: Moment, _ to: Moment) -> Statement {
        Statement(
            """
            SELECT by, count(DISTINCT alert), count(*) FILTER (WHERE kind = 'claim'),
                count(*) FILTER (WHERE kind = 'resolve'), count(*) FILTER (WHERE kind = 'note')
            FROM placeguard.alert_act WHERE view = 'full' AND at >= $1 AND at < $2 GROUP BY by
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

    private static func person(_ row: Row) throws -> AlertFigures.Person {
        AlertFigures.Person(
            subject: try row.text(0),
            events: 0,
            alertsActedOn: Int(try row.int64(1)),
            claims: Int(try row.int64(2)),
            resolved: Int(try row.int64(3)),
            notes: Int(try row.int64(4))
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
            escalated: Int(try row.int64(3))
        )
    }
}
