/// Where the log of a view stands. Epoch ids differ per view.
package struct LogPosition: Sendable, Hashable {
    package var epoch: String
    package var head: Int64
    /// The first position still kept.
    package var floor: Int64
    /// The last position before the epoch.
    package var base: Int64

    package init(epoch: String, head: Int64, floor: Int64, base: Int64 = 0) {
        self.epoch = epoch
        self.head = head
        self.floor = floor
        self.base = base
    }
}

extension LogPosition {
    /// Where whoever has processed a position of the epoch just before goes on: up to the base both have the same events, and
    /// what this epoch numbers itself lies beyond every position that can have been given before.
    ///
    /// Nil where something behind it has been dropped.
    package func resumption(of seq: Int64) -> Int64? {
        let shared = min(seq, base)
        return shared >= floor - 1 ? shared : nil
    }

    /// Positions that were given before this one was read and are gone: lost with a server of which another had only a part.
    ///
    /// - Parameter known: Where the log stood when it was last looked at.
    package func lost(since known: LogPosition) -> ClosedRange<Int64>? {
        let kept = epoch == known.epoch ? head : base
        return known.head > kept ? (kept + 1)...known.head : nil
    }
}

/// One committed event of the log.
package struct LoggedEvent: Sendable, Hashable {
    package var seq: Int64
    package var alert: AlertID
    package var rev: Int
    package var type: EventType
    package var urgency: Urgency
    package var at: Moment
    /// One JSON object, one line.
    package var body: String

    package init(
        seq: Int64,
        alert: AlertID,
        rev: Int,
        type: EventType,
        urgency: Urgency,
        at: Moment,
        body: String
    ) {
        self.seq = seq
        self.alert = alert
        self.rev = rev
        self.type = type
        self.urgency = urgency
        self.at = at
        self.body = body
    }
}

/// A page of the log as one subscription may see it.
package struct EventPage: Sendable, Hashable {
    package var events: [LoggedEvent]
    /// The log has been read up to here, whatever the filter let through.
    package var readTo: Int64
    package var position: LogPosition

    package init(events: [LoggedEvent], readTo: Int64, position: LogPosition) {
        self.events = events
        self.readTo = readTo
        self.position = position
    }
}

/// What one subscription wants to read next.
package struct PageRead: Sendable, Hashable {
    package var subscription: FeedSubscription
    package var principal: Principal
    /// Events past this position.
    package var after: Int64
    package var epoch: String
    /// At most so many of them, at least 1.
    package var limit: Int
    package var filter: FeedFilter

    package init(
        _ subscription: FeedSubscription,
        principal: Principal,
        after: Int64,
        epoch: String,
        limit: Int,
        filter: FeedFilter
    ) {
        self.subscription = subscription
        self.principal = principal
        self.after = after
        self.epoch = epoch
        self.limit = limit
        self.filter = filter
    }
}

/// What one subscription has processed, and how far it was sent.
package struct Acknowledgement: Sendable, Hashable {
    package var subscription: FeedSubscription
    package var seq: Int64
    package var sent: Int64

    package init(_ subscription: FeedSubscription, seq: Int64, sent: Int64) {
        self.subscription = subscription
        self.seq = seq
        self.sent = sent
    }
}

/// What a reader was shown: codes and numbers only.
package struct ReadEntry: Sendable, Hashable {
    package var principal: Principal
    package var action: String
    package var detail: String

    package init(_ principal: Principal, action: String, detail: String) {
        self.principal = principal
        self.action = action
        self.detail = detail
    }
}

/// Where a subscription begins.
package enum FeedStart: Sendable, Hashable {
    case resume
    case head
    case floor
    case after(seq: Int64, epoch: String)
}

/// A durable subscription that is connected: cursor key and the generation that fences older connections.
package struct FeedSubscription: Sendable, Hashable {
    package var subject: String
    package var name: String
    package var view: View
    /// Rises with each SUB of the name; an acknowledgement with an older one is refused.
    package var generation: Int64

    package init(subject: String, name: String, view: View, generation: Int64) {
        self.subject = subject
        self.name = name
        self.view = view
        self.generation = generation
    }
}

/// The answer to SUB.
package struct SubscriptionStart: Sendable, Hashable {
    package var subscription: FeedSubscription
    /// Events after this position will be sent.
    package var at: Int64
    package var position: LogPosition
    /// Events of the view after `at`, unfiltered.
    package var behind: Int64
    /// Alerts open now that the filter and the permissions let through.
    package var open: Int
    /// The name was read in the other view last: alerts and positions are others than its reader knows.
    package var viewChanged: Bool
    /// How the last connection of the name ended, such as `slow`; nil where there was none.
    package var lastEnd: String?

    /// The end that nobody has written down: of a connection whose daemon was killed, or that this one replaces.
    package static let unrecordedEnd = "lost"

    package init(
        subscription: FeedSubscription,
        at: Int64,
        position: LogPosition,
        behind: Int64,
        open: Int,
        viewChanged: Bool,
        lastEnd: String?
    ) {
        self.subscription = subscription
        self.at = at
        self.position = position
        self.behind = behind
        self.open = open
        self.viewChanged = viewChanged
        self.lastEnd = lastEnd
    }
}

/// Why SUB or ACK is refused; the words are FEED/1's.
package enum FeedRefusal: Error, Sendable, Hashable {
    /// `from`: where a subscription may go on in the new epoch without missing anything that the log still has; nil where that
    /// is not known, something behind it has been dropped, or no position was asked for.
    case epochChanged(LogPosition, from: Int64? = nil)
    case tooOld(LogPosition)
    case beyondHead(LogPosition)
    case ackBackwards
    /// A newer connection has taken the name.
    case replaced
    case tooManySubscriptions
}

/// One line of LIST.
package struct OpenAlertLine: Sendable, Hashable {
    package var event: LoggedEvent

    package init(event: LoggedEvent) {
        self.event = event
    }
}

/// One line of LAG.
package struct CursorLine: Sendable, Hashable {
    package var name: String
    package var acked: Int64
    package var sent: Int64
    package var head: Int64
    package var lastEnd: String?
    package var lastSeen: Moment?
    /// Nil before the first.
    package var exercise: ExerciseAnswer?
    /// It is always to be connected.
    package var isStanding: Bool

    package init(
        name: String,
        acked: Int64,
        sent: Int64,
        head: Int64,
        lastEnd: String?,
        lastSeen: Moment?,
        exercise: ExerciseAnswer? = nil,
        isStanding: Bool = false
    ) {
        self.exercise = exercise
        self.isStanding = isStanding
        self.name = name
        self.acked = acked
        self.sent = sent
        self.head = head
        self.lastEnd = lastEnd
        self.lastSeen = lastSeen
    }
}

/// The alert log as FEED/1 reads it. Permissions are applied in the query, after the filter.
package protocol AlertLog: Sendable {
    func position(of view: View) async throws -> LogPosition

    /// Opens or takes over the subscription of the principal's subject, name and view. Throws `FeedRefusal`.
    ///
    /// - Parameter isStanding: It is always to be connected, and told to the operator where it is silent
    ///   (``SilentSubscription``), until the operator retires it.
    func subscribe(
        _ principal: Principal,
        name: String,
        from: FeedStart,
        filter: FeedFilter,
        isStanding: Bool
    ) async throws -> SubscriptionStart

    /// The next events of many subscriptions, in the order of asking and in one statement for each scope of reading.
    ///
    /// Each is refused by itself: `tooOld`, `epochChanged`, or `replaced` where a newer connection, perhaps of another daemon,
    /// has the name.
    func pages(_ reads: [PageRead]) async throws -> [Result<EventPage, FeedRefusal>]

    /// Makes acknowledgements durable, each by itself; idempotent. Answers the refusals in the order of asking.
    func acknowledge(_ acknowledgements: [Acknowledgement]) async throws -> [FeedRefusal?]

    /// Moves the cursor of a subscription with nothing unacknowledged to the position it has read.
    func advance(_ subscription: FeedSubscription, readTo: Int64) async throws

    /// Those of the subscriptions whose name a newer connection has, perhaps of another daemon.
    func replaced(_ subscriptions: [FeedSubscription]) async throws -> [FeedSubscription]

    /// Notes how a connection ended (the word of BYE, or `lost`) and what was sent.
    func ended(_ subscription: FeedSubscription, reason: String, sent: Int64) async throws

    /// Open alerts, by id, after the one named.
    func openAlerts(
        _ principal: Principal,
        filter: FeedFilter,
        after: AlertID?,
        limit: Int
    ) async throws -> [OpenAlertLine]

    /// The cursors of the principal's subject in its view.
    func cursors(_ principal: Principal) async throws -> [CursorLine]

    /// Audit of SUB, LIST and of delivered ranges.
    func audit(_ entries: [ReadEntry]) async throws
}

extension AlertLog {
    /// One that may come and go. Throws `FeedRefusal`.
    package func subscribe(
        _ principal: Principal,
        name: String,
        from: FeedStart,
        filter: FeedFilter
    ) async throws -> SubscriptionStart {
        try await subscribe(principal, name: name, from: from, filter: filter, isStanding: false)
    }

    /// The same for one subscription. Throws `FeedRefusal`.
    package func page(_ read: PageRead) async throws -> EventPage {
        guard let page = try await pages([read]).first else { throw StoreFailure.unavailable }
        return try page.get()
    }

    /// The same for one subscription. Throws `FeedRefusal`.
    package func acknowledge(_ subscription: FeedSubscription, seq: Int64, sent: Int64) async throws {
        let refusals = try await acknowledge([Acknowledgement(subscription, seq: seq, sent: sent)])
        if let refusal = refusals.first ?? nil { throw refusal }
    }

    package func audit(_ principal: Principal, action: String, detail: String) async throws {
        try await audit([ReadEntry(principal, action: action, detail: detail)])
    }
}
