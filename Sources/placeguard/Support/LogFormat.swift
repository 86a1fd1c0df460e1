package import Logging
import Platform
import Safeguarding

/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
    /// For people: time, level, label, message, `key=value` pairs.
    case text
    /// For collectors: one JSON object a line.
    case json

    /// One line, without its end.
    ///
    /// - Parameter milliseconds: the time, since 1970-01-01 UTC.
    func line(milliseconds: Int64, label: String, event: LogEvent, metadata: Logger.Metadata) -> String {
        let seconds = Moment.floorDivide(milliseconds, 1_000)
        let fraction = String(milliseconds - seconds * 1_000 + 1_000).dropFirst()
        let time = "\(Moment(seconds: seconds).dateTimeText(offset: 0)).\(fraction)Z"
        let pairs = metadata.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }
        switch self {
        case .text:
            let details = pairs.map { " \($0.key)=\(Self.quotedIfNeeded($0.value))" }.joined()
            return "\(time) \(event.level) \(label): \(Self.singleLine("\(event.message)"))\(details)"
        case .json:
            let fixed: [(key: String, value: JSON)] = [
                ("time", .string(time)), ("level", .string(event.level.rawValue)), ("label", .string(label)),
                ("message", .string("\(event.message)")),
            ]
            let reserved = Set(fixed.map(\.key))
            let details = pairs.map { pair in
                // A detail must not stand in for the line's own fields.
                (key: reserved.contains(pair.key) ? "detail.\(pair.key)" : pair.key, value: JSON.string(pair.value))
            }
            return JSON.object(fixed + details).text
        }
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" && $0.value != 0x7F }
        return isPlain ? value : JSON.string(value).text
    }

    /// Control characters, line ends included, escaped: whatever is logged stays one line and cannot drive a terminal.
    private static func singleLine(_ text: String) -> String {
        let hasControls = text.unicodeScalars.contains(where: \.isControl)
        return hasControls ? String(JSON.string(text).text.dropFirst().dropLast()) : text
    }
}

/// Writes log lines to standard error.
package struct LineLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let output = Terminal(.error)

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Creates the handler of one logger.
    package init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        self.logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let given = event.metadata { merged.merge(given) { $1 } }
        if let error = event.error { merged["error"] = "\(error)" }
        let line = format.line(
            milliseconds: WallClock.milliseconds(),
            label: label,
            event: event,
            metadata: merged
        )
        output.write(line + "\n")
    }
}
