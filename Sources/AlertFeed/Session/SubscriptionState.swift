import DequeModule
import Safeguarding

/// One subscription of a session: positions, window and the rows read but not yet sent.
///
/// Memory is bounded: `inFlight` by the window, `unsent` by two pages, whose bytes readers of one look share.
struct SubscriptionState: Sendable {
    let subscription: FeedSubscription
    let epoch: String
    let window: Int
    /// It is always to be connected.
    let isStanding: Bool
    private let pace: Pace
    private(set) var filter: FeedFilter
    private(set) var filterRevision = 0

    /// The last position acknowledged, and made durable; at first where the subscription began.
    private(set) var acked: Int64
    /// The furthest position that the client has wanted acknowledged, durable or not.
    private(set) var asked: Int64
    /// The last event said, or where the subscription began: the next event's `prev`.
    private(set) var sent: Int64
    /// The log has been read up to here.
    private(set) var readTo: Int64
    /// The durable cursor was moved here without an acknowledgement.
    private(set) var advancedTo: Int64
    private var inFlight: Deque<Int64> = []
    /// Pages, of which the first may be said in part.
    private var unsent: [UnsentEvents] = []
    private(set) var isHeld = false
    /// Where the log was seen to stand last.
    private var head: Int64
    /// Something may be behind `readTo`.
    private(set) var mayHaveMore: Bool

    /// Said since the range that is being audited.
    private var auditFrom: Int64?
    private var auditCount = 0
    private var auditSince: Duration = .zero
    private var inAudit: (range: DeliveredRange, since: Duration)?
    /// The last audit was not written: nothing more is said before one is.
    private var isAuditOwed = false
    private var advancedAt: Duration

    var name: String { subscription.name }

    /// What of the limits its decisions need: these few numbers, since the whole of them is half a kilobyte to be copied each time.
    private struct Pace {
        var tick: Duration
        var auditEvents: Int
        var auditEvery: Duration
        var advanceEvery: Duration
    }

    init(
        _ start: SubscriptionStart,
        window: Int,
        filter: FeedFilter,
        isStanding: Bool = false,
        limits: FeedLimits,
        at now: FeedInstant
    ) {
        pace = Pace(
            tick: limits.tick,
            auditEvents: limits.auditEvents,
            auditEvery: limits.auditEvery,
            advanceEvery: limits.advanceEvery
        )
        subscription = start.subscription
        epoch = start.position.epoch
        self.window = window
        self.isStanding = isStanding
        self.filter = filter
        acked = start.at
        asked = start.at
        sent = start.at
        readTo = start.at
        advancedTo = start.at
        head = start.position.head
        mayHaveMore = start.position.head > start.at
        advancedAt = now.elapsed
    }

    var hasNothingUnacknowledged: Bool { inFlight.isEmpty }
    /// Events of the next page: up to half fewer than there is room for where that ends it at a position at which others stand too,
    /// so that readers who have come apart are answered by one look again.
    private var mostToRead: Int {
        let most = min(FeedLimits.page, room)
        let past = Int((readTo + Int64(most)) % FeedLimits.pageStep)
        return past <= most / 2 ? most - past : most
    }
    private var unsentCount: Int { unsent.reduce(0) { $0 + $1.count } }
    private var room: Int { max(0, window - inFlight.count - unsentCount) }
    /// Whether the page behind the one that waits may be read: at once where it will be a whole one, else while the rest of the
    /// last leaves, so that it is as long as possible.
    private var mayReadAhead: Bool {
        guard unsent.count == 1 else { return false }
        return min(head - readTo, Int64(room)) >= Int64(FeedLimits.page)
            || unsentCount <= FeedLimits.page / 4 * 3 && unsent[0].likelyLength <= FeedLimits.pageBytes / 4 * 3
    }
    /// Room that makes a page worth reading behind a full window: else a client that acknowledges one by one would cost a
    /// query for each event.
    private var worthwhileRoom: Int { max(1, min(FeedLimits.page, window) / 4) }
    /// When the full window opened; until there is worthwhile room, reading waits for a tick.
    private var reopenedAt: Duration?

    // MARK: Reading

    mutating func logMayHaveGrown() { mayHaveMore = true }

    mutating func logStands(at head: Int64) {
        self.head = head
        if head > readTo { mayHaveMore = true }
    }

    /// Whether there is a page to read and room for it in the window, and in the output or behind one page that waits.
    func wantsPage(hasRoom: Bool, at now: FeedInstant) -> Bool {
        guard mayHaveMore, room > 0, unsent.isEmpty ? hasRoom : mayReadAhead else { return false }
        guard let reopenedAt, room < worthwhileRoom else { return true }
        return now.elapsed - reopenedAt >= pace.tick
    }

    /// The next page to read, which is wanted.
    mutating func pageRequest(for principal: Principal) -> PageRequest {
        reopenedAt = nil
        mayHaveMore = false
        let read = PageRead(
            subscription,
            principal: principal,
            after: readTo,
            epoch: epoch,
            limit: mostToRead,
            filter: filter
        )
        return PageRequest(read: read, behind: max(0, head - readTo), filterRevision: filterRevision)
    }

    /// Takes a page; false when it contradicts the order of the log.
    mutating func pageRead(_ request: PageRequest, _ events: UnsentEvents, readTo end: Int64, head: Int64) -> Bool {
        guard request.filterRevision == filterRevision else {
            mayHaveMore = true
            return true
        }
        guard events.rises(after: readTo), end >= events.last ?? readTo, events.count <= request.read.limit
        else { return false }
        self.head = head
        if end < head && end > readTo { mayHaveMore = true }
        readTo = end
        if !events.isEmpty { unsent.append(events) }
        return true
    }

    mutating func pageFailed() { mayHaveMore = true }

    // MARK: Sending

    /// The next lines, about as many as there is room for, while the audit keeps up; the window was reserved when the page was
    /// read.
    mutating func nextLines(room: Int, at now: FeedInstant) -> ServerLine? {
        guard !unsent.isEmpty, !isAuditOwed else { return nil }
        let events = unsent[0].removePrefix(most: pace.auditEvents - auditCount, room: room, name: name)
        if unsent[0].isEmpty { unsent.removeFirst() }
        guard let first = events.seqs.first, let last = events.last else { return nil }
        let line = ServerLine.events(name: name, prev: sent, events)
        sent = last
        inFlight.append(contentsOf: events.seqs)
        if auditFrom == nil {
            auditFrom = first
            auditSince = now.elapsed
        }
        auditCount += events.count
        return line
    }

    /// True once, when the window is full.
    mutating func holds() -> Bool {
        guard !isHeld, inFlight.count >= window else { return false }
        isHeld = true
        return true
    }

    // MARK: Acknowledging

    enum AcknowledgementCheck: Equatable {
        /// Nothing changes: it repeats the last one, or the cursor is past it already.
        case known
        case new
        case backwards
        case ahead
    }

    func check(acknowledgement seq: Int64) -> AcknowledgementCheck {
        if seq < acked { return .backwards }
        if seq > sent { return .ahead }
        return seq == acked || seq <= advancedTo ? .known : .new
    }

    /// Records that an acknowledgement was wanted; true for the first that goes so far.
    mutating func asksFirst(_ seq: Int64) -> Bool {
        guard seq > asked else { return false }
        asked = seq
        return true
    }

    /// Records a durable acknowledgement; true when the window opens again.
    mutating func acknowledged(_ seq: Int64, at now: FeedInstant) -> Bool {
        acked = max(acked, seq)
        inFlight.removeFirst(inFlight.count(upTo: seq))
        guard isHeld, inFlight.count < window else { return false }
        isHeld = false
        reopenedAt = now.elapsed
        return true
    }

    /// The position to which the durable cursor can be moved, at most once in the interval.
    mutating func advanceTarget(at now: FeedInstant) -> Int64? {
        guard inFlight.isEmpty, unsent.isEmpty, readTo > max(acked, advancedTo),
            now.elapsed - advancedAt >= pace.advanceEvery
        else { return nil }
        advancedAt = now.elapsed
        return readTo
    }

    mutating func advanced(to position: Int64) { advancedTo = max(advancedTo, position) }

    // MARK: Filter

    /// Replaces the filter from the position on that has not been said yet; answers that position.
    mutating func replace(filter: FeedFilter) -> Int64 {
        self.filter = filter
        filterRevision += 1
        if !unsent.isEmpty {
            unsent = []
            // Never before the durable cursor: what it has passed would not be sent again after a break.
            readTo = max(sent, advancedTo)
        }
        mayHaveMore = true
        return readTo
    }

    // MARK: Audit

    /// Since when what is to be audited now waits: because it is so much, or so old, or could not be written before.
    func auditDueSince(at now: FeedInstant) -> Duration? {
        guard auditFrom != nil, inAudit == nil else { return nil }
        let isDue = isAuditOwed || auditCount >= pace.auditEvents || now.elapsed - auditSince >= pace.auditEvery
        return isDue ? auditSince : nil
    }

    /// The range to audit now; what is said from here on belongs to the next.
    mutating func beginAudit() -> DeliveredRange? {
        guard inAudit == nil, let range = unaudited else { return nil }
        inAudit = (range, auditSince)
        auditFrom = nil
        auditCount = 0
        return range
    }

    mutating func audited(succeeded: Bool) {
        isAuditOwed = !succeeded
        if !succeeded, let range = unaudited, let since = inAudit?.since {
            auditFrom = range.from
            auditCount = range.count
            auditSince = since
        }
        inAudit = nil
    }

    /// All that was said and is not in the audit for certain.
    var unaudited: DeliveredRange? {
        guard let from = inAudit?.range.from ?? auditFrom else { return nil }
        return DeliveredRange(name: name, from: from, to: sent, count: (inAudit?.range.count ?? 0) + auditCount)
    }
}

extension Deque<Int64> {
    /// How many of these rising positions are no further than `seq`.
    fileprivate func count(upTo seq: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] <= seq { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
