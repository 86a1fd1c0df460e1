import DequeModule
import Safeguarding
import Synchronization

/// Turns what many sessions ask of the database at the same time into few questions.
///
/// Questions that come while earlier ones are under way wait together, and whoever is free next takes all that wait. After a
/// batch the collector rests as long as its ``Pace`` says, so that what is asked meanwhile collects too: a single question
/// costs about what it would alone, and a thousand cost few journeys. The queue is bounded by the callers, each of which
/// waits once, in order of arrival. A cancelled caller throws `CancellationError` at once; its answer is thrown away. Who
/// waits in no task is called back, since waking a task for each of a thousand answers costs more than the answers.
final class Collector<Question: Sendable, Answer: Sendable>: Sendable {
    /// How long nothing is taken after a batch: a multiple of the time that its answer took, so that the database spends a
    /// bounded share of its time on these questions however many ask, and no longer than `longest`.
    ///
    /// The multiple is `factor` where at least `many` asked together; of fewer there is less to collect, so it is smaller in
    /// proportion, but not below `least`.
    struct Pace: Sendable {
        var clock: any FeedClock
        var factor: Double
        var least: Double
        var many: Int
        var longest: Duration

        func rest(after took: Duration, of questions: Int) -> Duration {
            min(took * max(least, factor * min(1, Double(questions) / Double(many))), longest)
        }
    }

    /// Names a question that waits.
    struct Ticket: Sendable, Hashable { fileprivate let number: UInt64 }

    private typealias Asked = (ticket: UInt64, question: Question)
    private typealias Waiter = @Sendable (Result<Answer, any Error>) -> Void

    private struct State {
        /// Nothing is taken before.
        var restsUntil: Duration = .zero
        var nextTicket: UInt64 = 0
        var queue: Deque<Asked> = []
        var waiting: [UInt64: Waiter] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let asked = Doorbell()
    private let atOnce: Int
    private let most: Int
    private let pace: Pace?

    /// - Parameters:
    ///   - atOnce: Batches under way at a time.
    ///   - most: Questions of one batch.
    ///   - pace: Without one nothing is held back.
    init(atOnce: Int, most: Int, pace: Pace? = nil) {
        self.atOnce = max(1, atOnce)
        self.most = max(1, most)
        self.pace = pace
    }

    /// Those that wait for an answer now.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Asks, and calls back once with this question's own answer: on a task of the collector's, so briefly.
    ///
    /// Never where it is taken back before, or where nobody serves any more.
    func ask(_ question: Question, then answered: @escaping @Sendable (Result<Answer, any Error>) -> Void) -> Ticket {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            state.waiting[state.nextTicket] = answered
            state.queue.append((state.nextTicket, question))
            return state.nextTicket
        }
        asked.ring()
        return Ticket(number: ticket)
    }

    /// Wants no answer any more; a question that is not under way yet is not asked.
    func takeBack(_ ticket: Ticket) {
        state.withLock { state in
            state.queue.removeAll { $0.ticket == ticket.number }
            state.waiting[ticket.number] = nil
        }
    }

    /// Asks, and waits for this question's own answer.
    func ask(_ question: Question) async throws -> Answer {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        defer { state.withLock { state in _ = state.cancelled.remove(ticket) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(ticket) { return true }
                    state.waiting[ticket] = { continuation.resume(with: $0) }
                    state.queue.append((ticket, question))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { asked.ring() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.queue.removeAll { $0.ticket == ticket }
                let waiter = state.waiting.removeValue(forKey: ticket)
                if waiter == nil { state.cancelled.insert(ticket) }
                return waiter
            }
            waiter?(.failure(CancellationError()))
        }
    }

    /// Answers until the task is cancelled; what is asked afterwards waits for the next run.
    ///
    /// - Parameter answer: One answer for each question, in their order; where it throws, every question of the batch fails so.
    func run(_ answer: @escaping @Sendable ([Question]) async throws -> [Result<Answer, any Error>]) async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<atOnce { group.addTask { await self.serve(answer) } }
        }
    }

    private func serve(_ answer: @Sendable ([Question]) async throws -> [Result<Answer, any Error>]) async {
        while !Task.isCancelled {
            let seen = asked.count
            if let pace, case let rest = restLeft(at: pace.clock.now), rest > .zero {
                try? await pace.clock.sleep(for: rest)
                continue
            }
            let batch = take(most)
            guard !batch.isEmpty else {
                _ = await asked.wait(after: seen)
                continue
            }
            let began = pace?.clock.now
            // Who asked while nobody answered would wait as long again, and those behind it longer still.
            if await !settle(batch, answer) { fail(take(.max), DeadlineExceeded()) }
            if let pace, let began {
                let now = pace.clock.now
                state.withLock {
                    $0.restsUntil = max($0.restsUntil, now.elapsed + pace.rest(after: now - began, of: batch.count))
                }
            }
        }
    }

    private func restLeft(at now: FeedInstant) -> Duration { state.withLock { $0.restsUntil - now.elapsed } }

    /// False when the time for it passed without an answer.
    private func settle(
        _ batch: [Asked],
        _ answer: @Sendable ([Question]) async throws -> [Result<Answer, any Error>]
    ) async -> Bool {
        do {
            let answers = try await answer(batch.map(\.question))
            for (index, asked) in batch.enumerated() {
                settle(asked.ticket, index < answers.count ? answers[index] : .failure(StoreFailure.unavailable))
            }
        } catch  where batch.count > 1 && !Self.concernsAll(error) {
            // One question may have been too much for the database: it must not fail those of others.
            for (index, asked) in batch.enumerated() where await !settle([asked], answer) {
                fail(batch[(index + 1)...], DeadlineExceeded())
                return false
            }
        } catch {
            fail(batch, error)
            return !(error is DeadlineExceeded)
        }
        return true
    }

    private func fail(_ batch: some Sequence<Asked>, _ error: any Error) {
        for asked in batch { settle(asked.ticket, .failure(error)) }
    }

    private static func concernsAll(_ error: any Error) -> Bool {
        error is StoreFailure || error is DeadlineExceeded || error is CancellationError
    }

    private func take(_ most: Int) -> [Asked] {
        state.withLock { state in
            let batch = Array(state.queue.prefix(most))
            state.queue.removeFirst(batch.count)
            return batch
        }
    }

    private func settle(_ ticket: UInt64, _ answer: Result<Answer, any Error>) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?(answer)
    }
}
