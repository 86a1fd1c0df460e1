import Testing

@testable import Postgres

struct BackoffTests {
    private let backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000), (1_000_000, 1000)] as [(Int, Int)])
    func `doubles up to the limit`(failures: Int, milliseconds: Int) {
        // Without jitter half of the pause is left.
        #expect(backoff.pause(after: failures, jitter: 0) == .milliseconds(milliseconds) / 2)
        #expect(backoff.pause(after: failures, jitter: 0.999) <= .milliseconds(milliseconds))
        #expect(backoff.pause(after: failures, jitter: 0.999) > .milliseconds(milliseconds) * 0.99)
    }

    @Test func `without a failure there is no pause`() {
        #expect(backoff.pause(after: 0, jitter: 0.5) == .zero)
    }
}
