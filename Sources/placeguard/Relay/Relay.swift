import AlertFeed
import Safeguarding
import Synchronization

/// Where a relay passes events on to.
protocol RelayTarget: Sendable {
    /// Whether whoever is there wants them; asked before anything is passed on. Throws `CommandFailure` where not.
    func confirm() async throws
    /// Passes one on, an exercise at least as far as shows that the way works: a target that is away leaves it unanswered, of
    /// which the operator is told. Throws `RelayFailure` or anything else; then it is tried again.
    func pass(_ event: FeedEvent, epoch: String) async throws
}

/// The target will never take anything any more.
struct RelayEnded: Error {}

/// Why a target did not take an event, in fixed words.
struct RelayFailure: Error, CustomStringConvertible {
    let description: String
    /// Whether the target said that trying again is of no use.
    let isForGood: Bool
    /// Whether the target had all of it and may have taken it: trying again soon would tell it twice.
    let isPerhapsTaken: Bool

    init(_ description: String, isForGood: Bool = false, isPerhapsTaken: Bool = false) {
        self.description = description
        self.isForGood = isForGood
        self.isPerhapsTaken = isPerhapsTaken
    }
}

/// Passes the feed of one reader on, event by event.
///
/// It is a subscription like any other: the reader's permissions, filter and audit hold, and its durable position is the
/// target's state. An event is acknowledged when the target has taken it; until then nothing behind it is passed on, so order
/// is kept and nothing is lost. A target may get an event twice, when this was started again: it is named by epoch and position.
///
/// The feed is read beside the target that does not answer: a token that no longer holds ends both within a second, and the
/// subscription stands, with its first position, before the target has confirmed that it wants anything.
final class Relay: Sendable {
    private let client: FeedClient
    private let target: any RelayTarget
    private let patience: RelayPatience
    private let queue = Mutex(RelayQueue())
    /// Rung when an event has come.
    private let arrived = Doorbell()

    /// - Parameter client: One that is told when an event is handled, so that it reads on meanwhile.
    init(client: FeedClient, target: any RelayTarget, patience: RelayPatience) {
        self.client = client
        self.target = target
        self.patience = patience
    }

    /// Passes on until cancelled or refused for good.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.collect() }
            group.addTask { try await self.passOn() }
            try await group.next()
        }
    }

    private func collect() async throws {
        try await client.follow { notice in
            guard case .event(let event) = notice else { return notice.tellOperator() }
            let epoch = client.state.epoch ?? ""
            queue.withLock { _ = $0.add(event, epoch: epoch) }
            arrived.ring()
        }
    }

    private func passOn() async throws {
        try await patience.untilTaken("confirming") { try await target.confirm() }
        while true {
            let heard = arrived.count
            guard let next = queue.withLock({ $0.waiting.first }) else {
                _ = await arrived.wait(after: heard)
                try Task.checkCancellation()
                continue
            }
            if !next.isKnown {
                try await patience.untilTaken("passing on") { try await target.pass(next.event, epoch: next.epoch) }
            }
            queue.withLock { $0.removeFirst(1) }
            client.handled(upTo: next.event.seq, in: next.epoch)
        }
    }
}

extension FeedNotice {
    /// What whoever runs a relay should know of the feed.
    func tellOperator() {
        switch self {
        case .disconnected(let reason, _): Output.note("relay: the feed is away (\(ConnectionText.ended(reason)))")
        case .subscribed(let fields) where fields["view-changed"] != nil:
            Output.note(
                "relay: the token reads another view than the one before, and goes on at its position \(fields["at"] ?? "?"); "
                    + "\(fields["open"] ?? "?") alerts are open there, which were perhaps not passed on"
            )
        case .movedOn(let lost): Output.note("relay: \(ConnectionText.movedOn(lost))")
        default: break
        }
    }
}

/// What a relay does when a target does not take what it is given.
struct RelayPatience: Sendable {
    /// The longest pause between two tries.
    let longest: Duration
    let wait: @Sendable (Duration) async throws -> Void

    /// Tries again and again: after a second, doubling to the longest pause, with a random part; what was perhaps taken after the
    /// longest, whatever comes.
    ///
    /// - Parameter bell: Rung when something has come that cannot wait: the next try is made at once.
    func untilTaken(
        _ activity: String,
        hurriedBy bell: Doorbell = Doorbell(),
        _ work: () async throws -> Void
    ) async throws {
        var failures = 0
        while true {
            let heard = bell.count
            do {
                return try await work()
            } catch let error where error is CancellationError || error is CommandFailure {
                throw error
            } catch is RelayEnded {
                throw CommandFailure("The target wants no events any more (410).")
            } catch {
                failures += 1
                if failures == 1 || failures % 10 == 0 {
                    let why = (error as? RelayFailure)?.description ?? "it cannot be reached"
                    Output.note("relay: \(activity) failed \(failures) times, it is tried again: \(why)")
                }
                if (error as? RelayFailure)?.isPerhapsTaken ?? false {
                    try await wait(longest)
                } else {
                    try await pause(pause(afterFailures: failures), unless: bell, after: heard)
                }
            }
        }
    }

    /// However often the bell rings, a target is left alone for two seconds.
    private func pause(_ duration: Duration, unless bell: Doorbell, after heard: UInt64) async throws {
        let least = min(duration, .seconds(2))
        try await wait(least)
        guard duration > least else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { _ = await bell.wait(after: heard) }
            group.addTask { try await wait(duration - least) }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    func pause(afterFailures failures: Int) -> Duration {
        let longest = min(Duration.seconds(1 << min(failures - 1, 16)), longest)
        return longest / 2 + .milliseconds(Int64.random(in: 0...max(0, longest.components.seconds * 500)))
    }
}
