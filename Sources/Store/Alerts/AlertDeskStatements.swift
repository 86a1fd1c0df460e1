import Postgres
import Safeguarding

/// The statements of ``PostgresAlertDesk``.
enum AlertDeskStatements {
    /// An alert as a reader may see it, open or not.
    static func visible(_ alert: AlertID, to reader: Principal) -> Statement { stored(alert, reader) }

    /// An alert as it is, for whoever has asked ``visible(_:to:)``.
    static func alert(_ alert: AlertID) -> Statement { stored(alert, nil) }

    /// The columns that ``StoredAlert`` reads.
    private static func stored(_ alert: AlertID, _ reader: Principal?) -> Statement {
        Statement(
            """
            SELECT f.seq, f.id, f.rev, f.type, f.urgency, f.at, f.body, f.claimed_by, f.claim_until, f.escalates, f.escalation,
                f.view, f.cause, f.location, f.report, f.run, f.is_open, f.opened_at, f.areas, f.everywhere, f.tags,
                ST_X(f.position), ST_Y(f.position), f.earlier
            FROM placeguard.alert f
            WHERE f.id = $1 AND ($2::text IS NULL OR f.view = $2
                AND placeguard.is_visible(f.audience, f.everywhere, f.areas, f.location, $3, $4::text[], ARRAY(
                    SELECT l.location FROM placeguard.link l WHERE l.agency = $5 OR l.person = $6)))
            """,
            [
                .id(alert), .text(reader?.view.rawValue), .text(reader?.subject), .texts(reader?.areas ?? []),
                .text(reader?.agency), .text(reader?.person),
            ]
        )
    }

    /// The lock under which the subject's alerts are revised, the assessor's own; waits for a decision in progress. A
    /// summary's alerts are born closed and need none.
    static func lock(_ subject: DueSubject) -> Statement? {
        switch subject {
        case .location(let id):
            Statement(
                "SELECT FROM placeguard.location_state WHERE location = $1 AND view = 'open' FOR UPDATE",
                [.id(id)]
            )
        case .unlocated(let id):
            Statement(
                "SELECT pg_advisory_xact_lock(hashtextextended('placeguard.unlocated.' || $1::uuid, 0))",
                [.id(id)]
            )
        case .importRun: nil
        }
    }

    /// The act that a subject recorded under its key.
    static func act(_ actionID: String, by subject: String) -> Statement {
        Statement(
            "SELECT alert, kind, words, rev, until FROM placeguard.alert_act WHERE by = $1 AND action_id = $2",
            [.text(subject), .text(actionID)]
        )
    }

    /// What has come to an alert: the last revision that tells of the place, and as urgent as the alert was at the
    /// subject's own last act, else at its beginning; of one that the log has dropped nothing is known, so anything may be more
    /// urgent.
    static func news(of alert: AlertID, in view: View, for subject: String) -> Statement {
        Statement(
            """
            SELECT (SELECT f.rev FROM placeguard.feed f
                    WHERE f.alert = $1 AND f.view = $2 AND f.type = ANY($3::text[]) ORDER BY f.seq DESC LIMIT 1),
                (SELECT coalesce((SELECT f.urgency FROM placeguard.feed f
                        WHERE f.alert = $1 AND f.view = $2 AND f.rev = own.rev), $5)
                    FROM (SELECT coalesce(max(a.rev), 1) AS rev FROM placeguard.alert_act a
                        WHERE a.alert = $1 AND a.by = $4) own)
            """,
            [
                .id(alert), .name(view), .texts(EventType.allCases.filter(\.isNews).map(\.rawValue)), .text(subject),
                .name(Urgency.low),
            ]
        )
    }

    /// The answer given before, where it is the same act.
    static func receipt(_ row: Row, of act: AlertAct) throws -> AlertActReceipt {
        guard try row.id(0) == act.alert, try row.name(1) == act.kind, try row.text(2) == act.text else {
            throw AlertActRefusal.actionReused
        }
        return AlertActReceipt(rev: Int(try row.int32(3)), until: try row.optionalMoment(4))
    }

    static func record(
        _ act: AlertAct,
        by principal: Principal,
        view: View,
        at now: Moment,
        _ receipt: AlertActReceipt
    ) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.alert_act (alert, view, at, by, action_id, kind, words, rev, until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .id(act.alert), .name(view), .moment(now), .text(principal.subject), .text(act.actionID),
                .name(act.kind), .text(act.text), .int32(Int32(clamping: receipt.rev)), .moment(receipt.until),
            ]
        )
    }

    /// The latest revisions that the log still has, one more than are shown.
    static func revisions(_ alert: AlertID, for reader: Principal) -> Statement {
        Statement(
            """
            SELECT seq, alert, rev, type, urgency, at, body FROM placeguard.feed
            WHERE alert = $1 AND view = $2 AND (audience IS NULL OR audience = $3) ORDER BY seq DESC LIMIT $4
            """,
            [.id(alert), .name(reader.view), .text(reader.subject), .int64(Int64(AlertHistory.limit + 1))]
        )
    }

    /// The latest acts, one more than are shown.
    static func acts(_ alert: AlertID, in view: View) -> Statement {
        Statement(
            """
            SELECT at, kind, by, action_id, words, rev FROM placeguard.alert_act
            WHERE alert = $1 AND view = $2 ORDER BY at DESC, rev DESC LIMIT $3
            """,
            [.id(alert), .name(view), .int64(Int64(AlertHistory.limit + 1))]
        )
    }
}
