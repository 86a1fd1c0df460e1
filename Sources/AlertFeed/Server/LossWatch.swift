import Logging
import Safeguarding
import Synchronization

/// Tells the operator of events that readers were sent and that the log no longer has, as after the promotion of a standby that
/// was behind: once, with their positions.
///
/// It knows what this server saw, and what one before it had seen up to its last second or so (``SeenPositions``); what another
/// daemon sent in the last second before a loss, that one tells.
final class LossWatch: Sendable {
    private let seen = Mutex<[View: LogPosition]>([:])
    private let kept: any SeenPositions
    private let logger: Logger
    private let metrics: FeedMetrics

    init(kept: any SeenPositions, logger: Logger, metrics: FeedMetrics) {
        self.kept = kept
        self.logger = logger
        self.metrics = metrics
    }

    /// Takes up what a server before this one had seen.
    func recall() async {
        let known = await kept.positions()
        seen.withLock { seen in seen.merge(known) { now, _ in now } }
    }

    /// Keeps what was seen until now, where it has changed, for a server after this one.
    func keep() async {
        let seen = seen.withLock { $0 }
        await kept.keep(seen)
    }

    /// What was seen last; to be asked for before the question whose answer is compared with it.
    func known(in view: View) -> LogPosition? { seen.withLock { $0[view] } }

    /// A reader was sent what the log had at a position.
    func sent(from position: LogPosition, in view: View) {
        seen.withLock { seen in
            guard let known = seen[view] else { return seen[view] = position }
            // Another epoch is for the comparison to find.
            if known.epoch == position.epoch, known.head < position.head { seen[view]?.head = position.head }
        }
    }

    func compare(_ position: LogPosition, with known: LogPosition?, in view: View) {
        seen.withLock { seen in
            var latest = position
            if let last = seen[view], last.epoch == position.epoch, known?.head != last.head {
                latest.head = max(last.head, position.head)
            }
            seen[view] = latest
        }
        guard let known else { return }
        if known.epoch != position.epoch {
            let epochs: Logger.Metadata = [
                "feed.view": "\(view.rawValue)", "feed.epoch": "\(position.epoch)", "feed.kept": "\(position.base)",
            ]
            logger.warning("feed: the log began a new epoch", metadata: epochs)
        }
        guard let lost = position.lost(since: known) else { return }
        if view == .open { metrics.lost(lost.count) }
        logger.critical(
            "feed: events are lost: the log no longer has positions that were given",
            metadata: [
                "feed.view": "\(view.rawValue)", "feed.from": "\(lost.lowerBound)", "feed.to": "\(lost.upperBound)",
                "feed.epoch": "\(known.epoch)",
            ]
        )
    }
}
