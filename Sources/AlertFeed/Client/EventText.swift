import Safeguarding

/// An event as a coordinator reads it in a terminal: a few plain lines, times in London, every control character escaped.
///
/// Lines without content are left out; keys it does not know are ignored, as the protocol asks.
package enum EventText {
    /// - Parameter number: What the person may call the alert.
    package static func render(_ event: FeedEvent, number: Int? = nil) -> String {
        let body = (try? JSONReader.read(bytes: Array(event.body.utf8))) ?? .object([])
        let head =
            (number.map { ["[\($0)]"] } ?? []) + [
                London.display(event.at), escaped(event.urgency).uppercased(), escaped(event.type),
                escaped(event.alert),
                "rev \(event.rev)", "seq \(event.seq)",
            ]
        let lines = [
            notice(body) ?? place(body), rating(body), list("signs", body["signs"]), evidence(body),
            list("why", body["why"]),
            ask(body), care(body),
            isMarked(body, "restricted") ? "restricted: more is known than this view shows; ask the coordinator" : nil,
            text("handling", body["handling"]), text("marking", body["marking"]), text("notice", body["notice"]),
            isMarked(body, "more") ? "more: the rest is too long for a line" : nil,
        ]
        return ([head.joined(separator: "  ")] + lines.compactMap { $0.map { "    " + $0 } }).joined(separator: "\n")
    }

    /// The text with control, format and line-breaking characters as `\u{...}`, so that nothing stored can move a cursor,
    /// hide text or turn its direction.
    package static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A time as people in London read it; what is none, as it is.
    static func time(_ text: String) -> String { Moment(rfc3339: text).map(London.display) ?? escaped(text) }

    // MARK: Lines

    /// A mute, or a term that can match nothing any more.
    private static func notice(_ body: JSONValue) -> String? {
        if let mute = body["mute"] {
            let until = mute["until"]?.string.map(time)
            let withheld = mute["withheld"]?.integer.map { "; \($0) events were withheld" }
            let terms = mute["terms"]?.string.map { escaped($0) }
            let everybody = isMarked(mute, "all") ? " for everybody, by \(escaped(mute["by"]?.string ?? "?"))" : ""
            return "mute\(everybody): \(terms ?? "") until \(until ?? "?")" + (withheld ?? "")
        }
        if let digest = body["digest"], let events = digest["events"]?.integer {
            let types = (digest["types"]?.members ?? []).map { "\($0.value.integer ?? 0) \(escaped($0.key))" }
            let since = digest["from"]?.string.map(time)
            let alerts = list("\n    alerts", digest["alerts"]) ?? ""
            return "digest: \(events) events of low urgency since \(since ?? "?"): " + types.joined(separator: ", ")
                + alerts
        }
        if body["run"] != nil { return summary(body) }
        guard let watch = body["watch"], let name = watch["name"]?.string, let term = watch["term"]?.string else {
            return nil
        }
        return "watch: \(escaped(term)) of subscription \(escaped(name)) can match nothing any more"
    }

    /// What a back-file, or scoring anew, left behind in one area.
    private static func summary(_ body: JSONValue) -> String {
        let bands = (body["bands"]?.members ?? []).compactMap { member in
            number(member.value).flatMap { $0 == "0" ? nil : escaped(member.key) + " " + $0 }
        }
        let unlocated = body["unlocated"].flatMap { number($0) }.flatMap { $0 == "0" ? nil : $0 }
        let areas = words(body["areas"])
        return "summary" + (areas.isEmpty ? "" : " of " + areas.joined(separator: ", ")) + ": "
            + (bands.isEmpty ? "no place has a rating" : "places " + bands.joined(separator: ", "))
            + (unlocated.map { "; \($0) reports without a place" } ?? "")
    }

    private static func place(_ body: JSONValue) -> String? {
        guard let location = body["location"], !location.isNull else {
            return body["areas"].flatMap { list("place: not located; areas", $0) }
        }
        let what = ["name", "category", "id"].compactMap { location[$0]?.string.map { escaped($0) } }
        let areas = words(location["areas"])
        let suffix = areas.isEmpty ? "" : " in " + areas.joined(separator: ", ")
        return what.isEmpty ? nil : "place: " + what.joined(separator: ", ") + suffix
    }

    private static func rating(_ body: JSONValue) -> String? {
        var parts: [String] = []
        if let band = body["band"], let to = band["to"]?.string {
            let from = band["from"]?.string.flatMap { $0 == to ? nil : escaped($0) + " to " } ?? ""
            parts.append(from + escaped(to) + (band["judged"]?.string == nil ? "" : " (a person's judgement counts)"))
        }
        if let score = body["score"] {
            let numbers = ["points", "likelihood", "severity", "residual"].compactMap { key in
                score[key].flatMap { number($0) }.map { key + " " + $0 }
            }
            if !numbers.isEmpty { parts.append(numbers.joined(separator: ", ")) }
        }
        for key in ["confidence", "trend"] {
            if let value = body[key]?.string { parts.append(key + " " + escaped(value)) }
        }
        return parts.isEmpty ? nil : "band: " + parts.joined(separator: "; ")
    }

    private static func evidence(_ body: JSONValue) -> String? {
        guard let evidence = body["evidence"] else { return nil }
        let parts = [("reports", "report"), ("agencies", "agency")].compactMap { several, one in
            evidence[several].flatMap { number($0) }.map { $0 + " " + ($0 == "1" ? one : several) }
        }
        return parts.isEmpty ? nil : "evidence: " + parts.joined(separator: " from ")
    }

    private static func ask(_ body: JSONValue) -> String? {
        let due = [("ack_by", "claim by"), ("review_by", "review by")].compactMap { key, label in
            body[key]?.string.map { label + " " + time($0) }
        }
        let asked = body["ask"]?.string.map { [escaped($0)] } ?? []
        let parts = asked + due
        return parts.isEmpty ? nil : "asked: " + parts.joined(separator: "; ")
    }

    /// Who sees to the alert, and how far it has gone up the chain.
    private static func care(_ body: JSONValue) -> String? {
        var parts: [String] = []
        if let claim = body["claim"], let by = claim["by"]?.string {
            let until = claim["until"]?.string.map(time)
            parts.append("claimed by " + escaped(by) + (until.map { " until " + $0 } ?? ""))
        }
        if let level = body["escalation"]?.integer { parts.append("step \(level) of the chain") }
        let asked = ["people", "lines"].flatMap { words(body["asked"]?[$0]) }
        if !asked.isEmpty { parts.append("asked of " + asked.joined(separator: ", ")) }
        return parts.isEmpty ? nil : "care: " + parts.joined(separator: "; ")
    }

    private static func isMarked(_ body: JSONValue, _ key: String) -> Bool { body[key]?.bool == true }

    private static func text(_ label: String, _ value: JSONValue?) -> String? {
        value?.string.map { label + ": " + escaped($0) }
    }

    private static func list(_ label: String, _ value: JSONValue?) -> String? {
        let words = words(value)
        return words.isEmpty ? nil : label + ": " + words.joined(separator: ", ")
    }

    private static func words(_ value: JSONValue?) -> [String] {
        (value?.array ?? []).compactMap { $0.string.map { escaped($0) } }
    }

    /// A number as sent, or `fewer than n` for a suppressed count.
    private static func number(_ value: JSONValue) -> String? {
        switch value {
        case .number(let text): text
        case .string(let text): escaped(text)
        case .object: value["below"]?.integer.map { "fewer than \($0)" }
        default: nil
        }
    }
}
