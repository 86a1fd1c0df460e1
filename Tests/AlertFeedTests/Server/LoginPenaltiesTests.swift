import AlertFeed
import Testing

struct LoginPenaltiesTests {
    private func at(_ seconds: Int) -> FeedInstant { ManualClock.instant(.seconds(seconds)) }

    @Test func `each refusal of an address costs twice the last, up to four seconds`() {
        var penalties = LoginPenalties(limits: .standard)
        let delays = (0..<5).map { penalties.refused("a", at: at($0)) }
        #expect(delays == [1, 2, 4, 4, 4].map { Duration.seconds($0) })
        let other = penalties.refused("b", at: at(5))
        #expect(other == .seconds(1))
    }

    @Test func `five minutes without a refusal are forgiven`() {
        var penalties = LoginPenalties(limits: .standard)
        for _ in 0..<100 { _ = penalties.refused("a", at: at(0)) }
        let soon = penalties.refused("a", at: at(299))
        let later = penalties.refused("a", at: at(599))
        #expect(soon == .seconds(4))
        #expect(later == .seconds(1))
    }

    @Test func `the delays of the tries fit the time for a login`() {
        var penalties = LoginPenalties(limits: .standard)
        let total = (0..<FeedLimits.standard.loginTries).reduce(Duration.zero) { sum, _ in
            sum + penalties.refused("a", at: at(0))
        }
        #expect(total < FeedLimits.standard.login)
    }

    @Test func `a flood of addresses is forgotten rather than kept`() {
        var limits = FeedLimits()
        limits.addressesRemembered = 100
        var penalties = LoginPenalties(limits: limits)
        for number in 0..<10_000 { _ = penalties.refused("a\(number)", at: at(number / 1_000)) }
        #expect(penalties.count <= 100)
    }

    @Test func `a flood within one second does not clear what it has earned`() {
        var limits = FeedLimits()
        limits.addressesRemembered = 10
        var penalties = LoginPenalties(limits: limits)
        for number in 0..<11 { _ = penalties.refused("a\(number)", at: at(0)) }
        #expect(penalties.count == 6)
    }

    @Test(arguments: [(9, 9), (10, 10), (11, 6)])
    func `one more than can be remembered makes the older half go`(_ number: Int, _ remembered: Int) {
        var limits = FeedLimits()
        limits.addressesRemembered = 10
        var penalties = LoginPenalties(limits: limits)
        for second in 0..<number { _ = penalties.refused("a\(second)", at: at(second)) }
        #expect(penalties.count == remembered)
        let oldest = penalties.refused("a0", at: at(number))
        let newest = penalties.refused("a\(number - 1)", at: at(number))
        #expect(oldest == Duration.seconds(number > 10 ? 1 : 2))
        #expect(newest == Duration.seconds(2))
    }
}
