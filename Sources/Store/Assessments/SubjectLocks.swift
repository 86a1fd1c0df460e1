import Postgres
import Safeguarding

/// Locks on what a transaction is about to decide, so that one decision at a time is made on a subject.
///
/// Nothing here waits for a decision in another transaction: what is locked elsewhere is left, with its due rows.
enum SubjectLocks {
    /// The subjects of a batch that were locked.
    struct Held: Sendable {
        var locations: Set<LocationID> = []
        var reports: Set<ReportID> = []
        var runs: Set<Int64> = []
        /// Runs of which no due row is left and no summary was published: theirs is due.
        var readyRuns: Set<Int64> = []
        /// Runs that still have due rows: their summary waits.
        var busyRuns: Set<Int64> = []

        func contains(_ subject: DueSubject) -> Bool {
            switch subject {
            case .location(let id): locations.contains(id)
            case .unlocated(let id): reports.contains(id)
            case .importRun(let run): runs.contains(run)
            }
        }
    }

    /// Locks what can be had of a batch: to be sent in one pipeline, and read by ``held(_:of:)``.
    ///
    /// A state row is made where there is none, in order of id: two transactions that meet a new place at the same time
    /// wait for one another here and nowhere else. The row of view `open` is the lock.
    static func statements(_ batch: DueBatch) -> [Statement] {
        places(batch.locations) + reports(batch.reports) + runs(batch.runs)
    }

    private static func places(_ locations: [LocationID]) -> [Statement] {
        guard !locations.isEmpty else { return [] }
        return [
            Statement(
                """
                INSERT INTO placeguard.location_state (location, view)
                SELECT wanted.id, v.view
                FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN unnest(ARRAY['open', 'full']) AS v (view)
                ORDER BY wanted.id, v.view
                ON CONFLICT DO NOTHING
                """,
                [.ids(locations)]
            ),
            Statement(
                """
                SELECT location FROM placeguard.location_state WHERE location = ANY ($1) AND view = 'open'
                ORDER BY location
                FOR UPDATE SKIP LOCKED
                """,
                [.ids(locations)]
            ),
        ]
    }

    /// A report without a place has no state row; the lock is on its id.
    private static func reports(_ reports: [ReportID]) -> [Statement] {
        guard !reports.isEmpty else { return [] }
        return [
            Statement(
                """
                SELECT r.id FROM unnest($1::uuid[]) AS r (id)
                WHERE pg_try_advisory_xact_lock(hashtextextended('placeguard.unlocated.' || r.id, 0))
                """,
                [.ids(reports)]
            )
        ]
    }

    private static func runs(_ runs: [Int64]) -> [Statement] {
        guard !runs.isEmpty else { return [] }
        return [
            Statement(
                """
                SELECT r.id, r.summarised IS NOT NULL,
                    EXISTS (SELECT FROM placeguard.due d WHERE d.import_run = r.id AND d.kind = 'location')
                FROM unnest($1::bigint[]) AS wanted (id) JOIN placeguard.import_run r ON r.id = wanted.id
                WHERE pg_try_advisory_xact_lock(hashtextextended('placeguard.run.' || wanted.id, 0))
                """,
                [.int64s(runs)]
            )
        ]
    }

    /// What was locked, from the results of ``statements(_:)``.
    static func held(_ results: some Sequence<Rows>, of batch: DueBatch) throws -> Held {
        var rest = Array(results)[...]
        var held = Held()
        if !batch.locations.isEmpty {
            rest = rest.dropFirst()
            held.locations = Set(try rest.popFirst()?.map { row in try row.id(0) } ?? [])
        }
        if !batch.reports.isEmpty { held.reports = Set(try rest.popFirst()?.map { row in try row.id(0) } ?? []) }
        guard let runs = rest.popFirst() else { return held }
        for row in runs {
            let run = try row.int64(0)
            held.runs.insert(run)
            guard try !row.bool(1) else { continue }
            if try row.bool(2) { held.busyRuns.insert(run) } else { held.readyRuns.insert(run) }
        }
        return held
    }
}
