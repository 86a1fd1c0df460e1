/// A wish not to be sent certain events for a while.
package struct MuteID: PrefixedIdentifier {
    package static let prefix = "mut_"
    package let value: UniqueID
    package init(_ value: UniqueID) { self.value = value }
}

/// A mute as it is asked for (feed-protocol.md sections 3 and 7).
///
/// Terms of one kind are alternatives, all kinds must match, exclusions win: each further kind makes a mute narrower, which a
/// filter's rule would not.
package struct MuteRequest: Sendable, Hashable {
    /// Longer is a decision about the place, which a review records.
    package static let longestSeconds: Int64 = 72 * 3_600
    package static let shortestSeconds: Int64 = 60
    /// Characters of a reason: less says nothing to whoever reads it afterwards.
    package static let shortestReason = 10
    /// Mutes of one person in force at a time: more is a filter.
    package static let mostInForce = 16
    /// Time for the second step.
    package static let secondsToConfirm: Int64 = 300

    package var terms: FeedFilter
    package var seconds: Int64
    /// In the person's words; on no event.
    package var reason: String
    /// For every reader of the view, which stewards may ask for, one place at a time.
    package var isForAll: Bool

    package init(terms: FeedFilter, seconds: Int64, reason: String, isForAll: Bool = false) {
        self.terms = terms
        self.seconds = seconds
        self.reason = reason
        self.isForAll = isForAll
    }

    /// - Throws: The first rule that the request breaks.
    package func check(by principal: Principal) throws(MuteRefusal) {
        guard (Self.shortestSeconds...Self.longestSeconds).contains(seconds) else { throw .outOfBounds }
        guard reason.unicodeScalars.count(where: \.isShown) >= Self.shortestReason else { throw .reasonTooShort }
        guard terms.inclusions.contains(where: \.namesWhere) else { throw .nowhere }
        guard isForAll else { return }
        guard principal.role == .steward, principal.view == .full else { throw .notSteward }
        guard place != nil, terms.exclusions.isEmpty else { throw .notOnePlace }
    }

    /// The one place that the request is about, where it is about one.
    package var place: LocationID? {
        guard terms.inclusions.count == 1, case .location(let location) = terms.inclusions[0] else { return nil }
        return location
    }
}

extension FeedTerm {
    /// Whether the term bounds where the events are.
    fileprivate var namesWhere: Bool {
        switch self {
        case .area, .location, .near: true
        case .category, .kind, .bandAtLeast, .urgencyAtLeast, .source: false
        }
    }
}

/// Why a mute is refused; the words are FEED/1's.
package enum MuteRefusal: String, Error, Sendable, CaseIterable {
    /// No term names an area, a place or a circle.
    case nowhere = "no-place"
    /// Shorter than a minute or longer than 72 hours.
    case outOfBounds = "too-long"
    case reasonTooShort = "reason-too-short"
    /// A mute for everybody is about exactly one place.
    case notOnePlace = "not-one-place"
    /// Only a steward with clearance `statutory` mutes for everybody.
    case notSteward = "not-steward"
    /// No such mute of this person, or its time to confirm is over.
    case unknown
    case tooMany = "too-many"
}

/// What a mute would withhold, as its author is shown before it is made.
package struct MuteProposal: Sendable, Hashable {
    package var id: MuteID
    /// Open alerts that its author sees and whose next event would be withheld.
    package var openAlerts: Int
    /// Events of the last seven days that would have been withheld.
    package var recentEvents: Int

    package init(id: MuteID, openAlerts: Int, recentEvents: Int) {
        self.id = id
        self.openAlerts = openAlerts
        self.recentEvents = recentEvents
    }
}

/// A mute in force.
package struct LiveMute: Sendable, Hashable {
    package var id: MuteID
    package var by: String
    package var until: Moment
    package var terms: String
    package var reason: String
    package var isForAll: Bool

    package init(id: MuteID, by: String, until: Moment, terms: String, reason: String, isForAll: Bool) {
        self.id = id
        self.by = by
        self.until = until
        self.terms = terms
        self.reason = reason
        self.isForAll = isForAll
    }

    /// The body of the event `muted` or `unmuted`: who, until when and what, never why.
    ///
    /// - Parameter withheld: Events that were not sent because of it, once it has ended.
    package func body(areas: [String] = [], withheld: Int? = nil, marking: String) -> String {
        var mute: [(key: String, value: JSON)] = [
            ("id", .string(id.text)), ("by", .string(by)), ("until", .string(until.rfc3339)),
            ("terms", .string(terms)), ("all", .bool(isForAll)),
        ]
        if let withheld { mute.append(("withheld", .int(withheld))) }
        return NoticeBody.text([("mute", .object(mute))], areas: areas, marking: marking)
    }
}

/// The body of an event that is about no alert.
package enum NoticeBody {
    package static func text(_ members: [(key: String, value: JSON)], areas: [String] = [], marking: String) -> String {
        JSON.object(
            [("location", JSON.null), ("areas", .strings(areas))] + members + [
                ("why", .array([])), ("ask", .string(AlertAsk.none.rawValue)), ("marking", .string(marking)),
                ("handling", .string(HandlingCode.permitted.rawValue)),
            ]
        ).text
    }
}

/// Where readers of the feed keep their mutes.
package protocol MuteDesk: Sendable {
    /// The first step: records the wish and tells what it would withhold. Throws ``MuteRefusal``.
    func propose(_ request: MuteRequest, by principal: Principal) async throws -> MuteProposal

    /// The second: brings it into force with the event `muted`; the same again answers the same. Throws ``MuteRefusal``.
    func confirm(_ mute: MuteID, by principal: Principal) async throws -> LiveMute

    /// Ends a mute of one's own, or as a steward one for everybody, with the event `unmuted`. Throws ``MuteRefusal``.
    func end(_ mute: MuteID, by principal: Principal) async throws

    /// Those in force that spare this reader, by id. Whoever asks for a reader audits it.
    func mutes(for principal: Principal) async throws -> [LiveMute]

    /// Ends those whose time is over; answers how many. To be called each second by every daemon.
    func endOverdue() async throws -> Int
}
