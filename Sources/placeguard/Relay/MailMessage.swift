import AlertFeed
import Crypto
import Safeguarding

/// What one mailbox is sent: that alerts wait and where to log in (RFC 5322).
///
/// Nothing of the events but their urgency, type, id and whether they are an exercise, and nothing of the other mailboxes.
struct MailMessage: Sendable {
    let from: String
    let to: String
    /// Where a reader logs in.
    let link: String
    /// The subscription's name.
    let subscription: String

    /// - Parameter events: In order, one at least.
    func text(_ events: [FeedEvent], epoch: String) -> String {
        let exercises = events.map { $0.isMadeUp ? "EXERCISE: " : "" }
        let wordings = events.map(wording)
        let subject = wordings.count == 1 ? wordings[0].subject : together(events)
        let text = zip(exercises, wordings).map { exercise, wording in
            [exercise + wording.text[0]] + wording.text.dropFirst()
        }.joined(separator: [""])
        let head = [
            "From: \(from)", "To: \(to)",
            "Subject: \(exercises.contains("") ? "" : "EXERCISE: ")Placeguard: \(subject)",
            "Message-ID: <\(identifier(events, epoch))@placeguard>",
            "Date: \(MailDate.text(events.last?.at ?? Moment(seconds: 0)))",
            "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8",
        ]
        let end = [
            "Log in to see what it is about: \(link)", "This message cannot be answered, and acknowledges nothing.", "",
        ]
        return (head + [""] + text + [""] + end).joined(separator: "\r\n")
    }

    /// The same only for the same events of the same subscription to the same mailbox: mail systems drop what they have.
    private func identifier(_ events: [FeedEvent], _ epoch: String) -> String {
        // Between the same two positions another filter, or another person's areas, may have other events.
        let all = ([to] + events.map { String($0.seq) }).joined(separator: " ")
        let exactly = Hexadecimal.text(SHA256.hash(data: Array(all.utf8)).prefix(8))
        let range = "\(events.first?.seq ?? 0)-\(events.last?.seq ?? 0)"
        // A name may have dots where a Message-ID may not.
        let name = word(subscription).map { $0 == "." ? "_" : String($0) }.joined()
        return "\(name).\(word(epoch)).\(range).\(exactly)"
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
        case .muted, .unmuted:
            return (
                "a mute has begun or ended",
                ["A steward has muted the alerts of one place for everybody, or such a mute has ended."]
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
                        || ("A"..."Z").contains($0)
                }
            )
        )
    }
}

extension FeedEvent {
    /// A steward's mute of one place, or its end.
    var isMuteForEverybody: Bool {
        json?["mute"]?["all"]?.bool == true
    }

    /// Made up for an exercise, as its marking says.
    fileprivate var isMadeUp: Bool {
        json?["marking"]?.string?.hasPrefix("EXERCISE") == true
    }

    private var json: JSONValue? { try? JSONReader.read(bytes: Array(body.utf8)) }
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
