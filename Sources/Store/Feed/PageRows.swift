import Postgres
import Safeguarding

/// What ``PageStatement`` answered, taken apart: what each look found, and each event once.
struct PageRows {
    private struct Standing {
        var position: LogPosition
        var generations: [Int64?]
    }

    private let looks: SharedLooks
    private var standing: Standing?
    /// By group, of the agencies with places of their own.
    private var agencies: [Int: [LoggedEvent]] = [:]
    /// By the first of the groups that have a look in common.
    private var common: [Int: [LoggedEvent]] = [:]
    /// By reader, for those who looked alone.
    private var alone: [Int: [LoggedEvent]] = [:]

    init(_ rows: some Collection<Row>, _ looks: SharedLooks) throws {
        self.looks = looks
        var found: [(group: Int, reader: Int, seqs: [Int64])] = []
        var events: [Int64: LoggedEvent] = [:]
        for row in rows {
            if try row.optionalText(0) != nil {
                standing = Standing(position: try LogPosition(row), generations: try row.optionalInt64s(4))
            } else if let group = try row.optionalInt32(5) {
                found.append((Int(group), Int(try row.int64(6)), try row.int64s(7)))
            } else {
                let event = try LoggedEvent(row, from: 8)
                events[event.seq] = event
            }
        }
        for look in found {
            let page = look.seqs.compactMap { events[$0] }
            switch Int64(look.reader) {
            case PageStatement.agencyLook: agencies[look.group] = page
            case PageStatement.commonLook: common[look.group] = page
            // Readers are counted from 1 in SQL.
            default: alone[look.reader - 1] = page
            }
        }
    }

    /// The pages in the order in which they were asked for.
    func pages() throws -> [Result<EventPage, FeedRefusal>] {
        guard let standing, standing.generations.count == looks.reads.count else {
            throw StoreError(.internal, "reading the log: a view without a counter")
        }
        return try looks.reads.enumerated().map { number, read in
            let group = looks.group[number]
            guard let found = alone[number] ?? agencies[group] ?? common[looks.groups[group].common] else {
                throw StoreError(.internal, "reading the log: a reader without an answer")
            }
            return Result { () throws(FeedRefusal) in
                guard standing.generations[number] == read.subscription.generation else { throw .replaced }
                return try page(read, found, standing.position)
            }
        }
    }

    /// - Parameter found: At least as many events as the reader takes, or all up to the end of what was looked at.
    private func page(
        _ read: PageRead,
        _ found: [LoggedEvent],
        _ position: LogPosition
    ) throws(FeedRefusal) -> EventPage {
        guard position.epoch == read.epoch else { throw .epochChanged(position) }
        guard read.after >= position.floor - 1 else { throw .tooOld(position) }
        let scanned = max(read.after, min(position.head, read.after + PageStatement.scanned))
        guard found.count >= read.most else { return EventPage(events: found, readTo: scanned, position: position) }
        let events = found.count == read.most ? found : Array(found.prefix(read.most))
        return EventPage(events: events, readTo: events.last?.seq ?? scanned, position: position)
    }
}
