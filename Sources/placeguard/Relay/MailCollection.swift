import AlertFeed

/// Which alerts the next message tells of, and when it is due: the first at once, those behind it together, so that a bad evening
/// is a few messages and not a hundred.
///
/// What is immediate, or has gone up the chain, does not wait, and takes along what does.
struct MailCollection: Sendable {
    /// What one message tells of.
    struct Batch: Sendable {
        var epoch: String
        var events: [FeedEvent]
        /// How many of those that wait it is for, with those that are not told again.
        var count: Int
    }

    /// Alerts that make a message due: fewer than the feed sends unacknowledged.
    static let most = 100

    /// The shortest time between two messages that can wait; zero for a message each.
    let every: Duration
    private var queue = RelayQueue()
    private var lastTold: Duration?

    init(every: Duration) { self.every = every }

    /// How many events wait.
    var count: Int { queue.waiting.count }

    /// Takes an event up, once.
    ///
    /// - Returns: Whether its position is new here.
    @discardableResult mutating func add(_ event: FeedEvent, epoch: String) -> Bool {
        queue.add(event, epoch: epoch)
    }

    /// What is to be told at this moment of a clock that only goes forward, or only acknowledged; nil for nothing.
    func due(at now: Duration) -> Batch? {
        let waiting = queue.waiting
        guard let epoch = waiting.first?.epoch else { return nil }
        let most = every == .zero ? 1 : Self.most
        let batch = waiting.prefix(most).prefix { $0.epoch == epoch }
        let events = batch.filter { !$0.isKnown }.map(\.event)
        // All that waits, not this message only: what is first keeps what cannot wait behind it.
        let mayWait =
            events.contains(where: MailTarget.isTold) && !waiting.contains { !$0.isKnown && Self.cannotWait($0.event) }
        if mayWait, let lastTold, now - lastTold < every, batch.count < Self.most { return nil }
        return Batch(epoch: epoch, events: events, count: batch.count)
    }

    /// The batch was taken.
    mutating func told(_ batch: Batch, at now: Duration) {
        queue.removeFirst(batch.count)
        if batch.events.contains(where: MailTarget.isTold) { lastTold = now }
    }

    /// Immediate, or gone up the chain.
    static func cannotWait(_ event: FeedEvent) -> Bool {
        event.urgency == "immediate" || event.type == "immediate" || event.type == "escalated"
    }
}
