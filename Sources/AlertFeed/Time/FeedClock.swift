import FoundationEssentials
package import Safeguarding

/// A moment as the feed counts it: a monotonic reading for every deadline, and the time of day for what people see.
///
/// A jump of the wall clock therefore moves no deadline.
package struct FeedInstant: Sendable, Hashable {
    /// Monotonic time since an arbitrary start.
    package var elapsed: Duration
    /// The time of day, for heartbeats only.
    package var wall: Moment

    package init(elapsed: Duration, wall: Moment) {
        self.elapsed = elapsed
        self.wall = wall
    }

    package static func - (a: FeedInstant, b: FeedInstant) -> Duration { a.elapsed - b.elapsed }
    package static func + (a: FeedInstant, b: Duration) -> FeedInstant {
        FeedInstant(elapsed: a.elapsed + b, wall: a.wall)
    }
}

/// The feed's only source of time, so that a test can be the clock.
package protocol FeedClock: Sendable {
    var now: FeedInstant { get }
    /// Suspends for a duration; throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// The machine's clocks.
package struct SystemFeedClock: FeedClock {
    private let start = ContinuousClock.now

    package init() {}

    package var now: FeedInstant {
        FeedInstant(
            elapsed: start.duration(to: .now),
            wall: Moment(seconds: Int64(Date().timeIntervalSince1970.rounded(.down)))
        )
    }

    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration, clock: .continuous)
    }
}
