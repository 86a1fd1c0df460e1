package import Safeguarding

/// One EVT line as a client reads it.
///
/// Type and urgency stay text: a client must live with values that came after it was built.
package struct FeedEvent: Sendable, Hashable {
    /// With which every alert begins, the same on whichever server.
    static let firstRevision = 1

    package var name: String
    package var seq: Int64
    /// Position of the event sent before this one on the subscription.
    package var prev: Int64
    package var type: String
    package var alert: String
    package var rev: Int
    package var urgency: String
    package var at: Moment
    /// One JSON object.
    package var body: String

    package init(
        name: String,
        seq: Int64,
        prev: Int64,
        type: String,
        alert: String,
        rev: Int,
        urgency: String,
        at: Moment,
        body: String
    ) {
        self.name = name
        self.seq = seq
        self.prev = prev
        self.type = type
        self.alert = alert
        self.rev = rev
        self.urgency = urgency
        self.at = at
        self.body = body
    }

    /// Whether it is about no alert, so that nobody can act on it.
    package var isNotice: Bool {
        let types: [EventType] = [.muted, .unmuted, .watchEnded, .exercise, .digest]
        return types.map(\.rawValue).contains(type)
    }

    /// Whether it tells that somebody sees to the alert, so that nobody needs to be called.
    package var isAct: Bool { [EventType.claim, .note, .resolved].map(\.rawValue).contains(type) }

    /// The event as one JSON object, for `follow --json`: the line's fields with the body under `event`.
    package var json: JSON {
        let body = (try? JSONReader.read(bytes: Array(body.utf8)))?.json ?? .null
        return .object([
            ("name", .string(name)), ("seq", .integer(seq)), ("prev", .integer(prev)), ("type", .string(type)),
            ("alert", .string(alert)), ("rev", .int(rev)), ("urgency", .string(urgency)),
            ("time", .string(at.rfc3339)), ("event", body),
        ])
    }
}
