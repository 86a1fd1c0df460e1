package import Logging
package import Safeguarding
import ServiceLifecycle
import Synchronization

/// Stores reports as they come in, many to a transaction, and answers each after its commit (design.md rule 1).
///
/// `submit` may be called from anywhere, before and while `run` runs. A few committers take from one bounded queue;
/// ``BatchMachine`` says who takes what. A sender that goes away changes nothing: its report commits all the same. On
/// graceful shutdown nothing new is accepted, what was accepted is committed and answered, then `run` returns; when `run`
/// is cancelled, what is left is refused as `draining`.
package final class IntakeService: Service, Sendable {
    /// Transactions under way at once: one waits for the disk while the next is prepared. More would only make smaller
    /// batches that wait for each other's rows.
    package static let committers = 3

    private typealias Answer = CheckedContinuation<Result<CommitOutcome, IntakeRefusal>, Never>

    private struct Ticket {
        var report: ValidatedReport
        var answer: Answer
    }

    private let store: any ReportStore
    private let prompts: @Sendable () -> PromptRules
    private let logger: Logger
    private let metrics = IntakeMetrics()
    private let machine: Mutex<BatchMachine<Ticket>>
    private let bell = Doorbell()
    private let committerCount: Int

    /// `prompts` gives the rules of the template in force, asked for each batch; `waiting` is how many reports may wait.
    package convenience init(
        store: any ReportStore,
        prompts: @escaping @Sendable () -> PromptRules,
        waiting: Int = QueueLimits.standard.queuedReports,
        logger: Logger
    ) {
        var limits = QueueLimits.standard
        limits.queuedReports = waiting
        self.init(store: store, prompts: prompts, logger: logger, limits: limits, committers: IntakeService.committers)
    }

    init(
        store: any ReportStore,
        prompts: @escaping @Sendable () -> PromptRules,
        logger: Logger,
        limits: QueueLimits = .standard,
        committers: Int
    ) {
        self.store = store
        self.prompts = prompts
        self.logger = logger
        machine = Mutex(BatchMachine(limits: limits))
        committerCount = committers
    }

    /// Reports that wait to be stored.
    package var backlog: Int { machine.withLock { $0.backlog } }

    /// Whether it has begun to stop: nothing new is accepted.
    package var isDraining: Bool { machine.withLock { !$0.isOpen } }

    /// Stores a report and answers once it is on disk.
    ///
    /// Does not end early when the calling task is cancelled: the report is accepted and will be stored.
    package func submit(_ report: ValidatedReport) async throws(IntakeRefusal) -> CommitOutcome {
        let result: Result<CommitOutcome, IntakeRefusal> = await withCheckedContinuation { answer in
            let action = machine.withLock { $0.submit(Ticket(report: report, answer: answer), size: report.size) }
            switch action {
            case .queued(let wake):
                if wake { bell.ring() }
            case .refused(let reason): answer.resume(returning: .failure(IntakeRefusal(reason)))
            }
        }
        metrics.count(result)
        return try result.get()
    }

    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for _ in 0..<committerCount { group.addTask { await self.commitUntilDrained() } }
            }
        } onCancelOrGracefulShutdown: {
            self.drain()
        }
        let left = machine.withLock { $0.abandon() }
        for ticket in left { ticket.answer.resume(returning: .failure(IntakeRefusal(.draining))) }
    }

    private func drain() {
        if machine.withLock({ $0.drain() }) { bell.ring() }
    }

    // MARK: Committing

    private func commitUntilDrained() async {
        var wasAsleep = false
        while !Task.isCancelled {
            // Read before asking, so that a ring between the answer and the sleep is not missed.
            let rings = bell.count
            switch machine.withLock({ $0.committerIsFree(wasAsleep: wasAsleep) }) {
            case .commit(let batch):
                wasAsleep = false
                await commit(batch)
            case .sleep:
                wasAsleep = true
                _ = await bell.wait(after: rings)
            case .stop: return
            }
        }
    }

    @concurrent
    private func commit(_ batch: [Ticket]) async {
        metrics.batch(batch.count, backlog: backlog)
        do {
            let rules = prompts()
            let outcomes = try await store.commit(batch.map(\.report)) { rules.prompts(for: $0, at: $1) }
            for (index, ticket) in batch.enumerated() {
                let answered = index < outcomes.count
                ticket.answer.resume(
                    returning: answered ? .success(outcomes[index]) : .failure(IntakeRefusal(.internalError))
                )
            }
        } catch {
            let refusal = IntakeRefusal(storeError: error)
            logger.error(
                "reports not stored",
                metadata: ["reason": "\(refusal.reason.rawValue)", "reports": "\(batch.count)"]
            )
            for ticket in batch { ticket.answer.resume(returning: .failure(refusal)) }
        }
    }
}

extension ValidatedReport {
    /// Bytes it takes while it waits, near enough: its texts and a kilobyte of fields.
    fileprivate var size: Int { 1_024 + canonical.utf8.count + (narrative?.count ?? 0) }
}
