import Postgres
package import Safeguarding

/// The due list and what hangs on it, in PostgreSQL (design.md "Data model and transactions").
///
/// One drain is one transaction: take due rows, lock their subjects, read the evidence in new statements and the clock
/// after it, decide, store, number the events as the last statement. Any number of daemons may drain at once.
package struct PostgresAssessmentStore: AssessmentStore, EvidenceHistory {
    private let source: any ConnectionSource
    private let notifier: PublicationNotifier
    private let backgroundItems: Int

    /// How long a drain waits that found nothing but subjects another transaction is deciding: about as long as such a
    /// transaction takes, so that whoever drains in a loop neither spins nor leaves a live report waiting for a poll.
    static let contentionPause = Duration.milliseconds(10)

    /// How often a drain looks further down the list past subjects that are being decided elsewhere: an immediate report
    /// about one place must not wait for another place's back-file.
    static let maximumPasses = 32

    /// Seconds until the summary of a run that is still being worked off is looked at again.
    static let runInterval: Int64 = 1

    /// - Parameters:
    ///   - source: Connections of the assessor's role.
    ///   - notifier: Tells other daemons, at most every 50 ms.
    ///   - backgroundItems: How many items a transaction of the background reads, beside those of its first place: 200 places
    ///     of a back-file of a million rows would not fit in memory.
    package init(
        _ source: any ConnectionSource,
        notifier: PublicationNotifier,
        backgroundItems: Int = 20_000
    ) {
        self.source = source
        self.notifier = notifier
        self.backgroundItems = backgroundItems
    }

    /// - Throws: `StoreError`; with code `conflict` and the activity `assessing under a template no longer in force` where
    ///   another template has been activated: the caller reads it and drains again.
    package func drain(
        _ priorities: ClosedRange<Int>,
        limit: Int,
        templateID: String,
        templateVersion: Int,
        decide: @Sendable ([DueWork], AssessmentContext) throws -> [Verdict]
    ) async throws -> DrainOutcome {
        // Nil: rows were found, and all their subjects are being decided elsewhere.
        let outcome: DrainOutcome? = try await source.transaction(while: "assessing") { connection in
            let (batch, held, evidence): (DueBatch, SubjectLocks.Held, Evidence)
            switch try await take(priorities, limit: limit, on: connection) {
            case .batch(let taken, let locks, let read): (batch, held, evidence) = (taken, locks, read)
            case .nothing: return .nothing
            case .contended: return nil
            }
            guard let template = evidence.template, template == (templateID, templateVersion) else {
                throw StoreError(.conflict, "assessing under a template no longer in force")
            }
            let works = evidence.works
            let verdicts = works.isEmpty ? [] : try decide(works, evidence.context)
            guard verdicts.map(\.subject) == works.map(\.subject) else {
                throw StoreError(.internal, "assessing: the verdicts do not match the subjects")
            }
            let writer = try VerdictWriter(batch: batch, evidence: evidence, verdicts: verdicts, busy: held.busyRuns)
            _ = try await connection.pipeline(writer.statements)
            return DrainOutcome(
                subjects: works.count,
                events: writer.events,
                openEvents: writer.openEvents,
                more: batch.isFull
            )
        }
        guard let outcome else {
            try await Task.sleep(for: Self.contentionPause)
            return DrainOutcome(subjects: 0, events: 0, more: true)
        }
        if outcome.events > 0 { await notifier.published(on: source) }
        return outcome
    }

    private enum Taken {
        case batch(DueBatch, SubjectLocks.Held, Evidence)
        /// Nothing is due.
        case nothing
        /// What is due is being decided elsewhere.
        case contended
    }

    /// Takes rows, locks their subjects, past those that somebody else is deciding, and reads what is known of them.
    ///
    /// Two journeys to the server where nobody else is at work: every further one is time that a coordinator waits.
    private func take(
        _ priorities: ClosedRange<Int>,
        limit: Int,
        on connection: Connection
    ) async throws -> Taken {
        var passed: [Int64] = []
        for _ in 0..<Self.maximumPasses {
            let take = DueList.take(priorities, limit: limit, except: passed)
            let taken = try await connection.pipeline([ReadScope.everything.statement, take])[1]
            let asked = try DueBatch(taken, limit: limit)
            guard !asked.rows.isEmpty else { return passed.isEmpty ? .nothing : .contended }
            passed += asked.rows.map(\.id)
            if let (batch, held, evidence) = try await lockAndRead(asked, on: connection) {
                return .batch(batch, held, evidence)
            }
        }
        return .contended
    }

    /// Nil where no subject could be locked.
    private func lockAndRead(
        _ asked: DueBatch,
        on connection: Connection
    ) async throws -> (DueBatch, SubjectLocks.Held, Evidence)? {
        let locks = SubjectLocks.statements(asked)
        // Which runs are to be read, and how much, is known once they are locked; else all is read that was asked for.
        let isKnown = asked.runs.isEmpty && !asked.isBackground
        var results = try await connection.pipeline(
            locks + (isKnown ? EvidenceReader.statements(asked, readyRuns: []) : [])
        )
        let held = try SubjectLocks.held(results.prefix(locks.count), of: asked)
        var kept = asked
        kept.keep(held.contains)
        guard !kept.rows.isEmpty else { return nil }
        var read = asked
        if !isKnown {
            if asked.isBackground { try await bound(&kept, on: connection) }
            read = kept
            results += try await connection.pipeline(EvidenceReader.statements(kept, readyRuns: held.readyRuns))
        }
        let evidence = try EvidenceReader.evidence(
            results.dropFirst(locks.count),
            asked: read,
            kept: kept,
            readyRuns: held.readyRuns
        )
        return (kept, held, evidence)
    }

    /// Keeps as many places as have items for one transaction, one at least.
    private func bound(_ batch: inout DueBatch, on connection: Connection) async throws {
        let counted = try await connection.query(PlaceStatements.itemCounts(.ids(batch.locations)))
        let counts = Dictionary(
            try counted.map { row in (try row.id(0, as: LocationID.self), Int(try row.int64(1))) },
            uniquingKeysWith: max
        )
        var room = backgroundItems
        var isFirst = true
        let left = Set(
            batch.locations.filter { location in
                let count = counts[location] ?? 0
                defer { isFirst = false }
                guard isFirst || count <= room else { return true }
                room -= count
                return false
            }
        )
        guard !left.isEmpty else { return }
        batch.keep { subject in if case .location(let id) = subject { !left.contains(id) } else { true } }
        batch.isFull = true
    }

    package func secondsUntilDue(_ priorities: ClosedRange<Int>) async throws -> Int64? {
        try await source.lend(while: "reading the due list") { connection in
            try await connection.query(DueList.secondsUntilNext(priorities)).first?.optionalInt64(0)
        }
    }

    package func work(for location: LocationID) async throws -> (work: LocationWork, context: AssessmentContext)? {
        try await history(of: location, at: nil)
    }

    package func work(
        for location: LocationID,
        at moment: Moment
    ) async throws -> (work: LocationWork, context: AssessmentContext)? {
        try await history(of: location, at: moment)
    }

    private func history(
        of location: LocationID,
        at moment: Moment?
    ) async throws -> (work: LocationWork, context: AssessmentContext)? {
        try await source.transaction(
            while: "reading evidence",
            reading: .everything,
            isolation: .repeatableRead,
            readOnly: true
        ) { connection in
            try await EvidenceReader.history(of: location, at: moment, on: connection)
        }
    }
}

extension DrainOutcome {
    static let nothing = DrainOutcome(subjects: 0, events: 0, more: false)
}

extension DueWork {
    var subject: DueSubject {
        switch self {
        case .location(let work): .location(work.id)
        case .unlocated(let work): .unlocated(work.report)
        case .importRun(let work): .importRun(work.run)
        }
    }
}
