import Logging
import Safeguarding
import Synchronization

/// Tells the operator of events that readers were sent and that the log no longer has, as after the promotion of a standby that
/// was behind: once, with their positions.
///
/// It knows what this server saw; what another daemon sent in the last second before a loss, that one tells.
final class LossWatch: Sendable {
    private let seen = Mutex<[View: LogPosition]>([:])
    private let logger: Logger
    private let metrics: FeedMetrics

    init(logger: Logger, metrics: FeedMetrics) {
        self.logger = logger
        self.metrics = metrics
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
