import Postgres
import Safeguarding

/// What ``FeedStatements/pages(_:in:)`` answered, taken apart: what each subscription may see, and each event once.
struct PageRows {
    private struct Read {
        var position: LogPosition
        var generation: Int64?
        var found: [Int64]
    }

    private var reads: [Int: Read] = [:]
    private var events: [Int64: LoggedEvent] = [:]

    init(_ rows: some Collection<Row>) throws {
        for row in rows {
            if let number = try row.optionalInt32(4) {
                reads[Int(number)] = Read(
                    position: try LogPosition(row),
                    generation: try row.optionalInt64(5),
                    found: try row.int64s(6)
                )
            } else {
                let event = try LoggedEvent(row, from: 7)
                events[event.seq] = event
            }
        }
    }

    /// The pages in the order in which they were asked for.
    func pages(_ asked: [PageRead]) throws -> [Result<EventPage, FeedRefusal>] {
        try asked.enumerated().map { number, read in
            guard let found = reads[number] else {
                throw StoreError(.internal, "reading the log: a view without a counter")
            }
            return Result { () throws(FeedRefusal) in try page(read, found) }
        }
    }

    private func page(_ read: PageRead, _ found: Read) throws(FeedRefusal) -> EventPage {
        let position = found.position
        guard found.generation == read.subscription.generation else { throw .replaced }
        guard position.epoch == read.epoch else { throw .epochChanged(position) }
        guard read.after >= position.floor - 1 else { throw .tooOld(position) }
        let events = found.found.compactMap { self.events[$0] }
        let scanned = max(read.after, min(position.head, read.after + FeedStatements.scanned))
        let isFull = events.count == max(1, read.limit)
        return EventPage(events: events, readTo: isFull ? events.last?.seq ?? scanned : scanned, position: position)
    }
}
