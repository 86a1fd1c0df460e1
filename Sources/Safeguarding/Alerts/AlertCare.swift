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
    /// - Parameter body: One JSON object as ``EventBody`` and this function write it.
    package func written(into body: String) -> String {
        var text = AlertCare.removed(from: body)
        guard text.hasSuffix("}") else { return body }
        var members: [(key: String, value: JSON)] = []
        if claim == nil, let escalates { members.append(("ack_by", .string(escalates.rfc3339))) }
        if let claim {
            members.append(
                ("claim", .object([("by", .string(claim.by)), ("until", .string(claim.until.rfc3339))]))
            )
        }
        if level > 0 { members.append(("escalation", .int(level))) }
        guard !members.isEmpty else { return text }
        text.removeLast()
        return text + (text.hasSuffix("{") ? "" : ",") + JSON.object(members).text.dropFirst()
    }

    /// The members are the last of the object and no string before them can hold their quotes unescaped, so the first
    /// that is found is where they begin.
    private static func removed(from body: String) -> String {
        let members = ["\"ack_by\":\"", "\"claim\":{", "\"escalation\":"]
        guard !members.contains(where: { body.hasPrefix("{" + $0) }) else { return "{}" }
        guard let beginning = members.compactMap({ body.firstIndex(of: "," + $0) }).min() else { return body }
        return body[..<beginning] + "}"
    }
}

extension String {
    /// Where a text begins in this one.
    fileprivate func firstIndex(of mark: String) -> Index? {
        let (bytes, wanted) = (utf8, Array(mark.utf8))
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == wanted[0], bytes[index...].starts(with: wanted) { return index }
            index = bytes.index(after: index)
        }
        return nil
    }
}
