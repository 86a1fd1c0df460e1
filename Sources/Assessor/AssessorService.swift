package import Logging
import Metrics
import RiskAssessment
package import Safeguarding
import ServiceLifecycle
import Synchronization

/// Drains the due list: everything that moves a score or an alert passes through here (design.md "The way of a report").
///
/// One worker is kept for priorities 0 and 1, so that a live `immediate` never stands behind a back-file: it takes what comes
/// while the others, who take everything, are in their transactions. While reports come faster than they are decided one of
/// some transactions is for timers: an alert that nobody claims goes up the chain beside a large file too. A worker that
/// fails backs off and tries again: a crash or an error repeats work and loses none, since due rows are deleted only in the
/// transaction that stores the decision. On graceful shutdown the transactions in flight finish and no new one is begun.
package struct AssessorService: Service {
    private let store: any AssessmentStore
    private let templates: any TemplateSource
    private let doorbell: Doorbell
    private let published: Doorbell
    private let limits: AssessorLimits
    private let logger: Logger
    private let stop = StopFlag()
    private let attendance: Attendance

    /// - Parameters:
    ///   - doorbell: rung when due rows were written.
    ///   - published: rung when events were written to the log.
    package init(
        store: any AssessmentStore,
        templates: any TemplateSource,
        doorbell: Doorbell,
        published: Doorbell,
        limits: AssessorLimits = AssessorLimits(),
        logger: Logger
    ) {
        self.store = store
        self.templates = templates
        self.doorbell = doorbell
        self.published = published
        self.limits = limits
        self.logger = logger
        attendance = Attendance(workers: max(1, limits.generalWorkers))
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await work(0...1, as: nil) }
                for worker in 0..<max(1, limits.generalWorkers) { group.addTask { await work(0...3, as: worker) } }
            }
        } onGracefulShutdown: {
            stop.set()
            doorbell.ring()
        }
    }

    private static let timers = DuePriority.timer.rawValue...DuePriority.timer.rawValue

    /// Drains until told to stop, which is looked at between transactions only: one in flight commits.
    ///
    /// - Parameter worker: The number of a general worker; nil for the kept one.
    private func work(_ priorities: ClosedRange<Int>, as worker: Int?) async {
        var failures = 0
        var last: UInt64?
        // Transactions since this worker last rested, or looked after timers.
        var busy = 0
        while !stop.isSet, !Task.isCancelled {
            let heard = doorbell.count
            let isForTimers = worker != nil && busy >= limits.transactionsBetweenTimers
            if let worker {
                // For timers it sees to nothing that was rung for.
                attendance.begins(worker, after: isForTimers ? 0 : heard)
            } else if heard != last, attendance.isAttended(heard) {
                // Without a ring the poll is over, and it looks whatever the others do.
                last = heard
                await pause(seconds: Double(limits.pollSeconds), after: heard)
                continue
            }
            last = heard
            let template = templates.lastTemplate
            do {
                let outcome = try await drain(isForTimers ? Self.timers : priorities, under: template, as: worker)
                failures = 0
                busy = isForTimers ? 0 : busy + 1
                if outcome.events > 0 { published.ring() }
                if !outcome.more, !isForTimers {
                    busy = 0
                    await rest(priorities, after: heard)
                }
            } catch {
                if await isReplaced(template) { continue }
                failures += 1
                Counter(label: "placeguard_assessor_errors_total").increment()
                logger.warning(
                    "Assessing failed, will be tried again",
                    metadata: ["error": "\(error)", "attempt": "\(failures)"]
                )
                await pause(seconds: backOff(failures), after: heard)
            }
        }
    }

    /// Whether another template has come into force: the store refuses to decide under the one before, which is no failure.
    private func isReplaced(_ template: Template) async -> Bool {
        guard let active = try? await templates.activeTemplate() else { return false }
        return (active.id, active.version) != (template.id, template.version)
    }

    /// One transaction under a template.
    private func drain(
        _ priorities: ClosedRange<Int>,
        under template: Template,
        as worker: Int?
    ) async throws -> DrainOutcome {
        defer { if let worker { attendance.rests(worker) } }
        let decider = Decider(template: template, marking: templates.marking)
        let started = ContinuousClock.now
        let outcome = try await store.drain(
            priorities,
            limit: limits.locationsPerTransaction,
            templateID: template.id,
            templateVersion: template.version
        ) { works, context in
            try decider.decide(works, in: context)
        }
        if outcome.subjects > 0 {
            Counter(label: "placeguard_assessments_total").increment(by: outcome.subjects)
            // Of the open view only: anybody may read the counters, and a restricted item moves nothing that all can see.
            Counter(label: "placeguard_alert_events_total").increment(by: outcome.openEvents)
            let elapsed = ContinuousClock.now - started
            Metrics.Timer(label: "placeguard_assessor_transaction_seconds").recordNanoseconds(elapsed.nanoseconds)
        }
        return outcome
    }

    /// Waits for a ring, the next due moment or the poll, whichever comes first.
    private func rest(_ priorities: ClosedRange<Int>, after heard: UInt64) async {
        let due = (try? await store.secondsUntilDue(priorities)) ?? nil
        let seconds = min(limits.pollSeconds, max(0, due ?? limits.pollSeconds))
        // What is due and could not be taken is being decided elsewhere: about as long as that takes.
        await pause(seconds: seconds > 0 ? Double(seconds) : 0.01, after: heard)
    }

    private func backOff(_ failures: Int) -> Double {
        let ceiling = min(limits.maximumBackOffSeconds, 0.1 * Double(1 << min(failures, 10)))
        return Double.random(in: ceiling / 2...ceiling)
    }

    /// Sleeps until the time is over or the doorbell rings.
    private func pause(seconds: Double, after heard: UInt64) async {
        await withTaskGroup { group in
            group.addTask { _ = await doorbell.wait(after: heard) }
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// A flag that is set once.
private final class StopFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}

extension Duration {
    /// Whole nanoseconds, saturating.
    fileprivate var nanoseconds: Int64 {
        let parts = components
        let (product, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + parts.attoseconds / 1_000_000_000
    }
}
