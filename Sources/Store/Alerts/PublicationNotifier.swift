package import Logging
import Postgres
package import Safeguarding
import Synchronization

/// Tells whoever reads the log that it has grown: this process at once, other daemons by a NOTIFY without a payload.
///
/// A NOTIFY takes a lock that every notifying transaction of the database queues for, so it is sent by the publisher only,
/// after its commit, and at most once every 50 ms; what is left out the poll of the others finds (feed-protocol.md
/// section 2).
package final class PublicationNotifier: Sendable {
    /// The least time between two notifications of a process.
    package static let interval = Duration.milliseconds(50)

    private let bell: Doorbell
    private let logger: Logger
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter bell: Rung for every publication; the feed of this process waits for it.
    package init(bell: Doorbell, logger: Logger) {
        self.bell = bell
        self.logger = logger
    }

    /// To be called after the commit.
    ///
    /// A notification that fails is only logged: everybody polls.
    func published(on source: any ConnectionSource) async {
        bell.ring()
        guard isDue(at: .now) else { return }
        do {
            try await source.lend { connection in _ = try await connection.query("NOTIFY placeguard_feed") }
        } catch {
            logger.debug("a notification was not sent", metadata: ["error": "\(error)"])
        }
    }

    /// Whether a notification may go out now; then it is taken as sent.
    func isDue(at now: ContinuousClock.Instant) -> Bool {
        last.withLock { last in
            if let sent = last, now - sent < Self.interval { return false }
            last = now
            return true
        }
    }
}
