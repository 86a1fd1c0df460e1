import AlertFeed
import Safeguarding
import Synchronization

/// A clock that only a test moves.
///
/// `advance` first waits until the server's housekeeping sleeps, so that no tick is missed.
final class ManualClock: FeedClock {
    private struct Sleeper {
        var until: Duration
        /// What was asked for.
        var length: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elapsed: Duration = .zero
        var next: UInt64 = 0
        var sleepers: [UInt64: Sleeper] = [:]
        var cancelled: Set<UInt64> = []
    }

    static let start = Moment(seconds: 1_764_000_000)

    private let start: Moment

    private let state = Mutex(State())
    private let sleeping = Doorbell()

    /// - Parameter start: The time of day at first.
    init(start: Moment = ManualClock.start) { self.start = start }

    var now: FeedInstant { Self.instant(state.withLock { $0.elapsed }, since: start) }

    static func instant(_ elapsed: Duration, since start: Moment = ManualClock.start) -> FeedInstant {
        FeedInstant(elapsed: elapsed, wall: start + elapsed.components.seconds)
    }

    func sleep(for duration: Duration) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        defer { state.withLock { state in _ = state.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let decided: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.contains(id) { return .failure(CancellationError()) }
                    if duration <= .zero { return .success(()) }
                    state.sleepers[id] = Sleeper(
                        until: state.elapsed + duration,
                        length: duration,
                        continuation: continuation
                    )
                    return nil
                }
                if let decided { continuation.resume(with: decided) } else { sleeping.ring() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets the time pass, a second at a time, each when the server's tick is waiting for it.
    func advance(seconds: Int) async {
        for _ in 0..<seconds {
            // One that was asked to be so long: else a longer one that is nearly over stands for the tick that is still to come.
            await sleepers { $0.length == .seconds(1) && $0.rest == .seconds(1) }
            let due = state.withLock { state in
                state.elapsed += .seconds(1)
                let due = state.sleepers.filter { $0.value.until <= state.elapsed }
                for id in due.keys { state.sleepers[id] = nil }
                return due.values.sorted { $0.until < $1.until }
            }
            for sleeper in due { sleeper.continuation.resume() }
        }
    }

    /// Waits until so many are asleep with just this long to go.
    func sleepers(of rest: Duration, atLeast count: Int = 1) async {
        await sleepers(atLeast: count) { $0.rest == rest }
    }

    private func sleepers(atLeast count: Int = 1, where isWanted: ((length: Duration, rest: Duration)) -> Bool) async {
        var seen = sleeping.count
        while !Task.isCancelled {
            let found = state.withLock { state in
                state.sleepers.values.count { isWanted(($0.length, $0.until - state.elapsed)) }
            }
            if found >= count { return }
            seen = await sleeping.wait(after: seen)
        }
    }
}
