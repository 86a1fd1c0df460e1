import DequeModule
import Synchronization

/// Gives one task at a time the use of a connection, in the order of asking.
///
/// An actor alone does not: while one conversation waits for the server another call can enter.
final class TurnQueue: Sendable {
    private struct Waiter {
        var id: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var isTaken = false
        var waiters: Deque<Waiter> = []
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Waits for the turn.
    ///
    /// - Parameter cancellable: Whether cancelling the task ends the wait.
    /// - Throws: `cancelled`; the turn has then not been taken.
    func take(cancellable: Bool = true) async throws(PostgresError) {
        let id: UInt64? = state.withLock { state in
            guard state.isTaken else {
                state.isTaken = true
                return nil
            }
            state.lastID += 1
            return state.lastID
        }
        guard let id else { return }
        let taken =
            cancellable
            ? await withTaskCancellationHandler {
                await wait(as: id, cancellable: true)
            } onCancel: {
                remove(id)
            }
            : await wait(as: id, cancellable: false)
        if !taken { throw PostgresError(.cancelled, "cancelled while waiting for the connection") }
    }

    /// How many tasks wait.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Takes the turn if nobody has it.
    func takeIfFree() -> Bool {
        state.withLock { state in
            if state.isTaken { return false }
            state.isTaken = true
            return true
        }
    }

    /// Passes the turn on to the task that has waited longest.
    func give() {
        let next = state.withLock { state in
            if state.waiters.isEmpty { state.isTaken = false }
            return state.waiters.popFirst()
        }
        next?.continuation.resume(returning: true)
    }

    private func wait(as id: UInt64, cancellable: Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                // The turn may have come free since it was asked for.
                if !state.isTaken {
                    state.isTaken = true
                    return true
                }
                state.waiters.append(Waiter(id: id, continuation: continuation))
                return false
            }
            if isFree {
                continuation.resume(returning: true)
            } else if cancellable, Task.isCancelled {
                remove(id)
            }
        }
    }

    private func remove(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: false)
    }
}
