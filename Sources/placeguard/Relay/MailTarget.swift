import AlertFeed
import Safeguarding
import Subprocess

/// People who are told by e-mail that an alert waits, and where to log in; never what it is about.
///
/// Sent with curl through the organisation's own relay, with TLS unless the relay is this machine.
struct MailTarget: Sendable {
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

    /// Tells of these in one message; of none that has to be told, it is only seen whether the relay answers.
    ///
    /// Throws `RelayFailure` or anything else; then it is tried again.
    func tell(_ events: [FeedEvent], epoch: String) async throws {
        let told = events.filter(Self.isTold)
        if told.isEmpty {
            try await run(["--request", "NOOP"], "")
        } else {
            try await run(sending, message(told, epoch: epoch))
        }
    }

    /// Not what the readers did themselves, which their screens show, nor exercises, every quarter of an hour.
    static func isTold(_ event: FeedEvent) -> Bool {
        switch EventType(rawValue: event.type) {
        case .muted, .unmuted, .exercise: false
        default: true
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

    /// RFC 5322; nothing of the events but their urgency, type, id and whether they are an exercise.
    ///
    /// - Parameter events: In order, one at least.
    func message(_ events: [FeedEvent], epoch: String) -> String {
        let exercises = events.map { $0.isMadeUp ? "EXERCISE: " : "" }
        let wordings = events.map(wording)
        let subject = wordings.count == 1 ? wordings[0].subject : together(events)
        let text = zip(exercises, wordings).map { exercise, wording in
            [exercise + wording.text[0]] + wording.text.dropFirst()
        }.joined(separator: [""])
        let head = [
            "From: \(settings.from)", "To: \(settings.to.joined(separator: ", "))",
            "Subject: \(exercises.contains("") ? "" : "EXERCISE: ")Placeguard: \(subject)",
            "Message-ID: <\(word(epoch)).\(events.last?.seq ?? 0)@placeguard>",
            "Date: \(MailDate.text(events.last?.at ?? Moment(seconds: 0)))",
            "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8",
        ]
        let end = [
            "Log in to see what it is about: \(settings.link)",
            "This message cannot be answered, and acknowledges nothing.", "",
        ]
        return (head + [""] + text + [""] + end).joined(separator: "\r\n")
    }

    private func together(_ events: [FeedEvent]) -> String {
        let gravest = events.compactMap { Urgency(rawValue: $0.urgency) }.max()
        return "\(events.count) alerts" + (gravest.map { ", the most urgent \($0.rawValue)" } ?? "")
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

extension FeedEvent {
    /// Made up for an exercise, as its marking says.
    fileprivate var isMadeUp: Bool {
        (try? JSONReader.read(bytes: Array(body.utf8)))?["marking"]?.string?.hasPrefix("EXERCISE") == true
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
