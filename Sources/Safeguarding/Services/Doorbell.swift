import Synchronization

/// A wake-up that loses nothing: whoever waits names the last ring it knows.
///
/// Rings are hints with a poll behind them (design.md rule 7). Waiting returns at once when a ring came since `seen`, on
/// cancellation, and never later than the next ring. No queue grows: rings are a counter.
package final class Doorbell: Sendable {
    private struct State {
        var count: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The number of rings so far.
    package var count: UInt64 { state.withLock { $0.count } }

    package func ring() {
        let waiting = state.withLock { state in
            state.count &+= 1
            let waiting = Array(state.waiters.values)
            state.waiters.removeAll(keepingCapacity: true)
            return waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Waits for a ring after the `seen`-th; answers the count then. A cancelled task returns at once.
    package func wait(after seen: UInt64) async -> UInt64 {
        let id = state.withLock { state in
            state.nextWaiter &+= 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.count != seen || state.cancelled.remove(id) != nil { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        return state.withLock { state in
            state.cancelled.remove(id)
            return state.count
        }
    }

    /// Acts after each ring, or once for several that came meanwhile, until cancelled.
    package func eachRing(_ act: () async -> Void) async {
        var seen = count
        while !Task.isCancelled {
            seen = await wait(after: seen)
            await act()
        }
    }
}
