import Postgres
import Safeguarding

/// Reads what is known of reports that belong to no place.
enum UnlocatedReader {
    static func statements(_ reports: [ReportID]) -> [Statement] {
        [
            Statement(
                """
                SELECT r.id, a.areas, i.happening_now, r.is_back_file, r.received,
                    r.location IS NOT NULL OR r.withdrawn_at IS NOT NULL,
                    i.signs, i.open_signs, i.compartments, i.source, i.information, i.observed,
                    r.withdrawn_at IS NOT NULL, i.handling
                FROM placeguard.report r JOIN placeguard.agency a ON a.code = r.agency
                CROSS JOIN LATERAL (
                    SELECT array_agg(n.sign ORDER BY n.version) AS signs,
                        coalesce(array_agg(n.sign ORDER BY n.version)
                            FILTER (WHERE n.compartment = 'open-partner'), '{}') AS open_signs,
                        array_agg(n.compartment ORDER BY n.version) AS compartments,
                        min(n.source) AS source, min(n.information) AS information, max(n.observed) AS observed,
                        bool_or(n.happening_now) AS happening_now,
                        -- The strictest: C before P.
                        min(n.handling) AS handling
                    FROM placeguard.item n
                    -- The versions in force; of a withdrawn report those that were, until it was.
                    WHERE n.report = r.id AND (n.superseded_at IS NULL OR n.superseded_at = r.withdrawn_at)
                ) AS i
                WHERE r.id = ANY ($1) AND i.signs IS NOT NULL
                ORDER BY r.id
                """,
                [.ids(reports)]
            ),
            Statement(
                """
                SELECT report, view, id, cause, rev, urgency, opened_at, claimed_by, claim_until, escalates, escalation,
                    is_open
                FROM placeguard.alert
                WHERE report = ANY ($1) AND (is_open OR type = 'resolved') ORDER BY report, id
                """,
                [.ids(reports)]
            ),
        ]
    }

    static func read(_ results: [Rows]) throws -> [UnlocatedWork] {
        var alerts: [ReportID: [View: [OpenAlert]]] = [:]
        var resolved: [ReportID: [View: OpenAlert]] = [:]
        for row in results[1] {
            let (report, view): (ReportID, View) = (try row.id(0), try row.name(1))
            let alert = try PlaceAssembly.caredAlert(row, from: 2)
            if try row.bool(11) {
                alerts[report, default: [:]][view, default: []].append(alert)
            } else {
                resolved[report, default: [:]][view] = alert
            }
        }
        return try results[0].map { row in
            let report: ReportID = try row.id(0)
            let compartments: [Compartment] = try row.names(8)
            var work = UnlocatedWork(
                report: report,
                areas: try row.texts(1),
                signs: try row.texts(6),
                grade: try row.grade(source: 9, information: 10),
                happeningNow: try row.bool(2),
                isBackFile: try row.bool(3),
                compartment: compartments.first(where: \.isOpen) ?? compartments.first ?? .statutoryOnly,
                observed: try row.moment(11),
                received: try row.moment(4),
                isSettled: try row.bool(5),
                open: alerts[report]?[.open] ?? [],
                full: alerts[report]?[.full] ?? [],
                openSigns: try row.texts(7)
            )
            work.isWithdrawn = try row.bool(12)
            work.resolved = resolved[report] ?? [:]
            work.handling = try row.name(13)
            return work
        }
    }
}
