import Synchronization

/// Counts the requests under way and, once the server is stopping, lets no further one in.
final class DrainGate: Sendable {
    private struct State {
        var isDraining = false
        var active = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Lets a request in; ``leave()`` has to follow.
    ///
    /// False while draining.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isDraining else { return false }
            state.active += 1
            return true
        }
    }

    /// Counts a request that was let in once more, for an answer that goes on after its handler has returned.
    func pass() -> Pass {
        state.withLock { $0.active += 1 }
        return Pass(gate: self)
    }

    /// Holds the gate's count until nobody holds the pass any more, whether the answer was written or dropped.
    final class Pass: Sendable {
        private let gate: DrainGate

        fileprivate init(gate: DrainGate) {
            self.gate = gate
        }

        deinit { gate.leave() }
    }

    /// A request that was let in is answered.
    func leave() {
        let waiter = state.withLock { state in
            state.active -= 1
            guard state.active == 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }
    var active: Int { state.withLock { $0.active } }

    /// Closes the gate.
    func drain() { state.withLock { $0.isDraining = true } }

    /// Waits until nothing is under way; a cancelled task does not wait.
    ///
    /// For one waiter at a time.
    func untilEmpty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.active > 0, !Task.isCancelled else { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume()
        }
    }
}
