package import Safeguarding

/// Events that were read for a subscription and wait to be said, in order.
package enum UnsentEvents: Sendable, Hashable {
    /// Those that others were read too: lines made once for all of them.
    case lines(EventRun)
    /// Those of a reader alone: they become lines as they are said, which leaves the time that takes to the reading of the next
    /// page.
    case rows(ArraySlice<LoggedEvent>)

    /// Rows from the front while they fit into a page, and one in any case; nothing is kept of the others.
    static func rows(ofPage events: [LoggedEvent]) -> UnsentEvents {
        var taken = 0
        let page = events.prefix { event in
            taken += EventLine.likelyFrame + event.body.utf8.count
            return taken <= FeedLimits.pageBytes
        }
        return .rows(page.count == events.count ? page : Array(events.prefix(max(1, page.count)))[...])
    }

    package var count: Int {
        switch self {
        case .lines(let run): run.count
        case .rows(let rows): rows.count
        }
    }

    var isEmpty: Bool { count == 0 }

    package var last: Int64? {
        switch self {
        case .lines(let run): run.last
        case .rows(let rows): rows.last?.seq
        }
    }

    /// Bytes of the lines, about.
    var likelyLength: Int {
        switch self {
        case .lines(let run): run.likelyLength
        case .rows(let rows): rows.reduce(0) { $0 + EventLine.likelyLength(of: $1) }
        }
    }

    /// Whether the positions rise, and the first is behind `position`.
    func rises(after position: Int64) -> Bool {
        switch self {
        case .lines(let run): Self.rise(run.seqs, after: position)
        case .rows(let rows): Self.rise(rows.lazy.map(\.seq), after: position)
        }
    }

    private static func rise(_ seqs: some Sequence<Int64>, after position: Int64) -> Bool {
        var last = position
        for seq in seqs {
            guard seq > last else { return false }
            last = seq
        }
        return true
    }

    /// Takes the first off, as lines for a subscription of this name: at most `most`, and no more once `room` bytes are full, so
    /// that the last may exceed it by a part.
    mutating func removePrefix(most: Int, room: Int, name: String) -> EventRun {
        switch self {
        case .lines(var run):
            self = .rows([])
            let taken = run.removePrefix(most: most, room: room)
            self = .lines(run)
            return taken
        case .rows(let rows):
            var room = room
            let taken = rows.prefix(max(0, most)).prefix { event in
                defer { room -= EventLine.likelyLength(of: event) }
                return room > 0
            }
            self = .rows(taken.endIndex < rows.endIndex ? rows[taken.endIndex...] : [])
            return EventRun(taken, name: name, byteLimit: .max)
        }
    }
}
