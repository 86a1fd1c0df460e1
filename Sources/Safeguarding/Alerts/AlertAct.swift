/// What a coordinator does with an alert (feed-protocol.md section 3).
package enum AlertActKind: String, Sendable, CaseIterable, Codable {
    case claim, release, resolve, note

    /// The event that tells of it.
    package var eventType: EventType {
        switch self {
        case .claim: .claim
        case .release: .released
        case .resolve: .resolved
        case .note: .note
        }
    }

    /// A note is open to every reader of the alert; the others need clearance `statutory`.
    package var needsClearance: Bool { self != .note }
    /// Whether it takes words: what was seen, and what was decided, is on record or it was not.
    package var needsWords: Bool { self == .note || self == .resolve }

    /// The body of the event that tells of it: the alert's last one, without what that event was raised for; the band does
    /// not move, and nothing is asked any more once the alert is resolved.
    package func body(after last: String) -> String {
        guard let members = (try? JSONReader.read(bytes: Array(last.utf8)))?.members else { return last }
        // Whom an escalation asked is told until somebody answers for it.
        let kept = members.filter { $0.key != "asked" || self == .note }
        return JSON.object(kept.map { ($0.key, told($0)) }).text
    }

    private func told(_ member: JSONMember) -> JSON {
        let to = member.value["to"]?.json ?? .null
        return switch member.key {
        case "why": .array([])
        case "ask" where self == .resolve: .string(AlertAsk.none.rawValue)
        case "band" where !member.value.isNull:
            .object((member.value.members ?? []).map { ($0.key, $0.key == "from" ? to : $0.value.json) })
        default: member.value.json
        }
    }
}

/// An act as a coordinator asked for it.
package struct AlertAct: Sendable, Hashable {
    package var kind: AlertActKind
    package var alert: AlertID
    /// The coordinator's own key: the same one again does nothing a second time and gets the same answer.
    package var actionID: String
    /// The coordinator's words, empty for none; never on an event.
    package var text: String
    /// The revision that a decision was made from, where it says so; not part of what the act is, so that a repetition
    /// need not repeat it.
    package var decidedFrom: Int?

    package init(
        _ kind: AlertActKind,
        _ alert: AlertID,
        actionID: String,
        text: String = "",
        decidedFrom: Int? = nil
    ) {
        self.kind = kind
        self.alert = alert
        self.actionID = actionID
        self.text = text
        self.decidedFrom = decidedFrom
    }

    /// Whether it should say something and says nothing.
    package var lacksWords: Bool { kind.needsWords && text.isBlank }
}

/// What was recorded; the same for the same act sent again.
package struct AlertActReceipt: Sendable, Hashable {
    /// The revision of the alert that tells of the act.
    package var rev: Int
    /// Of a claim: when it lapses.
    package var until: Moment?

    package init(rev: Int, until: Moment? = nil) {
        self.rev = rev
        self.until = until
    }
}

/// Why an act is refused; the words are FEED/1's.
package enum AlertActRefusal: Error, Sendable, Hashable {
    /// There is no such alert, or not for this reader.
    case unknownAlert
    /// Claims are for those who read the full view.
    case notCleared
    /// Somebody else has claimed it.
    case alreadyClaimed(until: Moment)
    /// Nothing to release.
    case notClaimed
    /// The alert has ended.
    case alertClosed
    /// The action id was used for something else.
    case actionReused
    /// A note or a decision without words.
    case textRequired
    /// Something has come that the decision was not made from; the revision to look at.
    case changed(rev: Int)
}

/// An act as it is shown to readers of the alert's view.
package struct RecordedAct: Sendable, Hashable {
    package var at: Moment
    package var kind: AlertActKind
    package var by: String
    package var actionID: String
    package var text: String
    /// The revision that tells of it.
    package var rev: Int

    package init(at: Moment, kind: AlertActKind, by: String, actionID: String, text: String, rev: Int) {
        self.at = at
        self.kind = kind
        self.by = by
        self.actionID = actionID
        self.text = text
        self.rev = rev
    }
}

/// What SHOW tells of an alert: where it stands, its revisions and what was done with it, oldest first.
package struct AlertHistory: Sendable, Hashable {
    /// Revisions, and acts, that are shown at most: the latest.
    package static let limit = 100

    package var isOpen: Bool
    /// As LIST gives it.
    package var standing: LoggedEvent
    package var events: [LoggedEvent]
    package var acts: [RecordedAct]
    /// Under which a report was known before it had this place.
    package var earlier: AlertID?
    /// The oldest revisions or acts are left out.
    package var isShortened: Bool

    package init(
        isOpen: Bool,
        standing: LoggedEvent,
        events: [LoggedEvent],
        acts: [RecordedAct],
        earlier: AlertID? = nil,
        isShortened: Bool = false
    ) {
        self.isOpen = isOpen
        self.standing = standing
        self.events = events
        self.acts = acts
        self.earlier = earlier
        self.isShortened = isShortened
    }
}

/// Where coordinators act on alerts.
package protocol AlertDesk: Sendable {
    /// Records an act and publishes the event that tells of it, in one transaction. Throws ``AlertActRefusal``.
    func act(_ act: AlertAct, by principal: Principal) async throws -> AlertActReceipt

    /// An alert with its revisions and acts; nil where there is none for this reader. Whoever asks
    /// for a reader audits it.
    func history(of alert: AlertID, for principal: Principal) async throws -> AlertHistory?
}
