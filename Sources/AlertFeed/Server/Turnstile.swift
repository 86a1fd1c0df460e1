import DequeModule
import Synchronization

/// Lets a fixed number through at a time, in order of arrival.
///
/// The queue is bounded by the callers, each of which waits once. A cancelled waiter leaves it and throws
/// `CancellationError`.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var nextTicket: UInt64 = 0
        var queue: Deque<(ticket: UInt64, continuation: CheckedContinuation<Void, any Error>)> = []
        var cancelled: Set<UInt64> = []
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(free: max(1, places)))
    }

    func withPlace<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        defer { state.withLock { state in _ = state.cancelled.remove(ticket) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let decided: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.contains(ticket) { return .failure(CancellationError()) }
                    guard state.free == 0 else {
                        state.free -= 1
                        return .success(())
                    }
                    state.queue.append((ticket, continuation))
                    return nil
                }
                if let decided { continuation.resume(with: decided) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                guard let index = state.queue.firstIndex(where: { $0.ticket == ticket }) else {
                    state.cancelled.insert(ticket)
                    return nil as CheckedContinuation<Void, any Error>?
                }
                return state.queue.remove(at: index).continuation
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = state.withLock { state in
            let next = state.queue.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.continuation.resume()
    }
}
