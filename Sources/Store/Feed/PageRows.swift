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
        var found: [(group: Int, reader: Int64, seqs: [Int64])] = []
        var blocks: [[LoggedEvent]] = []
        for row in rows {
            if try row.optionalText(0) != nil {
                standing = Standing(position: try LogPosition(row), generations: try row.optionalInt64s(4))
            } else if let group = try row.optionalInt32(5) {
                found.append((Int(group), try row.int64(6), try row.int64s(7)))
            } else {
                blocks.append(try LoggedEvent.block(row, from: 8))
            }
        }
        let events = Self.inOrder(blocks)
        for look in found {
            let page = try Self.select(look.seqs, of: events)
            switch look.reader {
            case PageStatement.agencyLook: agencies[look.group] = page
            case PageStatement.commonLook: common[look.group] = page
            // Readers are counted from 1 in SQL.
            default: alone[Int(look.reader) - 1] = page
            }
        }
    }

    /// The page of ``LonePageStatement``.
    static func page(_ rows: some Collection<Row>, _ read: PageRead) throws -> Result<EventPage, FeedRefusal> {
        guard let row = rows.first else { throw StoreError(.internal, "reading the log: a view without a counter") }
        let position = try LogPosition(row)
        let generation = try row.optionalInt64(4)
        let events = try row.isNull(5) ? [] : inOrder([LoggedEvent.block(row, from: 5)])
        return Result { () throws(FeedRefusal) in
            guard generation == read.subscription.generation else { throw .replaced }
            return try page(read, events, position)
        }
    }

    private static func inOrder(_ blocks: [[LoggedEvent]]) -> [LoggedEvent] {
        var events = blocks.count == 1 ? blocks[0] : blocks.flatMap(\.self)
        let isInOrder = zip(events, events.dropFirst()).allSatisfy { $0.seq < $1.seq }
        if !isInOrder { events.sort { $0.seq < $1.seq } }
        return events
    }

    /// The events of these positions, both in order; most looks found all or a part in one piece.
    private static func select(_ seqs: [Int64], of events: [LoggedEvent]) throws -> [LoggedEvent] {
        guard let first = seqs.first else { return [] }
        let start = events.firstIndex { $0.seq >= first } ?? events.endIndex
        let end = start + seqs.count
        if end <= events.count, zip(events[start..<end], seqs).allSatisfy({ $0.seq == $1 }) {
            return seqs.count == events.count ? events : Array(events[start..<end])
        }
        var page: [LoggedEvent] = []
        page.reserveCapacity(seqs.count)
        var next = start
        for seq in seqs {
            while next < events.count, events[next].seq < seq { next += 1 }
            if next < events.count, events[next].seq == seq { page.append(events[next]) }
        }
        // A page that goes past what it found and has not would be a silent loss.
        guard page.count == seqs.count else {
            throw StoreError(.internal, "reading the log: a look without its events")
        }
        return page
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
                return try Self.page(read, found, standing.position)
            }
        }
    }

    /// - Parameter found: At least as many events as the reader takes, or all up to the end of what was looked at.
    private static func page(
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

extension LoggedEvent {
    /// From arrays of `seq, alert, rev, type, urgency, at, body`.
    fileprivate static func block(_ row: Row, from column: Int) throws -> [LoggedEvent] {
        let seqs = try row.int64s(column)
        let alerts = try row.uuids(column + 1)
        let revs = try row.int32s(column + 2)
        let types = try row.names(column + 3, as: EventType.self)
        let urgencies = try row.names(column + 4, as: Urgency.self)
        let moments = try row.timestamps(column + 5)
        let bodies = try row.texts(column + 6)
        guard
            [alerts.count, revs.count, types.count, urgencies.count, moments.count, bodies.count].allSatisfy({
                $0 == seqs.count
            })
        else { throw StoreError(.internal, "reading the log: a block whose columns differ in length") }
        return seqs.indices.map { index in
            LoggedEvent(
                seq: seqs[index],
                alert: AlertID(UniqueID(alerts[index])),
                rev: Int(revs[index]),
                type: types[index],
                urgency: urgencies[index],
                at: Moment(moments[index]),
                body: bodies[index]
            )
        }
    }
}
