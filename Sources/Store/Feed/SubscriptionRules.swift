import Safeguarding

/// Where a subscription begins, decided without I/O (feed-protocol.md sections 3 and 4).
struct SubscriptionRules: Sendable {
    /// A durable cursor as it is stored.
    struct Cursor: Sendable, Hashable {
        var epoch: String
        var acked: Int64
    }

    let position: LogPosition
    /// The epoch before, where its positions up to the base stand for the same events.
    var before: String?

    /// The position after which events are sent.
    ///
    /// - Parameter cursor: The cursor of this name in the view being read; nil where there is none: a reader who moves to another
    ///   view starts at head there.
    func start(_ from: FeedStart, cursor: Cursor?) throws(FeedRefusal) -> Int64 {
        switch from {
        case .head: return position.head
        case .floor: return position.floor - 1
        case .resume:
            guard let cursor else { return position.head }
            guard cursor.epoch == position.epoch else { throw epochChanged(cursor.epoch, after: cursor.acked) }
            return try kept(cursor.acked)
        case .after(let seq, let epoch):
            guard epoch == position.epoch else { throw epochChanged(epoch, after: seq) }
            guard seq <= position.head else { throw .beyondHead(position) }
            return try kept(seq)
        }
    }

    private func epochChanged(_ epoch: String, after seq: Int64) -> FeedRefusal {
        .epochChanged(position, from: epoch == before ? position.resumption(of: seq) : nil)
    }

    /// Nothing after the position has been dropped: never a silent jump.
    private func kept(_ seq: Int64) throws(FeedRefusal) -> Int64 {
        guard seq >= position.floor - 1 else { throw .tooOld(position) }
        return seq
    }
}
