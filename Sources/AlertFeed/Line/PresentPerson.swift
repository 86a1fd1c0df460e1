import Safeguarding

/// Somebody who reads the feed now, as WHO tells it to those who read the same view.
package struct PresentPerson: Sendable, Hashable {
    /// The person, or an agency's system.
    package var subject: String
    package var agency: String
    package var sessions: Int
    /// Names of the subscriptions, in order.
    package var subscriptions: [String]

    package init(subject: String, agency: String, sessions: Int, subscriptions: [String]) {
        self.subject = subject
        self.agency = agency
        self.sessions = sessions
        self.subscriptions = subscriptions
    }

    /// `PERSON <subject> <agency> <sessions> {json}`.
    var words: [String] {
        let names = JSON.object([("subscriptions", .strings(subscriptions))])
        return ["PERSON", LineField.word(subject), LineField.word(agency), String(sessions), names.text]
    }
}
