import Synchronization

/// A one-way gate: closed at first, then open for good, or failed for good.
///
/// Many tasks may wait; each is woken once. A cancelled waiter gets `CancellationError`.
package final class Gate: Sendable {
    private enum State {
        case closed(waiters: [Int: CheckedContinuation<Void, any Error>], next: Int)
        case settled(Result<Void, any Error>)
    }

    private let state = Mutex(State.closed(waiters: [:], next: 0))

    package init() {}

    /// Lets everybody pass from now on.
    ///
    /// Nothing happens when the gate is settled already.
    package func open() { settle(.success(())) }

    /// Turns everybody away from now on.
    ///
    /// Nothing happens when the gate is settled already.
    package func fail(_ error: any Error) { settle(.failure(error)) }

    /// Waits until the gate is settled.
    ///
    /// - Throws: the error it failed with, or `CancellationError`.
    package func wait() async throws {
        let id = state.withLock { state -> Int in
            guard case .closed(let waiters, let next) = state else { return 0 }
            state = .closed(waiters: waiters, next: next + 1)
            return next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    switch state {
                    case .settled(let result): return result
                    case .closed(var waiters, let next):
                        // The handler may have run before there was anything to remove.
                        if Task.isCancelled { return .failure(CancellationError()) }
                        waiters[id] = continuation
                        state = .closed(waiters: waiters, next: next)
                        return nil
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard case .closed(var waiters, let next) = state else { return nil }
                let waiter = waiters.removeValue(forKey: id)
                state = .closed(waiters: waiters, next: next)
                return waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func settle(_ result: Result<Void, any Error>) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            guard case .closed(let waiters, _) = state else { return [] }
            state = .settled(result)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}
