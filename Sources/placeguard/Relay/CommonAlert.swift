import AlertFeed
import Safeguarding

/// An event in the words of the Common Alerting Protocol 1.2 (OASIS, 1 July 2010), as JSON: what other systems know how to file.
///
/// It carries what the event line carries and nothing else; the line's own body stands under `placeguard`.
enum CommonAlert {
    /// - Parameters:
    ///   - event: As the feed sent it.
    ///   - sender: Who passes it on.
    static func json(_ event: FeedEvent, sender: String) -> JSON {
        let body = (try? JSONReader.read(bytes: Array(event.body.utf8))) ?? .object([])
        var members: [(key: String, value: JSON)] = [
            ("identifier", .string(identifier(event.alert, event.rev))),
            ("sender", .string(sender)),
            ("sent", .string(event.at.rfc3339)),
            ("status", .string(status(event, body))),
            ("msgType", .string(messageType(event))),
            ("scope", .string("Restricted")),
            ("restriction", .optional(body["marking"]?.string)),
        ]
        if event.rev > 1 { members.append(("references", .string(identifier(event.alert, event.rev - 1)))) }
        members += [("info", .array([info(event, body)])), ("placeguard", event.json)]
        return .object(members)
    }

    private static func identifier(_ alert: String, _ rev: Int) -> String { "\(alert).\(rev)" }

    private static func info(_ event: FeedEvent, _ body: JSONValue) -> JSON {
        let areas = (body["location"]?["areas"]?.array ?? body["areas"]?.array ?? []).compactMap(\.string)
        return .object([
            ("category", .strings(["Safety"])),
            ("event", .string(event.type)),
            ("urgency", .string(urgency(event.urgency))),
            ("severity", .string(severity(body["band"]?["to"]?.string))),
            ("certainty", .string(certainty(body["confidence"]?.string))),
            ("area", .array(areas.map { .object([("areaDesc", .string($0))]) })),
        ])
    }

    /// An exercise says so in its marking, or is one by itself.
    private static func status(_ event: FeedEvent, _ body: JSONValue) -> String {
        let isExercise = body["marking"]?.string?.hasPrefix("EXERCISE") ?? false
        return isExercise || event.type == EventType.exercise.rawValue ? "Exercise" : "Actual"
    }

    private static func messageType(_ event: FeedEvent) -> String {
        switch EventType(rawValue: event.type) {
        case .closed, .resolved: "Cancel"
        default: event.rev == 1 ? "Alert" : "Update"
        }
    }

    /// CAP asks when to act: at once, soon (within the hour), in the near future.
    private static func urgency(_ urgency: String) -> String {
        switch Urgency(rawValue: urgency) {
        case .immediate: "Immediate"
        case .high: "Expected"
        case .normal: "Future"
        case .low, nil: "Unknown"
        }
    }

    private static func severity(_ band: String?) -> String {
        switch band.flatMap({ Band(rawValue: $0) }) {
        case .red: "Severe"
        case .amberPlus: "Moderate"
        case .amber, .green: "Minor"
        case .unrated, nil: "Unknown"
        }
    }

    private static func certainty(_ confidence: String?) -> String {
        switch confidence {
        case "high": "Likely"
        case "medium", "low": "Possible"
        default: "Unknown"
        }
    }
}
