import Postgres
import Safeguarding

/// The statements around the ranked places of an operational briefing.
enum PictureStatements {
    static let clock = Statement("SELECT date_trunc('second', clock_timestamp())")

    /// Reports received in the period by kind of agency, which shows who is silent.
    ///
    /// Those whose compartment the reader may read, of places and of agencies in the area; ids carry the time they were
    /// received, so the period is a range of them. A day either side covers any difference of clocks.
    static func reportsByKind(_ query: BriefingQuery, reader: Reader, asOf: Moment) -> Statement {
        Statement(
            """
            SELECT r.agency_kind, count(*)
            FROM placeguard.report r
            LEFT JOIN placeguard.location l ON l.id = r.location
            JOIN placeguard.agency g ON g.code = r.agency
            WHERE r.id >= placeguard.uuid_v7_floor(greatest($1 - interval '1 day', timestamptz 'epoch'))
                AND r.id < placeguard.uuid_v7_floor(greatest($2 + interval '1 day', timestamptz 'epoch'))
                AND r.received > $1 AND r.received <= $2
                AND (r.withdrawn_at IS NULL OR r.withdrawn_at > $2)
                AND ($3::text IS NULL OR $3 = ANY (coalesce(l.areas, g.areas))
                    OR (l.id IS NULL AND cardinality(g.areas) = 0))
                AND (cardinality($4::text[]) = 0 OR cardinality(coalesce(l.areas, g.areas)) = 0
                    OR coalesce(l.areas, g.areas) && $4)
                AND ($5::text IS NULL OR l.category = $5)
                AND NOT coalesce(r.location = ANY (ARRAY(
                    SELECT k.location FROM placeguard.link k WHERE k.agency = $6 OR k.person = $7)), false)
            GROUP BY r.agency_kind
            """,
            [
                .moment(query.from), .moment(asOf), .text(query.area), .texts(reader.areas), .name(query.category),
                .text(reader.agency), .text(reader.person),
            ]
        )
    }

    /// Reports that belonged to no place at the moment; they concern every area of the partnership. Items say it, since
    /// the report's own row knows only where it is now.
    static func unlocated(asOf: Moment) -> Statement {
        Statement(
            """
            SELECT count(DISTINCT i.report) FROM placeguard.item i
            WHERE i.location IS NULL AND i.recorded <= $1 AND (i.superseded_at IS NULL OR i.superseded_at > $1)
            """,
            [.moment(asOf)]
        )
    }

    static let template = Statement(
        "SELECT id, version, title, notice, marking FROM placeguard.template WHERE active"
    )

    static let labels = Statement(
        """
        SELECT c.kind, c.code, c.label FROM placeguard.template t
        JOIN placeguard.template_code c ON c.template_id = t.id AND c.template_version = t.version
        WHERE t.active AND c.kind IN ('sign', 'category')
        """
    )

    static let auditHead = Statement("SELECT number, encode(hash, 'hex') FROM placeguard.audit_head()")
}
