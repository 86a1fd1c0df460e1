import Postgres
package import Safeguarding

/// The due list and what hangs on it, in PostgreSQL (design.md "Data model and transactions").
///
/// One drain is one transaction: take due rows, lock their subjects, read the evidence in new statements and the clock
/// after it, decide, store, number the events as the last statement. Any number of daemons may drain at once.
package struct PostgresAssessmentStore: AssessmentStore, EvidenceHistory {
    private let source: any ConnectionSource
    private let notifier: PublicationNotifier

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
    package init(_ source: any ConnectionSource, notifier: PublicationNotifier) {
        self.source = source
        self.notifier = notifier
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
        let outcome: DrainOutcome? = try await source.transaction(while: "assessing", reading: .everything) {
            connection in
            let (batch, held): (DueBatch, SubjectLocks.Held)
            switch try await Self.take(priorities, limit: limit, on: connection) {
            case .batch(let taken, let locks): (batch, held) = (taken, locks)
            case .nothing: return .nothing
            case .contended: return nil
            }
            let evidence = try await EvidenceReader.read(batch, readyRuns: held.readyRuns, on: connection)
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
        case batch(DueBatch, SubjectLocks.Held)
        /// Nothing is due.
        case nothing
        /// What is due is being decided elsewhere.
        case contended
    }

    /// Takes rows and locks their subjects, past those that somebody else is deciding.
    private static func take(
        _ priorities: ClosedRange<Int>,
        limit: Int,
        on connection: Connection
    ) async throws -> Taken {
        var passed: [Int64] = []
        for _ in 0..<maximumPasses {
            var batch = try await DueList.take(priorities, limit: limit, except: passed, on: connection)
            guard !batch.rows.isEmpty else { return passed.isEmpty ? .nothing : .contended }
            passed += batch.rows.map(\.id)
            if !(batch.locations.isEmpty && batch.reports.isEmpty) {
                batch.rows += try await connection.query(DueList.alsoDue(batch)).map(DueRow.init)
            }
            let held = try await SubjectLocks.lock(batch, on: connection)
            batch.keep(held.contains)
            if !batch.rows.isEmpty { return .batch(batch, held) }
        }
        return .contended
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
