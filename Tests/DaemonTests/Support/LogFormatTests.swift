import Logging
import Safeguarding
import Testing

@testable import placeguard

@Suite struct LogFormatTests {
    private func line(_ format: LogFormat, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) -> String {
        let event = LogEvent(
            level: .notice,
            message: message,
            metadata: nil,
            source: "test",
            file: "file",
            function: "function",
            line: 1
        )
        return format.line(milliseconds: 1_763_790_876_007, label: "feed", event: event, metadata: metadata)
    }

    @Test func `text is for people`() {
        #expect(
            line(.text, "ready", ["port": "8470", "b": "two words", "a": ""])
                == #"2025-11-22T05:54:36.007Z notice feed: ready a="" b="two words" port=8470"#
        )
    }

    @Test func `JSON is one object`() {
        #expect(
            line(.json, "say \"x\"", ["port": "8470"])
                == #"{"time":"2025-11-22T05:54:36.007Z","level":"notice","label":"feed","message":"say \"x\"","port":"8470"}"#
        )
    }

    @Test func `a detail cannot stand in for a field of the line`() {
        #expect(line(.json, "x", ["level": "forged"]).contains(#""detail.level":"forged""#))
    }

    @Test(arguments: LogFormat.allCases)
    func `whatever is logged stays one line without control characters`(format: LogFormat) {
        let hostile = "a\nb\r\u{1B}[31m\u{85}\u{2028}=\" \0"
        let text = line(format, "\(hostile)", ["key": "\(hostile)"])
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    }

    @Test func `times before 1970 and at a whole second are written right`() {
        let event = LogEvent(level: .info, message: "x", metadata: nil, source: nil, file: "", function: "", line: 1)
        #expect(
            LogFormat.text.line(milliseconds: -1, label: "l", event: event, metadata: [:]).hasPrefix(
                "1969-12-31T23:59:59.999Z"
            )
        )
        #expect(
            LogFormat.text.line(milliseconds: 0, label: "l", event: event, metadata: [:]).hasPrefix(
                "1970-01-01T00:00:00.000Z"
            )
        )
    }
}
