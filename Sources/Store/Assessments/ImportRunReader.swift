import Postgres
import Safeguarding

/// Reads what the summary of a back-file, or of a rescoring under a new template, is made from.
enum ImportRunReader {
    static func statements(_ runs: [Int64]) -> [Statement] {
        [
            Statement(
                """
                SELECT r.id, count(p.id), count(p.id) FILTER (WHERE p.compartment = 'open-partner')
                FROM placeguard.import_run r LEFT JOIN placeguard.report p
                    ON p.import_run = r.id AND p.location IS NULL AND p.withdrawn_at IS NULL
                WHERE r.id = ANY ($1)
                GROUP BY r.id ORDER BY r.id
                """,
                [.int64s(runs)]
            ),
            // A place without an area is counted under the empty code; one in two areas in both.
            Statement(
                """
                SELECT r.id, s.view, coalesce(a.code, ''), s.effective_band, count(*)
                FROM placeguard.import_run r
                JOIN placeguard.location_state s ON s.assessment IS NOT NULL AND (r.kind = 'rescoring'
                    OR EXISTS (
                        SELECT FROM placeguard.import_run_location p
                        WHERE p.run = r.id AND p.location = s.location
                            -- A place that the run gave the open view nothing about is not told there.
                            AND (s.view = 'full' OR EXISTS (
                                SELECT FROM placeguard.item i JOIN placeguard.report o ON o.id = i.report
                                WHERE i.location = s.location AND i.compartment = 'open-partner'
                                    AND o.import_run = r.id))))
                JOIN placeguard.location l ON l.id = s.location
                LEFT JOIN LATERAL unnest(l.areas) AS a (code) ON true
                WHERE r.id = ANY ($1)
                GROUP BY 1, 2, 3, 4
                """,
                [.int64s(runs)]
            ),
        ]
    }

    static func read(_ results: [Rows]) throws -> [ImportRunWork] {
        var bands: [Int64: [View: [String: [Band: Int]]]] = [:]
        for row in results[1] {
            let view: View = try row.name(1)
            let band: Band = try row.name(3)
            bands[try row.int64(0), default: [:]][view, default: [:]][try row.text(2), default: [:]][band] =
                Int(try row.int64(4))
        }
        return try results[0].map { row in
            let run = try row.int64(0)
            var work = ImportRunWork(
                run: run,
                bandsByArea: bands[run] ?? [:],
                unlocated: Int(try row.int64(1))
            )
            work.openUnlocated = Int(try row.int64(2))
            return work
        }
    }
}
