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

    /// What waits for somebody; that somebody sees to it already needs no mail.
    static let standardFilter = "urgency>=normal -kind:claim -kind:note -kind:resolved"

    let settings: Settings

    /// An address confirms nothing by itself; the administrator answers for it.
    func confirm() async throws {}

    func pass(_ event: FeedEvent, epoch: String) async throws {
        switch EventType(rawValue: event.type) {
        // The readers' own doing, of which their screens tell.
        case .muted, .unmuted: break
        // Every quarter of an hour: whether the relay answers, and no message.
        case .exercise: try await run(["--request", "NOOP"], "")
        default: try await run(sending, message(event, epoch: epoch))
        }
    }

    private func run(_ task: [String], _ input: String) async throws {
        let isTaken: Bool
        do {
            isTaken = try await Subprocess.run(
                .name("curl"),
                arguments: Arguments(access + task),
                input: .string(input),
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

    private var sending: [String] {
        ["--mail-from", settings.from, "--upload-file", "-"] + settings.to.flatMap { ["--mail-rcpt", $0] }
    }

    private var access: [String] {
        var arguments = ["--silent", "--show-error", "--max-time", "60", "--url", settings.relay]
        if !settings.isLoopback { arguments.append("--ssl-reqd") }
        if let netrc = settings.netrc { arguments += ["--netrc-file", netrc] }
        if let authority = settings.authority { arguments += ["--cacert", authority] }
        return arguments
    }

    /// RFC 5322; nothing of the event but its urgency, type, id and whether it is an exercise.
    func message(_ event: FeedEvent, epoch: String) -> String {
        let marking = (try? JSONReader.read(bytes: Array(event.body.utf8)))?["marking"]?.string ?? ""
        let exercise = marking.hasPrefix("EXERCISE") ? "EXERCISE: " : ""
        let (subject, text) = wording(event)
        let head = [
            "From: \(settings.from)", "To: \(settings.to.joined(separator: ", "))",
            "Subject: \(exercise)Placeguard: \(subject)",
            "Message-ID: <\(word(epoch)).\(event.seq)@placeguard>", "Date: \(MailDate.text(event.at))",
            "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8",
        ]
        let end = [
            "Log in to see what it is about: \(settings.link)",
            "This message cannot be answered, and acknowledges nothing.", "",
        ]
        return (head + ["", exercise + text[0]] + text.dropFirst() + [""] + end).joined(separator: "\r\n")
    }

    private func wording(_ event: FeedEvent) -> (subject: String, text: [String]) {
        switch EventType(rawValue: event.type) {
        case .digest: return ("what was of low urgency", ["The morning's digest waits for you."])
        case .watchEnded:
            return (
                "a filter can match nothing any more",
                ["A term of the filter that decides what is told to you here can match nothing any more."]
            )
        default:
            let urgency = word(event.urgency)
            return (
                "an alert of urgency \(urgency)",
                [
                    "An alert waits for you.", "", "Urgency: \(urgency)", "What happened: \(word(event.type))",
                    "Alert: \(word(event.alert))",
                ]
            )
        }
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
