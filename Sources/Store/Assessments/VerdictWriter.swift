import Postgres
import Safeguarding

/// Turns verdicts into the statements that store them; pure, so what is written can be read in one place.
struct VerdictWriter {
    /// In order; the numbering of events comes last, `open` before `full`.
    private(set) var statements: [Statement] = []
    /// Events to be numbered.
    private(set) var events = 0
    /// Those of them that the open view sees.
    private(set) var openEvents = 0

    private let evidence: Evidence
    /// One a view, so that an id of the open view tells nothing of what was made for the full one.
    private var ids: [View: TimeOrderedIDs]
    private let freshIDs: TimeOrderedIDs
    private var ledgers: [View: AlertLedger]
    private var assessments = AssessmentRows()
    private var states = StateRows()
    private var marks = ConsideredMarks()
    private var timers: [(subject: DueSubject, at: Moment)] = []

    /// - Parameter busy: Runs whose summary waits for the last of their due rows.
    init(batch: DueBatch, evidence: Evidence, verdicts: [Verdict], busy: Set<Int64>) throws {
        self.evidence = evidence
        let now = evidence.context.now
        freshIDs = TimeOrderedIDs(milliseconds: evidence.clockMilliseconds)
        ids = [:]
        ledgers = [.open: AlertLedger(now: now), .full: AlertLedger(now: now)]

        let bySubject = Dictionary(verdicts.map { ($0.subject, $0) }) { first, _ in first }
        for place in evidence.places { try add(place, bySubject[.location(place.work.id)]) }
        for work in evidence.unlocated { try add(work, bySubject[.unlocated(work.report)]) }
        for run in evidence.runs { add(run, bySubject[.importRun(run.run)]) }
        timers += verdicts.compactMap { verdict in verdict.nextDue.map { (verdict.subject, max($0, now + 1)) } }

        let waiting = Self.waiting(batch, evidence: evidence, busy: busy)
        statements =
            [assessments.insert(evidence.template), marks.update(now: now), states.update(), states.ends(at: now)]
            .compactMap { $0 }
            + [DueList.delete(batch)]
            + [DueList.arm(timers), DueList.rearm(waiting)].compactMap { $0 }
            + Self.summarised(evidence.runs)
        for view in View.allCases {
            let entries = ledgers[view]?.entries ?? []
            events += entries.count
            if view == .open { openEvents = entries.count }
            if let numbering = FeedNumbering.publish(entries, in: view, at: now) { statements.append(numbering) }
        }
    }
}

extension VerdictWriter {
    private mutating func add(_ place: StoredPlace, _ verdict: Verdict?) throws {
        guard let verdict else { return }
        let work = place.work
        for view in View.allCases {
            guard let conclusion = verdict.views[view] else { continue }
            // The law of the two views, held here too: what nobody may see in the open view is not told there.
            guard work.concerns(view) || conclusion.events.isEmpty else {
                throw StoreError(.internal, "assessing: an event about a place that is not visible in its view")
            }
            let stored = place.rows[view]
            let assessed = newAssessment(of: conclusion, place, in: view)
            let difference = view == .open ? verdict.difference : nil
            let isToldApart = difference != nil && difference != stored?.difference
            if assessed != .same || conclusion.published != work.state(view).published || isToldApart {
                states.add(
                    work.id,
                    view,
                    conclusion.published,
                    assessed: assessed,
                    difference: difference
                )
            }
            let facts = EventFacts.place(
                work.id,
                category: work.category,
                exact: place.exact,
                cell: place.cell,
                sources: conclusion.assessment?.kindCounts.map(\.kind) ?? [],
                view: view
            )
            ledgers[view]?.enter(
                conclusion.events,
                on: verdict.subject,
                open: work.state(view).openAlerts,
                facts: facts,
                ids: &ids[view, default: freshIDs]
            )
        }
        marks.add(work.items, endedVersions: place.endedVersions, held: verdict.views.mapValues(\.held))
    }

    /// The assessment to store, where an output changed.
    private mutating func newAssessment(
        of conclusion: ViewVerdict,
        _ place: StoredPlace,
        in view: View
    ) -> StateRows.Assessed {
        let stored = place.rows[view]
        guard let assessment = conclusion.assessment else { return stored?.outputs == nil ? .same : .nothing }
        let items = place.work.items.filter { $0.belongs(to: view) }
        let band = conclusion.effectiveBand ?? assessment.band
        let outputs = AssessmentOutputs(
            assessment,
            effectiveBand: band,
            items: items.map(\.version),
            templateID: evidence.template?.id ?? "",
            templateVersion: evidence.template?.version ?? 0
        )
        guard outputs.digest != stored?.outputs else { return .same }
        let id = ids[view, default: freshIDs].next()
        assessments.add(id, place.work.id, view, assessment, outputs: outputs, effectiveBand: band, items: items)
        return .stored(id: id, assessment: assessment, effectiveBand: band, digest: outputs.digest)
    }

    private mutating func add(_ work: UnlocatedWork, _ verdict: Verdict?) throws {
        for view in View.allCases {
            let events = verdict?.views[view]?.events ?? []
            guard work.concerns(view) || events.isEmpty else {
                throw StoreError(.internal, "assessing: an event about a report that is not visible in its view")
            }
            ledgers[view]?.enter(
                events,
                on: .unlocated(work.report),
                open: view == .open ? work.open : work.full,
                facts: .unlocated,
                ids: &ids[view, default: freshIDs]
            )
        }
    }

    private mutating func add(_ work: ImportRunWork, _ verdict: Verdict?) {
        for view in View.allCases {
            ledgers[view]?.enter(
                verdict?.views[view]?.events ?? [],
                on: .importRun(work.run),
                open: [],
                facts: .summary,
                ids: &ids[view, default: freshIDs]
            )
        }
    }

    /// Rows to be put again: places with an item that the clock has not reached, and runs that are not worked off.
    private static func waiting(
        _ batch: DueBatch,
        evidence: Evidence,
        busy: Set<Int64>
    ) -> [(row: DueRow, at: Moment)] {
        var moments: [DueSubject: Moment] = [:]
        for place in evidence.places { moments[.location(place.work.id)] = place.again }
        for run in busy {
            moments[.importRun(run)] = evidence.context.now + PostgresAssessmentStore.runInterval
        }
        var seen: Set<DueSubject> = []
        return batch.rows.sorted { $0.priority < $1.priority }.compactMap { row in
            guard let moment = moments[row.subject], seen.insert(row.subject).inserted else { return nil }
            return (row, moment)
        }
    }

    /// Marks runs as told of, and asks of every place they left red or unrated whether it was announced.
    private static func summarised(_ runs: [ImportRunWork]) -> [Statement] {
        guard !runs.isEmpty else { return [] }
        let ids = PostgresValue.int64s(runs.map(\.run))
        return [
            Statement("UPDATE placeguard.import_run SET summarised = clock_timestamp() WHERE id = ANY ($1)", [ids]),
            Statement(
                """
                INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
                SELECT 'location', left_so.location, clock_timestamp(), 3::smallint, $2
                FROM (
                    SELECT DISTINCT s.location
                    FROM placeguard.import_run r
                    JOIN placeguard.location_state s ON s.effective_band IN ('red', 'unrated') AND (r.kind = 'rescoring'
                        OR EXISTS (
                            SELECT FROM placeguard.import_run_location p
                            WHERE p.run = r.id AND p.location = s.location))
                    WHERE r.id = ANY ($1)
                ) AS left_so
                """,
                [ids, .text(DueRow.runEnded)]
            ),
        ]
    }
}
