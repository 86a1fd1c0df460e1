import Safeguarding

/// An answer as a coordinator reads it in a terminal; times in London, everything stored escaped.
package enum AnswerText {
    package static func render(_ answer: FeedAnswer, _ numbers: inout AlertNumbers) -> String {
        if let refusal = answer.refusal {
            // Which alert, where several wait for their answers.
            let asked = answer.question.split(separator: " ").compactMap { numbers.known(String($0)) }.first
            return (asked.map { "[\($0)] " } ?? "") + refused(refusal, number: asked)
        }
        let alert = answer.words.dropFirst().first { $0.hasPrefix(AlertID.prefix) }
        let name = alert.map { "[\(numbers.number(of: $0))]" } ?? ""
        let until = time(answer.field("until")) ?? ""
        switch answer.words.first {
        case "CLAIM": return "\(name) is yours until \(until)"
        case "RELEASE": return "\(name) is given back"
        case "RESOLVE": return "\(name) is resolved"
        case "NOTE": return "\(name) has your note"
        case "MUTE":
            let counts =
                "\(answer.field("matches") ?? "?") open alerts, \(answer.field("recent") ?? "?") events of the last week"
            return "would withhold \(counts); y within five minutes brings it into force"
        case "CONFIRM": return "muted until \(until)"
        case "UNMUTE": return "the mute has ended"
        default:
            // First, so that the latest is the alert that was asked for.
            let earlier = answer.field("earlier").map { "    known before as [\(numbers.number(of: $0))]" }
            let lines = whole(answer.lines).map { line($0, &numbers) }
            let more = answer.words.contains { $0.hasPrefix("more=") || $0 == "shortened" }
            let state = answer.field("state").map { "    state: " + EventText.escaped($0) }
            let rest = [earlier, state, more ? "and more" : nil].compactMap { $0 }
            return (lines.isEmpty ? ["nothing"] : lines + rest).joined(separator: "\n")
        }
    }

    /// The lines with what BODY lines have put back into the alert that they follow.
    private static func whole(_ lines: [String]) -> [String] {
        let pieces = lines.filter { $0.hasPrefix("BODY ") }.map {
            body([String($0.dropFirst(5))])["text"]?.string ?? ""
        }
        guard !pieces.isEmpty, let alert = lines.first?.split(separator: " ", maxSplits: 7), alert.count == 8 else {
            return lines
        }
        let head = alert.dropLast().joined(separator: " ") + " " + pieces.joined()
        return [head] + lines.dropFirst().filter { !$0.hasPrefix("BODY ") }
    }

    private static func line(_ line: String, _ numbers: inout AlertNumbers) -> String {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
        switch words.first {
        case "ALERT" where words.count >= 8:
            let event = event(words, from: 1, seq: 6, json: 7)
            return EventText.render(event, number: numbers.number(ofAsked: event))
        case "EVENT" where words.count >= 7:
            let parts = [time(words[5]) ?? "", words[4], words[3], "rev " + words[2], "seq " + words[1]]
            return "    " + parts.map { EventText.escaped($0) }.joined(separator: "  ")
        case "ACTION" where words.count >= 6:
            let text = body(words[5...])["text"]?.string ?? ""
            let parts = [time(words[1]) ?? "", words[3], words[2].lowercased(), text]
            return "    " + parts.filter { !$0.isEmpty }.map { EventText.escaped($0) }.joined(separator: "  ")
        case "PERSON" where words.count >= 4:
            return EventText.escaped("\(words[1])  \(words[2])  \(words[3]) connected")
        case "MUTE" where words.count >= 5:
            let mute = body(words[4...])
            let parts = [
                words[1], mute["terms"]?.string ?? "", "until " + (time(words[2]) ?? ""), mute["reason"]?.string ?? "",
                mute["all"]?.bool == true ? "for everybody, by " + words[3] : "",
            ]
            return EventText.escaped(parts.filter { !$0.isEmpty }.joined(separator: "  "))
        case "CURSOR" where words.count >= 5:
            let state = body(words[5...])
            let parts = [
                "\(words[1]): acknowledged \(words[2]) of \(words[4])",
                state["exercise"]?.string.map { "exercise " + $0 },
            ]
            return EventText.escaped(parts.compactMap { $0 }.joined(separator: ", "))
        default: return EventText.escaped(line)
        }
    }

    /// A line of LIST as the event that it repeats.
    private static func event(_ words: [String], from first: Int, seq: Int, json: Int) -> FeedEvent {
        FeedEvent(
            name: "",
            seq: Int64(words[seq]) ?? 0,
            prev: 0,
            type: words[first + 2],
            alert: words[first],
            rev: Int(words[first + 1]) ?? 0,
            urgency: words[first + 3],
            at: Moment(rfc3339: words[first + 4]) ?? Moment(seconds: 0),
            body: words[json...].joined(separator: " ")
        )
    }

    private static func body(_ words: ArraySlice<String>) -> JSONValue {
        (try? JSONReader.read(bytes: Array(words.joined(separator: " ").utf8))) ?? .object([])
    }

    private static func time(_ text: String?) -> String? { text.map(EventText.time) }

    /// What a refusal means to whoever typed the command.
    ///
    /// - Parameter number: Of the alert that it was about, where that was shown.
    private static func refused(_ refusal: ServerRefusal, number: Int?) -> String {
        switch refusal.word {
        case "already-claimed": "somebody else has claimed it, until \(time(refusal.fields["until"]) ?? "?")"
        case "not-claimed": "nobody has claimed it"
        case "alert-closed": "the alert has ended"
        case "changed": changed(refusal.fields["rev"], number)
        case "unknown-alert": "there is no such alert for you"
        case "forbidden": "your token does not allow that"
        case "mute-too-broad":
            "a mute names a place or an area, up to 72 hours, and a reason (\(EventText.escaped(refusal.fields["reason"] ?? "")))"
        case "unknown-mute": "there is no such mute of yours, or its five minutes are over"
        case "bad-filter":
            "term \(EventText.escaped(refusal.fields["term"] ?? "?")) is not understood (\(EventText.escaped(refusal.fields["reason"] ?? "")))"
        case "db-unavailable", "draining", "slow-down":
            "the service cannot do that now" + (refusal.retry.map { "; try again in \($0) s" } ?? "")
        default: "refused: \(refusal)"
        }
    }

    private static func changed(_ rev: String?, _ number: Int?) -> String {
        let rev = EventText.escaped(rev ?? "?")
        let how =
            number.map { "s \($0) shows it, then say it again" } ?? "look at it, then say it again with --rev \(rev)"
        return "something has come since it was read (revision \(rev)): \(how)"
    }
}
