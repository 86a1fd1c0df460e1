import AlertFeed
import Safeguarding
import Synchronization

/// A clock on which only work and rests take time, and that notes the rests.
final class RestingClock: FeedClock {
    private let state = Mutex((elapsed: Duration.zero, rests: [Duration]()))

    var now: FeedInstant { FeedInstant(elapsed: state.withLock { $0.elapsed }, wall: Moment(seconds: 0)) }
    var rests: [Duration] { state.withLock { $0.rests } }

    func work(for duration: Duration) { state.withLock { $0.elapsed += duration } }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.elapsed += duration
            state.rests.append(duration)
        }
    }
}
