import AlertFeed
import Safeguarding
import Subprocess

/// People who are told by e-mail that an alert waits, and where to log in; never what it is about.
///
/// Sent with curl through the organisation's own relay, with TLS unless the relay is this machine.
struct MailTarget: RelayTarget {
    struct Settings: Sendable {
        /// `smtp://relay.example.org:587` or `smtps://...`.
        var relay: String
        var from: String
        var to: [String]
        /// Where a reader logs in.
        var link: String
        /// A netrc file with the relay's account; nil for none.
        var netrc: String?
        /// PEM file of the relay's authority; nil for the system's.
        var authority: String?
        var isLoopback: Bool
    }

    let settings: Settings

    /// An address confirms nothing by itself; the administrator answers for it.
    func confirm() async throws {}

    func pass(_ event: FeedEvent, epoch: String) async throws {
        let isTaken: Bool
        do {
            isTaken = try await Subprocess.run(
                .name("curl"),
                arguments: Arguments(arguments),
                input: .string(message(event, epoch: epoch)),
                output: .discarded,
                error: .discarded
            ).terminationStatus.isSuccess
        } catch let error as CancellationError {
            throw error
        } catch {
            throw RelayFailure("curl cannot be run")
        }
        guard isTaken else { throw RelayFailure("the relay did not take the message") }
    }

    private var arguments: [String] {
        var arguments = [
            "--silent", "--show-error", "--max-time", "60", "--url", settings.relay, "--mail-from", settings.from,
            "--upload-file", "-",
        ]
        for recipient in settings.to { arguments += ["--mail-rcpt", recipient] }
        if !settings.isLoopback { arguments.append("--ssl-reqd") }
        if let netrc = settings.netrc { arguments += ["--netrc-file", netrc] }
        if let authority = settings.authority { arguments += ["--cacert", authority] }
        return arguments
    }

    /// RFC 5322; nothing of the event but its urgency, type, id and whether it is an exercise.
    func message(_ event: FeedEvent, epoch: String) -> String {
        let marking = (try? JSONReader.read(bytes: Array(event.body.utf8)))?["marking"]?.string ?? ""
        let exercise = marking.hasPrefix("EXERCISE") ? "EXERCISE: " : ""
        let urgency = word(event.urgency)
        return [
            "From: \(settings.from)", "To: \(settings.to.joined(separator: ", "))",
            "Subject: \(exercise)Placeguard: an alert of urgency \(urgency)",
            "Message-ID: <\(word(epoch)).\(event.seq)@placeguard>", "Date: \(MailDate.text(event.at))",
            "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8", "",
            "\(exercise)An alert waits for you.", "", "Urgency: \(urgency)", "What happened: \(word(event.type))",
            "Alert: \(word(event.alert))", "", "Log in to see what it is about: \(settings.link)",
            "This message cannot be answered, and acknowledges nothing.", "",
        ].joined(separator: "\r\n")
    }

    /// The feed's words are words; nothing else reaches a header.
    private func word(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter {
                    $0 == "-" || $0 == "_" || $0 == "." || ("0"..."9").contains($0) || ("a"..."z").contains($0)
                }
            )
        )
    }
}

/// `Thu, 26 Nov 2026 19:00:00 +0000`, as RFC 5322 writes it.
enum MailDate {
    static func text(_ moment: Moment) -> String {
        let date = moment.utcDate
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = moment.rfc3339.dropFirst(11).prefix(8)
        let day = days[Int(Moment.floorDivide(moment.seconds, Moment.day) % 7 + 7) % 7]
        return "\(day), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
    }
}
