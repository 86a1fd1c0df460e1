import Safeguarding
import Testing

@testable import AlertFeed

/// What counts as a silence of the server.
struct HearingTests {
    @Test func `silence is counted while somebody listens, and begins anew when they listen again`() async {
        let clock = RestingClock()
        let hearing = Hearing(clock: clock)
        hearing.waits()
        #expect(hearing.silence == nil, "nothing was heard yet")
        hearing.heard()
        clock.work(for: .seconds(100))
        #expect(hearing.silence == .zero, "busy with what was said")
        hearing.waits()
        clock.work(for: .seconds(59))
        #expect(hearing.silence == .seconds(59))
        hearing.waits()
        clock.work(for: .seconds(1))
        #expect(hearing.silence == .seconds(60), "listening on is nothing that was heard")
        hearing.heard()
        #expect(hearing.silence == .zero)
    }
}
