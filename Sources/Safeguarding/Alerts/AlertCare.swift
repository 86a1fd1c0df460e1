/// A coordinator's undertaking to see to an alert; it lapses (feed-protocol.md section 4).
package struct AlertClaim: Sendable, Hashable {
    /// The subject of the claimer: person, or an agency's system.
    package var by: String
    package var until: Moment

    package init(by: String, until: Moment) {
        self.by = by
        self.until = until
    }
}

/// How urgent an open alert is, and who sees to it.
package struct AlertStanding: Sendable, Hashable {
    package var urgency: Urgency
    package var care: AlertCare

    package init(urgency: Urgency, care: AlertCare) {
        self.urgency = urgency
        self.care = care
    }
}

/// Who sees to an open alert, and what happens if nobody does. Of the full view only (design.md "Trust").
package struct AlertCare: Sendable, Hashable {
    /// Nil: nobody has claimed it, or the claim has lapsed.
    package var claim: AlertClaim?
    /// When an unclaimed alert goes a step up the chain; nil where it never does.
    package var escalates: Moment?
    /// Steps it has gone up since it was opened, or since it became more urgent.
    package var level: Int

    package init(claim: AlertClaim? = nil, escalates: Moment? = nil, level: Int = 0) {
        self.claim = claim
        self.escalates = escalates
        self.level = level
    }

    package static let none = AlertCare()

    /// When it has to be looked at again: the end of the claim, or of the time to claim.
    package var nextDue: Moment? { claim?.until ?? escalates }

    /// The body of an event with this care as its last members, in the place of any other.
    ///
    /// - Parameter body: One JSON object; anything else is left as it is.
    package func written(into body: String) -> String {
        guard let members = (try? JSONReader.read(bytes: Array(body.utf8)))?.members else { return body }
        return JSON.object(
            members.filter { !AlertCare.keys.contains($0.key) }.map { ($0.key, $0.value.json) } + self.members
        ).text
    }

    private static let keys: Set<String> = ["ack_by", "claim", "escalation"]

    private var members: [(key: String, value: JSON)] {
        var members: [(key: String, value: JSON)] = []
        if let claim {
            let until = ("until", JSON.string(claim.until.rfc3339))
            members.append(("claim", .object([("by", .string(claim.by)), until])))
        } else if let escalates {
            members.append(("ack_by", .string(escalates.rfc3339)))
        }
        if level > 0 { members.append(("escalation", .int(level))) }
        return members
    }
}
