import AlertFeed
import Safeguarding

/// People who are told by e-mail that an alert waits, and where to log in; never what it is about.
///
/// Sent with curl through the organisation's own relay, with TLS unless the relay is this machine, to each mailbox by itself: a
/// relay that refuses one of several takes the message for none.
struct MailTarget: Sendable {
    struct Settings: Sendable {
        /// The subscription's name.
        var name: String
        /// `smtp://relay.example.org:587` or `smtps://...`.
        var relay: String
        var from: String
        /// Each once.
        var to: [String]
        /// Where a reader logs in.
        var link: String
        /// A netrc file with the relay's account; nil for none.
        var netrc: String?
        /// PEM file of the relay's authority; nil for the system's.
        var authority: String?
        var isLoopback: Bool
        /// Directories in which curl is looked for.
        var searchPath: String
    }

    /// What waits for somebody; that somebody sees to it already needs no mail.
    static let standardFilter = "urgency>=normal -kind:claim -kind:note -kind:resolved"

    let settings: Settings

    /// Tells one mailbox of these in one message; of none that has to be told, it is only seen whether the relay answers, and not
    /// even that where all of it was told before.
    ///
    /// Throws `RelayFailure` or anything else.
    func tell(_ batch: MailCollection.Batch, mailbox: Int) async throws {
        guard !batch.events.isEmpty else { return }
        let told = batch.events.filter(Self.isTold)
        guard !told.isEmpty else { return try await submission.greet() }
        let recipient = settings.to[mailbox]
        try await submission.send(
            message(for: recipient).text(told, epoch: batch.epoch),
            from: settings.from,
            to: recipient
        )
    }

    /// Not what the readers did themselves, which their screens show, nor exercises, every quarter of an hour; but what is muted
    /// for everybody.
    static func isTold(_ event: FeedEvent) -> Bool {
        switch EventType(rawValue: event.type) {
        case .muted, .unmuted: event.isMuteForEverybody
        case .exercise: false
        default: true
        }
    }

    private func message(for recipient: String) -> MailMessage {
        MailMessage(from: settings.from, to: recipient, link: settings.link, subscription: settings.name)
    }

    private var submission: MailSubmission {
        MailSubmission(access: settings.access, searchPath: settings.searchPath)
    }
}

extension MailTarget.Settings {
    /// How curl reaches the relay: without TLS only where that is this machine.
    var access: [String] {
        var access = ["--url", relay]
        if !isLoopback { access.append("--ssl-reqd") }
        if let netrc { access += ["--netrc-file", netrc] }
        if let authority { access += ["--cacert", authority] }
        return access
    }
}
