package import Safeguarding
import Synchronization

/// The alert log in memory: the double for tests of the feed, held to the same conformance suite as the real one.
///
/// Tests publish with ``publish(_:in:facts:at:body:closes:)``, move the floor, change the epoch, link subjects to places and
/// switch the database off (`StoreFailure.unavailable`). Every publication rings ``bell``.
package final class MemoryAlertLog: AlertLog {
    /// A line of the audit, for tests to look at.
    package struct AuditLine: Sendable, Hashable {
        package var actor: String
        package var action: String
        package var detail: String
    }

    private struct Entry {
        var event: LoggedEvent
        var facts: FeedFacts
    }

    private struct Log {
        var epoch: String
        var before: String?
        var head: Int64 = 0
        var floor: Int64 = 1
        var base: Int64 = 0
        var entries: [Entry] = []
        /// The last event of each alert that is open.
        var open: [AlertID: Entry] = [:]
    }

    private struct CursorKey: Hashable {
        var subject: String
        var name: String
        var view: View
    }

    private struct Cursor {
        var generation: Int64
        var epoch: String
        var acked: Int64
        var sent: Int64
        var lastEnd: String?
        /// Order of use among all cursors.
        var used: Int
        var isStanding: Bool
    }

    private struct State {
        var logs: [View: Log] = [.open: Log(epoch: "open-1"), .full: Log(epoch: "full-1")]
        var cursors: [CursorKey: Cursor] = [:]
        var links: [String: Set<LocationID>] = [:]
        var audit: [AuditLine] = []
        var isAvailable = true
        var uses = 0
        var epochs = 1
        var nextAlert: UInt64 = 0
        var now = Moment(seconds: 1_764_000_000)
        var mutes: [MemoryMute] = []
    }

    /// The most names one subject may have (feed-protocol.md section 7).
    package static let maximumSubscriptions = 16

    package let bell = Doorbell()
    private let state = Mutex(State())

    package init() {}
}

// What tests do to it.
extension MemoryAlertLog {
    /// Commits one event and answers it; a nil alert opens a new one.
    @discardableResult
    package func publish(
        _ alert: AlertID? = nil,
        in view: View,
        facts: FeedFacts = FeedFacts(),
        at: Moment? = nil,
        body: String = "{}",
        closes: Bool = false
    ) -> LoggedEvent {
        let event = state.withLock { state in
            let id =
                alert
                ?? {
                    state.nextAlert += 1
                    return AlertID(UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 | state.nextAlert))
                }()
            var log = state.logs[view] ?? Log(epoch: "")
            log.head += 1
            let rev = (log.entries.last { $0.event.alert == id }?.event.rev ?? 0) + 1
            let event = LoggedEvent(
                seq: log.head,
                alert: id,
                rev: rev,
                type: facts.type,
                urgency: facts.urgency,
                at: at ?? state.now,
                body: body
            )
            log.entries.append(Entry(event: event, facts: facts))
            log.open[id] = closes ? nil : Entry(event: event, facts: facts)
            state.logs[view] = log
            return event
        }
        bell.ring()
        return event
    }

    /// Drops everything below a position, as retention does.
    package func dropBelow(_ floor: Int64, in view: View) {
        state.withLock { state in
            state.logs[view]?.entries.removeAll { $0.event.seq < floor }
            state.logs[view]?.floor = floor
        }
    }

    /// Starts a new epoch and jumps the counter, as after a restore.
    package func beginEpoch(in view: View, jump: Int64 = 1_000) {
        state.withLock { state in
            state.epochs += 1
            let old = state.logs[view]?.epoch
            state.logs[view]?.before = old
            state.logs[view]?.epoch = "\(view.rawValue)-\(state.epochs)"
            if let head = state.logs[view]?.head { state.logs[view]?.base = head }
            state.logs[view]?.head += jump
        }
    }

    /// Links an agency (`agency:CODE`) or a person (`person:CODE`) to a place.
    package func link(_ subject: String, to location: LocationID) {
        state.withLock { state in _ = state.links[subject, default: []].insert(location) }
    }

    package func setAvailable(_ isAvailable: Bool) {
        state.withLock { $0.isAvailable = isAvailable }
    }

    package var isAvailable: Bool { state.withLock { $0.isAvailable } }

    package var auditLines: [AuditLine] { state.withLock { $0.audit } }
}

extension MemoryAlertLog {
    package func position(of view: View) async throws -> LogPosition {
        try withState { state in Self.position(in: state, view) }
    }

    package func subscribe(
        _ principal: Principal,
        name: String,
        from: FeedStart,
        filter: FeedFilter,
        isStanding: Bool
    ) async throws -> SubscriptionStart {
        try withState { state in
            let view = principal.view
            let key = CursorKey(subject: principal.subject, name: name, view: view)
            let other = CursorKey(subject: principal.subject, name: name, view: view == .open ? .full : .open)
            let known = state.cursors[key]
            let position = Self.position(in: state, view)
            let viewChanged = (state.cursors[other]?.used ?? -1) > (known?.used ?? -1)
            if known == nil {
                let names = state.cursors.keys.filter { $0.subject == key.subject && $0.view == view }.count
                guard names < Self.maximumSubscriptions else { throw FeedRefusal.tooManySubscriptions }
            }
            let before = state.logs[view]?.before
            let at = try Self.start(from, cursor: known.map { ($0.epoch, $0.acked) }, position, before: before)
            state.uses += 1
            let hasMoved = state.cursors[other].map { $0.isStanding && $0.lastEnd != nil } ?? false
            let generation = (known?.generation ?? 0) + 1
            state.cursors[key] = Cursor(
                generation: generation,
                epoch: position.epoch,
                acked: at,
                sent: at,
                lastEnd: nil,
                used: state.uses,
                isStanding: isStanding || (known?.isStanding ?? false) || hasMoved
            )
            if hasMoved { state.cursors[other]?.isStanding = false }
            let open = Self.visibleOpen(in: state, principal, filter).count
            return SubscriptionStart(
                subscription: FeedSubscription(
                    subject: principal.subject,
                    name: name,
                    view: view,
                    generation: generation
                ),
                at: at,
                position: position,
                behind: position.head - at,
                open: open,
                viewChanged: viewChanged,
                lastEnd: known.map { $0.lastEnd ?? SubscriptionStart.unrecordedEnd }
            )
        }
    }

    package func pages(_ reads: [PageRead]) async throws -> [Result<EventPage, FeedRefusal>] {
        try withState { state in
            reads.map { read in Result { () throws(FeedRefusal) in try Self.page(read, in: state) } }
        }
    }

    private static func page(_ read: PageRead, in state: State) throws(FeedRefusal) -> EventPage {
        let (subscription, principal) = (read.subscription, read.principal)
        guard principal.view == subscription.view else { throw FeedRefusal.replaced }
        _ = try current(subscription, in: state)
        let position = position(in: state, subscription.view)
        guard position.epoch == read.epoch else { throw FeedRefusal.epochChanged(position) }
        guard read.after >= position.floor - 1 else { throw FeedRefusal.tooOld(position) }
        let linked = linked(principal, in: state)
        let visible = (state.logs[subscription.view]?.entries ?? []).filter { entry in
            entry.event.seq > read.after && read.filter.admits(entry.facts, in: subscription.view)
                && principal.maySee(entry.facts, linked: linked)
                && !state.mutes.contains { $0.withholds(entry.event, entry.facts, from: principal) }
        }
        let events = visible.prefix(read.limit).map(\.event)
        let readTo = visible.count > read.limit ? events.last?.seq ?? read.after : max(read.after, position.head)
        return EventPage(events: Array(events), readTo: readTo, position: position)
    }

    package func acknowledge(_ acknowledgements: [Acknowledgement]) async throws -> [FeedRefusal?] {
        try withState { state in
            acknowledgements.map { entry in
                do throws(FeedRefusal) {
                    try Self.acknowledge(entry, in: &state)
                    return nil
                } catch {
                    return error
                }
            }
        }
    }

    private static func acknowledge(_ entry: Acknowledgement, in state: inout State) throws(FeedRefusal) {
        var cursor = try current(entry.subscription, in: state)
        guard entry.seq >= cursor.acked else { throw FeedRefusal.ackBackwards }
        let position = position(in: state, entry.subscription.view)
        guard entry.seq <= position.head else { throw FeedRefusal.beyondHead(position) }
        cursor.acked = entry.seq
        cursor.sent = max(cursor.sent, entry.sent)
        state.cursors[key(entry.subscription)] = cursor
    }

    package func advance(_ subscription: FeedSubscription, readTo: Int64) async throws {
        try withState { state in
            var cursor = try Self.current(subscription, in: state)
            let read = min(readTo, Self.position(in: state, subscription.view).head)
            cursor.acked = max(cursor.acked, read)
            cursor.sent = max(cursor.sent, read)
            state.cursors[Self.key(subscription)] = cursor
        }
    }

    package func replaced(_ subscriptions: [FeedSubscription]) async throws -> [FeedSubscription] {
        try withState { state in
            subscriptions.filter { subscription in
                (state.cursors[Self.key(subscription)]?.generation ?? 0) > subscription.generation
            }
        }
    }

    package func ended(_ subscription: FeedSubscription, reason: String, sent: Int64) async throws {
        try withState { state in
            guard var cursor = state.cursors[Self.key(subscription)], cursor.generation == subscription.generation
            else { return }
            cursor.lastEnd = reason
            cursor.sent = max(cursor.sent, sent)
            state.cursors[Self.key(subscription)] = cursor
        }
    }

    package func openAlerts(
        _ principal: Principal,
        filter: FeedFilter,
        after: AlertID?,
        limit: Int
    ) async throws -> [OpenAlertLine] {
        try withState { state in
            Self.visibleOpen(in: state, principal, filter)
                .filter { event in after.map { event.alert > $0 } ?? true }
                .sorted { $0.alert < $1.alert }
                .prefix(limit)
                .map { OpenAlertLine(event: $0) }
        }
    }

    package func cursors(_ principal: Principal) async throws -> [CursorLine] {
        try withState { state in
            let head = Self.position(in: state, principal.view).head
            return state.cursors
                .filter { $0.key.subject == principal.subject && $0.key.view == principal.view }
                .sorted { $0.key.name < $1.key.name }
                .map { key, cursor in
                    CursorLine(
                        name: key.name,
                        acked: cursor.acked,
                        sent: cursor.sent,
                        head: head,
                        lastEnd: cursor.lastEnd,
                        lastSeen: state.now,
                        isStanding: cursor.isStanding
                    )
                }
        }
    }

    package func audit(_ entries: [ReadEntry]) async throws {
        try withState { state in
            state.audit += entries.map { AuditLine(actor: $0.principal.actor, action: $0.action, detail: $0.detail) }
        }
    }
}

// What the desk's double needs.
extension MemoryAlertLog {
    /// Every revision of an alert that this reader may see, oldest first; empty where there is none.
    package func revisions(of alert: AlertID, for reader: Principal) throws -> [(event: LoggedEvent, facts: FeedFacts)]
    {
        try withState { state in
            let revisions = (state.logs[reader.view]?.entries ?? []).filter { $0.event.alert == alert }
            guard let last = revisions.last, reader.maySee(last.facts, linked: Self.linked(reader, in: state)) else {
                return []
            }
            return revisions.map { ($0.event, $0.facts) }
        }
    }

    package func isOpen(_ alert: AlertID, in view: View) throws -> Bool {
        try withState { $0.logs[view]?.open[alert] != nil }
    }

    package var now: Moment { state.withLock { $0.now } }

    /// Lets time pass.
    package func advance(by seconds: Int64) { state.withLock { $0.now = $0.now + seconds } }

    /// Looks at the mutes and changes them.
    package func withMutes<Result: Sendable>(_ body: (inout [MemoryMute]) throws -> Result) throws -> Result {
        try withState { try body(&$0.mutes) }
    }

    /// The latest events of what is open in a view that a reader may see, and everything that was logged.
    package func seen(by reader: Principal) throws -> (
        open: [FeedFacts], logged: [(event: LoggedEvent, facts: FeedFacts)]
    ) {
        try withState { state in
            let linked = Self.linked(reader, in: state)
            let log = state.logs[reader.view]
            return (
                (log?.open.values.map(\.facts) ?? []).filter { reader.maySee($0, linked: linked) },
                (log?.entries ?? []).filter { reader.maySee($0.facts, linked: linked) }.map { ($0.event, $0.facts) }
            )
        }
    }
}

extension MemoryAlertLog {
    private func withState<Result: Sendable>(_ body: (inout State) throws -> Result) throws -> Result {
        try state.withLock { state in
            guard state.isAvailable else { throw StoreFailure.unavailable }
            return try body(&state)
        }
    }

    private static func key(_ subscription: FeedSubscription) -> CursorKey {
        CursorKey(subject: subscription.subject, name: subscription.name, view: subscription.view)
    }

    private static func position(in state: State, _ view: View) -> LogPosition {
        let log = state.logs[view] ?? Log(epoch: "")
        return LogPosition(epoch: log.epoch, head: log.head, floor: log.floor, base: log.base)
    }

    /// The cursor of a subscription that still holds its name, in the epoch it was made in.
    private static func current(_ subscription: FeedSubscription, in state: State) throws(FeedRefusal) -> Cursor {
        guard let cursor = state.cursors[key(subscription)], cursor.generation == subscription.generation
        else { throw FeedRefusal.replaced }
        let position = position(in: state, subscription.view)
        guard cursor.epoch == position.epoch else { throw FeedRefusal.epochChanged(position) }
        return cursor
    }

    private static func start(
        _ from: FeedStart,
        cursor: (epoch: String, acked: Int64)?,
        _ position: LogPosition,
        before: String?
    ) throws -> Int64 {
        let at: Int64
        switch from {
        case .head: return position.head
        case .floor: return position.floor - 1
        case .resume:
            guard let cursor else { return position.head }
            guard cursor.epoch == position.epoch else {
                throw FeedRefusal.epochChanged(
                    position,
                    from: cursor.epoch == before ? position.resumption(of: cursor.acked) : nil
                )
            }
            at = cursor.acked
        case .after(let seq, let epoch):
            guard epoch == position.epoch else {
                throw FeedRefusal.epochChanged(position, from: epoch == before ? position.resumption(of: seq) : nil)
            }
            guard seq <= position.head else { throw FeedRefusal.beyondHead(position) }
            at = seq
        }
        guard at >= position.floor - 1 else { throw FeedRefusal.tooOld(position) }
        return at
    }

    private static func linked(_ principal: Principal, in state: State) -> Set<LocationID> {
        let byAgency = state.links["agency:" + principal.agency] ?? []
        return byAgency.union(principal.person.flatMap { state.links["person:" + $0] } ?? [])
    }

    /// Whether a place is one that a principal may see, as far as events of their view have told of it.
    package func sees(_ principal: Principal, _ location: LocationID) -> Bool {
        state.withLock { state in
            let linked = Self.linked(principal, in: state)
            return state.logs[principal.view]?.entries.last { $0.facts.location == location }
                .map { principal.maySee($0.facts, linked: linked) } ?? true
        }
    }

    /// The areas of a place, as far as events have told of it.
    package func areas(of location: LocationID, in view: View) -> [String] {
        state.withLock { $0.logs[view]?.entries.last { $0.facts.location == location }?.facts.areas ?? [] }
    }

    private static func visibleOpen(
        in state: State,
        _ principal: Principal,
        _ filter: FeedFilter
    ) -> [LoggedEvent] {
        let linked = linked(principal, in: state)
        return (state.logs[principal.view]?.open.values).map { entries in
            entries
                .filter { filter.admits($0.facts, in: principal.view) && principal.maySee($0.facts, linked: linked) }
                .map(\.event)
        } ?? []
    }
}
