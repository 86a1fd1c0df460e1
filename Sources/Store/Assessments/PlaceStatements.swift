import Postgres
import Safeguarding

/// The statements that read what is known of a set of places; each takes the ids as its first parameter.
enum PlaceStatements {
    static func places(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT l.id, l.category, l.areas, l.name, coalesce(l.name, r.name), l.from_register OR l.has_open_item,
                ST_X(l.position), ST_Y(l.position), ST_X(l.shown_position), ST_Y(l.shown_position),
                coalesce((
                    SELECT e.released FROM placeguard.lado_release e WHERE e.location = l.id
                    ORDER BY e.id DESC LIMIT 1), false)
            FROM placeguard.location l LEFT JOIN placeguard.location_restricted_name r ON r.location = l.id
            WHERE l.id = ANY ($1)
            ORDER BY l.id
            """,
            [locations]
        )
    }

    /// How many items each place has, of whatever state: places without any have no row.
    static func itemCounts(_ locations: PostgresValue) -> Statement {
        Statement(
            "SELECT location, count(*) FROM placeguard.item WHERE location = ANY ($1) GROUP BY location",
            [locations]
        )
    }

    /// Keeps the versions whose marks a decision may change as they are until it has: a correction that replaces one inherits its
    /// marks, and one that came between the reading and the writing would be told again. Locked in the order in which a
    /// correction locks those of its report, and only at places that this transaction has: what others decide is not waited for.
    static func lockUndecided(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            WITH own AS MATERIALIZED (
                SELECT location FROM placeguard.location_state
                WHERE location = ANY ($1) AND view = 'open' FOR UPDATE SKIP LOCKED
            )
            SELECT FROM placeguard.item
            WHERE location IN (SELECT location FROM own) AND superseded_at IS NULL AND (held_open OR held_full OR considered_full IS NULL
                OR (considered_open IS NULL AND compartment = 'open-partner'))
            ORDER BY version FOR NO KEY UPDATE
            """,
            [locations]
        )
    }

    /// Versions in force, and ended ones whose end is news.
    static func itemsInForce(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT location, version, report, sign, source, information, attribution, observed, received, agency,
                agency_kind, originator, originator_unconfirmed, self_report, happening_now, compartment, is_back_file,
                considered_open IS NOT NULL, considered_full IS NOT NULL, superseded_at IS NOT NULL,
                end_considered_open IS NOT NULL, end_considered_full IS NOT NULL, handling, held_open, held_full
            FROM placeguard.item
            WHERE location = ANY ($1)
                AND (superseded_at IS NULL OR end_considered_open IS NULL OR end_considered_full IS NULL)
            ORDER BY location, version
            """,
            [locations]
        )
    }

    /// Versions in force at a moment; now where there is none.
    static func items(_ locations: PostgresValue, at moment: Moment?) -> Statement {
        Statement(
            """
            SELECT location, version, report, sign, source, information, attribution, observed, received, agency,
                agency_kind, originator, originator_unconfirmed, self_report, happening_now, compartment, is_back_file,
                considered_open IS NOT NULL, considered_full IS NOT NULL, false, false, false, handling,
                held_open, held_full
            FROM placeguard.item
            WHERE location = ANY ($1) AND recorded <= coalesce($2, 'infinity')
                AND (superseded_at IS NULL OR superseded_at > coalesce($2, 'infinity'))
            ORDER BY location, version
            """,
            [locations, .moment(moment)]
        )
    }

    /// Each control's latest state.
    static func controls(_ locations: PostgresValue, at moment: Moment?) -> Statement {
        Statement(
            """
            SELECT DISTINCT ON (location, code) location, code, state, at, recorded
            FROM placeguard.control_event
            WHERE location = ANY ($1) AND at <= coalesce($2, 'infinity') AND recorded <= coalesce($2, 'infinity')
            ORDER BY location, code, at DESC, id DESC
            """,
            [locations, .moment(moment)]
        )
    }

    static func reviews(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT location, at, recorded, closes, view FROM placeguard.review WHERE location = ANY ($1)
            ORDER BY location, id
            """,
            [locations]
        )
    }

    static func inspections(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT location, sign, at, recorded FROM placeguard.inspection WHERE location = ANY ($1)
            ORDER BY location, id
            """,
            [locations]
        )
    }

    static func judgements(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT location, band, at, recorded, until, view FROM placeguard.judgement WHERE location = ANY ($1)
            ORDER BY location, id
            """,
            [locations]
        )
    }

    static func states(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT s.location, s.view, s.published_band, s.published_severity_four, s.published_at, s.down_since,
                s.review_due, s.overdue_announced, s.answered_review, s.announced_band, s.held_since, s.told_at,
                s.told_urgency, s.band, s.outputs, s.differs, s.differs_by_lado, a.template_id,
                a.template_version
            FROM placeguard.location_state s LEFT JOIN placeguard.assessment a ON a.id = s.assessment
            WHERE s.location = ANY ($1)
            """,
            [locations]
        )
    }

    static func openAlerts(_ locations: PostgresValue) -> Statement {
        Statement(
            """
            SELECT location, view, id, cause, rev, urgency, opened_at, claimed_by, claim_until, escalates, escalation
            FROM placeguard.alert
            WHERE location = ANY ($1) AND is_open ORDER BY location, id
            """,
            [locations]
        )
    }
}
