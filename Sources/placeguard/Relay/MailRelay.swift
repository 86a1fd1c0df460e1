import AlertFeed
import Safeguarding
import Synchronization

/// Passes the feed of one reader on to mailboxes, several alerts in a message where they come close together.
///
/// As with ``Relay`` an event is acknowledged when its message was taken, by every mailbox that takes any (``MailProgress``), so
/// what waits to be told together is not lost when this ends: it comes again. Each mailbox is told by itself, and tried again by
/// itself, so that what it was told is not told to it again because of another.
final class MailRelay: Sendable {
    private let client: FeedClient
    private let target: MailTarget
    private let patience: RelayPatience
    private let now: @Sendable () -> Duration
    private let progress: Mutex<MailProgress>
    /// Rung for what cannot wait, also not for a mailbox that is to be tried again later.
    private let urgent = Doorbell()

    /// - Parameters:
    ///   - every: The shortest time between two messages that can wait; zero for a message each.
    ///   - now: A clock that only goes forward.
    init(
        client: FeedClient,
        target: MailTarget,
        every: Duration,
        patience: RelayPatience,
        now: @escaping @Sendable () -> Duration
    ) {
        self.client = client
        self.target = target
        self.patience = patience
        self.now = now
        progress = Mutex(MailProgress(mailboxes: target.settings.to.count, every: every))
    }

    /// Passes on until cancelled or refused for good.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.collect() }
            for mailbox in target.settings.to.indices {
                group.addTask { try await self.tell(mailbox) }
            }
            try await group.next()
        }
    }

    private func collect() async throws {
        try await client.follow { notice in
            guard case .event(let event) = notice else { return notice.tellOperator() }
            let epoch = client.state.epoch ?? ""
            progress.withLock { $0.add(event, epoch: epoch) }
            if MailCollection.cannotWait(event) { urgent.ring() }
        }
    }

    private func tell(_ mailbox: Int) async throws {
        while true {
            guard let batch = progress.withLock({ $0.due(mailbox, at: now()) }) else {
                try await patience.wait(.milliseconds(500))
                continue
            }
            try await patience.untilTaken("telling recipient \(mailbox + 1)", hurriedBy: urgent) {
                try await tell(batch, mailbox)
            }
            if let all = progress.withLock({ $0.past(batch, mailbox, at: now()) }) {
                client.handled(upTo: all.seq, in: all.epoch)
            }
        }
    }

    /// Throws where it has to be tried again.
    private func tell(_ batch: MailCollection.Batch, _ mailbox: Int) async throws {
        do {
            try await target.tell(batch, mailbox: mailbox)
        } catch let failure as RelayFailure
            where progress.withLock({ $0.spares(mailbox, batch, isForGood: failure.isForGood) })
        {
            Output.note(
                "relay: recipient \(mailbox + 1) is not told of \(batch.events.count) events that others were told: \(failure)"
            )
        }
    }
}
