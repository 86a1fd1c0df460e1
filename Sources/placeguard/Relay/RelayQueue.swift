import AlertFeed

/// Events that wait to be passed on to one target, each once.
///
/// What is not acknowledged comes again after a break. After a failover the log comes again under a new epoch, from behind the
/// last acknowledgement that was kept: what of it waits here, or was passed on, is known, since it is the same to the letter.
/// What is not was made in place of what was lost.
struct RelayQueue: Sendable {
    struct Waiting: Sendable {
        var epoch: String
        var event: FeedEvent
        /// Taken up before, under another epoch: it is acknowledged and not passed on again.
        var isKnown: Bool
    }

    /// Events that are known again: more than the feed sends unacknowledged, and some that were acknowledged in vain.
    static let longestMemory = 4_096

    private(set) var waiting: [Waiting] = []
    private var lastTaken: (epoch: String, seq: Int64)?
    /// The latest that were taken up, without name and positions, and under which epoch last.
    private var known: [FeedEvent: String] = [:]
    /// A ring of them.
    private var knownInOrder: [FeedEvent] = []
    private var oldest = 0

    /// Takes an event up.
    ///
    /// - Returns: Whether its position is new here.
    @discardableResult mutating func add(_ event: FeedEvent, epoch: String) -> Bool {
        if let lastTaken, lastTaken.epoch == epoch, event.seq <= lastTaken.seq { return false }
        lastTaken = (epoch, event.seq)
        waiting.append(Waiting(epoch: epoch, event: event, isKnown: isKnown(event, epoch: epoch)))
        return true
    }

    /// The first of them are done with.
    mutating func removeFirst(_ count: Int) { waiting.removeFirst(count) }

    /// Whether the event was taken up under another epoch; it is remembered with this one.
    private mutating func isKnown(_ event: FeedEvent, epoch: String) -> Bool {
        var fact = event
        (fact.name, fact.seq, fact.prev) = ("", 0, 0)
        if let before = known.updateValue(epoch, forKey: fact) { return before != epoch }
        if knownInOrder.count < Self.longestMemory {
            knownInOrder.append(fact)
        } else {
            known[knownInOrder[oldest]] = nil
            knownInOrder[oldest] = fact
            oldest = (oldest + 1) % Self.longestMemory
        }
        return false
    }
}
