import AlertFeed
import Testing

struct RateLimiterTests {
    private func at(_ milliseconds: Int) -> FeedInstant { ManualClock.instant(.milliseconds(milliseconds)) }

    @Test func `a burst passes and the next one waits for its turn`() {
        var limiter = RateLimiter(perSecond: 20, burst: 60)
        for _ in 0..<60 { #expect(limiter.take(at: at(0)) == nil) }
        #expect(limiter.take(at: at(0)) == .milliseconds(50))
        #expect(limiter.take(at: at(49)) == .milliseconds(1))
        #expect(limiter.take(at: at(50)) == nil)
        #expect(limiter.take(at: at(50)) == .milliseconds(50))
    }

    @Test func `the steady rate goes on for ever`() {
        var limiter = RateLimiter(perSecond: 20, burst: 1)
        for step in 0..<1_000 { #expect(limiter.take(at: at(step * 50)) == nil) }
        #expect(limiter.take(at: at(999 * 50 + 49)) == .milliseconds(1))
    }

    @Test func `rest brings the whole burst back, and not more`() {
        var limiter = RateLimiter(perSecond: 20, burst: 60)
        for _ in 0..<60 { _ = limiter.take(at: at(0)) }
        #expect(!limiter.isRested(at: at(2_999)))
        #expect(limiter.isRested(at: at(3_000)))
        for _ in 0..<60 { #expect(limiter.take(at: at(100_000)) == nil) }
        #expect(limiter.take(at: at(100_000)) != nil)
    }
}
