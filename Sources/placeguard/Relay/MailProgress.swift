import AlertFeed

/// What each of several mailboxes has still to be told, and how far all of them are: one that takes nothing holds back no other.
///
/// An event is passed on when every mailbox was told of it or is spared it. No mailbox is spared what no other was told, so
/// somebody always was.
struct MailProgress: Sendable {
    /// Behind by more than this, a mailbox that fails is spared what others were told: some days of exercises, and less than the
    /// feed sends unacknowledged, so that it never holds back the feed.
    static let longestQueue = 500

    private var mailboxes: [MailCollection]
    /// Of the events that not every mailbox is past, in order.
    private var positions: [(epoch: String, seq: Int64)] = []

    init(mailboxes: Int, every: Duration) {
        self.mailboxes = Array(repeating: MailCollection(every: every), count: mailboxes)
    }

    /// Takes an event up for every mailbox, once.
    mutating func add(_ event: FeedEvent, epoch: String) {
        var isNew = false
        for mailbox in mailboxes.indices { isNew = mailboxes[mailbox].add(event, epoch: epoch) }
        if isNew { positions.append((epoch, event.seq)) }
    }

    /// What a mailbox is to be told at this moment of a clock that only goes forward; nil for nothing.
    func due(_ mailbox: Int, at now: Duration) -> MailCollection.Batch? { mailboxes[mailbox].due(at: now) }

    /// Whether a mailbox that failed to take the batch is not told of it: others were, and it refused for good or is far behind.
    func spares(_ mailbox: Int, _ batch: MailCollection.Batch, isForGood: Bool) -> Bool {
        let count = mailboxes[mailbox].count
        guard isForGood || count > Self.longestQueue else { return false }
        return mailboxes.contains { $0.count <= count - batch.count }
    }

    /// A mailbox was told of the batch or is spared it.
    ///
    /// - Returns: The position that all are past now; nil where it is the same as before.
    mutating func past(_ batch: MailCollection.Batch, _ mailbox: Int, at now: Duration) -> (epoch: String, seq: Int64)?
    {
        mailboxes[mailbox].told(batch, at: now)
        let common = positions.count - (mailboxes.map(\.count).max() ?? 0)
        guard common > 0 else { return nil }
        defer { positions.removeFirst(common) }
        return positions[common - 1]
    }
}
