/// A rate with a burst, by the generic cell rate algorithm (ITU-T I.371): exact, two numbers of state, no timer.
package struct RateLimiter: Sendable, Hashable {
    /// The time one event costs.
    private let interval: Duration
    /// How far ahead of the clock the schedule may run.
    private let tolerance: Duration
    /// When the next event would be due at the steady rate.
    private var scheduled: Duration = .zero

    package init(perSecond: Int, burst: Int) {
        interval = .seconds(1) / max(1, perSecond)
        tolerance = interval * (max(1, burst) - 1)
    }

    /// Takes one event; nil when it is within the rate, else how long to wait until one will be.
    package mutating func take(at now: FeedInstant) -> Duration? {
        let due = max(scheduled, now.elapsed)
        let ahead = due - now.elapsed
        guard ahead <= tolerance else { return ahead - tolerance }
        scheduled = due + interval
        return nil
    }

    /// Whether the whole burst is available again.
    package func isRested(at now: FeedInstant) -> Bool { scheduled <= now.elapsed }
}
