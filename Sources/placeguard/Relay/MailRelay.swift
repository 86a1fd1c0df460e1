import AlertFeed
import Safeguarding
import Synchronization

/// Passes the feed of one reader on to mailboxes, several alerts in a message where they come close together.
///
/// As with ``Relay`` an event is acknowledged when its message was taken, so what waits to be told together is not lost when this
/// ends: it comes again.
final class MailRelay: Sendable {
    private let client: FeedClient
    private let target: MailTarget
    private let patience: RelayPatience
    private let now: @Sendable () -> Duration
    private let collection: Mutex<MailCollection>

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
        collection = Mutex(MailCollection(every: every))
    }

    /// Passes on until cancelled or refused for good.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.collect() }
            group.addTask { try await self.tell() }
            try await group.next()
        }
    }

    private func collect() async throws {
        try await client.follow { notice in
            guard case .event(let event) = notice else { return notice.tellOperator() }
            let epoch = client.state.epoch ?? ""
            collection.withLock { $0.add(event, epoch: epoch) }
        }
    }

    private func tell() async throws {
        while true {
            guard let batch = collection.withLock({ $0.due(at: now()) }) else {
                try await patience.wait(.milliseconds(500))
                continue
            }
            try await patience.untilTaken("passing on") { try await target.tell(batch.events, epoch: batch.epoch) }
            collection.withLock { $0.told(batch, at: now()) }
            if let last = batch.events.last { client.handled(upTo: last.seq, in: batch.epoch) }
        }
    }
}
