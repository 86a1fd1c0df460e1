import Postgres
import Safeguarding

/// What the store knows of a place beside what the decision is given.
struct StoredPlace: Sendable {
    var work: LocationWork
    var exact: Position?
    var cell: Position?
    var rows: [View: StateRow]
    /// Versions that ended and whose end no decision has considered yet.
    var endedVersions: [Int64]
    /// When to decide again on the rows now taken: an item that the clock has not reached, or the end of a run that
    /// something new came before.
    var again: Moment?
}

/// What is stored in `location_state` beside the published state.
struct StateRow: Sendable, Hashable {
    var hasAssessment: Bool
    /// Digest of the outputs stored last.
    var outputs: [UInt8]?
    var difference: ViewDifference
}

/// Everything one transaction decides from, read after its locks were taken.
struct Evidence: Sendable {
    var places: [StoredPlace]
    var unlocated: [UnlocatedWork]
    var runs: [ImportRunWork]
    var context: AssessmentContext
    /// The database's clock in milliseconds, for ids.
    var clockMilliseconds: UInt64
    /// Id and version of the template in force.
    var template: (id: String, version: Int)?

    /// What there is to decide, in the order in which it is to be published.
    var works: [DueWork] {
        places.map { .location($0.work) } + unlocated.map { .unlocated($0) } + runs.map { .importRun($0) }
    }
}

/// Reads the evidence of locked subjects: one pipeline, each statement set-based, the clock last.
enum EvidenceReader {
    /// What to send after the locks on a batch: each statement sees what is committed when it begins.
    ///
    /// - Parameter readyRuns: Those of its runs whose summary is due.
    static func statements(_ batch: DueBatch, readyRuns: Set<Int64>) -> [Statement] {
        let locations = PostgresValue.ids(batch.locations)
        var statements = [
            PlaceStatements.lockUndecided(locations), PlaceStatements.places(locations),
            PlaceStatements.itemsInForce(locations),
            PlaceStatements.controls(locations, at: nil), PlaceStatements.reviews(locations),
            PlaceStatements.inspections(locations), PlaceStatements.judgements(locations),
            PlaceStatements.states(locations), PlaceStatements.openAlerts(locations),
        ]
        let reports = batch.reports
        if !reports.isEmpty { statements += UnlocatedReader.statements(reports) }
        let runs = readyRuns.sorted()
        if !runs.isEmpty { statements += ImportRunReader.statements(runs) }
        statements += [ChainRegistry.reading, clock]
        return statements
    }

    /// What a batch is decided from, of the results of ``statements(_:readyRuns:)``.
    ///
    /// - Parameters:
    ///   - asked: The batch that was asked for.
    ///   - kept: What of it could be locked: the rest is left out.
    static func evidence(
        _ results: some Sequence<Rows>,
        asked: DueBatch,
        kept: DueBatch,
        readyRuns: Set<Int64>
    ) throws -> Evidence {
        var results = Array(results)[...]
        let placeResults = Array(results.dropFirst().prefix(8))
        results = results.dropFirst(9)
        let unlocated = asked.reports.isEmpty ? [] : try UnlocatedReader.read(Array(results.prefix(2)))
        if !asked.reports.isEmpty { results = results.dropFirst(2) }
        let storedRuns = readyRuns.isEmpty ? [] : try ImportRunReader.read(Array(results.prefix(2)))
        guard let clockRow = results.last?.first else { throw StoreError(.internal, "reading the clock") }

        var (context, milliseconds, template) = try readClock(clockRow)
        if let row = results.dropLast().last?.first { context.chains = try EscalationChains(row, from: 0) }
        let places = try PlaceAssembly(placeResults).places(now: context.now, purposes: kept.purposes)
        let (locations, reports) = (Set(kept.locations), Set(kept.reports))
        return Evidence(
            places: places.filter { locations.contains($0.work.id) },
            unlocated: unlocated.filter { reports.contains($0.report) },
            runs: storedRuns,
            context: context,
            clockMilliseconds: milliseconds,
            template: template
        )
    }

    /// Reads one place as it stood at a moment, or now.
    static func history(
        of location: LocationID,
        at moment: Moment?,
        on connection: Connection
    ) async throws -> (work: LocationWork, context: AssessmentContext)? {
        let locations = PostgresValue.ids([location])
        let results = try await connection.pipeline([
            PlaceStatements.places(locations), PlaceStatements.items(locations, at: moment),
            PlaceStatements.controls(locations, at: moment), PlaceStatements.reviews(locations),
            PlaceStatements.inspections(locations), PlaceStatements.judgements(locations),
            PlaceStatements.states(locations), PlaceStatements.openAlerts(locations), clock,
        ])
        guard let clockRow = results.last?.first else { throw StoreError(.internal, "reading the clock") }
        var (context, _, _) = try readClock(clockRow)
        if let moment { context.now = moment }
        let places = try PlaceAssembly(Array(results.prefix(8))).places(now: context.now, purposes: [:])
        return places.first.map { ($0.work, context) }
    }

    /// The clock of record with what else is the same for every subject; read after the evidence (design.md rule 8).
    static let clock = Statement(
        """
        SELECT clock.now, (extract(epoch FROM clock.now) * 1000)::bigint,
            (SELECT min(m.at) FROM placeguard.meeting m WHERE m.at > clock.now),
            (SELECT coalesce(array_agg(h.day - date '1970-01-01'), '{}') FROM placeguard.holiday h),
            t.id, t.version
        FROM (SELECT clock_timestamp() AS now) AS clock LEFT JOIN placeguard.template t ON t.active
        """
    )

    static func readClock(
        _ row: Row
    ) throws -> (AssessmentContext, UInt64, (id: String, version: Int)?) {
        let holidays: [Int32] = try row.decodeArray(3)
        let context = AssessmentContext(
            now: try row.moment(0),
            workingTime: WorkingTime(holidays: Set(holidays.map { CivilDate(daysSinceEpoch: Int64($0)) })),
            nextMeeting: try row.optionalMoment(2)
        )
        let template = try row.optionalText(4).map { (id: $0, version: Int(try row.int32(5))) }
        return (context, UInt64(clamping: try row.int64(1)), template)
    }
}
