import Safeguarding
import Synchronization
import Testing

@testable import AlertFeed

/// What counts as a silence of the server.
struct HearingTests {
    @Test func `silence is counted while somebody listens, and begins anew when they listen again`() async {
        let clock = MovedClock()
        let hearing = Hearing(clock: clock)
        hearing.waits()
        #expect(hearing.silence == nil, "nothing was heard yet")
        hearing.heard()
        clock.advance(100)
        #expect(hearing.silence == .zero, "busy with what was said")
        hearing.waits()
        clock.advance(59)
        #expect(hearing.silence == .seconds(59))
        hearing.waits()
        clock.advance(1)
        #expect(hearing.silence == .seconds(60), "listening on is nothing that was heard")
        hearing.heard()
        #expect(hearing.silence == .zero)
    }
}

private final class MovedClock: FeedClock {
    private let seconds = Mutex<Int64>(0)
    var now: FeedInstant { ManualClock.instant(.seconds(seconds.withLock { $0 })) }
    func advance(_ count: Int64) { seconds.withLock { $0 += count } }
    func sleep(for duration: Duration) async throws {}
}
