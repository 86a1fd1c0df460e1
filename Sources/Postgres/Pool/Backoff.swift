/// How long to pause after a number of failures in a row: doubling, up to a limit, with jitter.
package struct Backoff: Sendable {
    /// The pause after the first failure, before jitter.
    package var first: Duration = .milliseconds(100)
    /// The longest pause, before jitter.
    package var limit: Duration = .seconds(15)

    package init(first: Duration = .milliseconds(100), limit: Duration = .seconds(15)) {
        self.first = first
        self.limit = limit
    }

    /// The pause after so many failures.
    ///
    /// - Parameter jitter: A random number in 0..<1. Half of the pause depends on it, so that many clients that lost
    ///   one server do not come back in step.
    func pause(after failures: Int, jitter: Double) -> Duration {
        guard failures > 0 else { return .zero }
        var pause = first
        for _ in 1..<failures where pause < limit { pause *= 2 }
        return min(pause, limit) * (0.5 + 0.5 * jitter)
    }
}
