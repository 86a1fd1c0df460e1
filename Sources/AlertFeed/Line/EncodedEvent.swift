package import NIOCore
package import Safeguarding

/// The part of an EVT line that is the same for every subscriber: everything behind `prev`, with its LF.
///
/// Encoded once for a row of the log; only name and `prev` differ between subscriptions.
package struct EncodedEvent: Sendable, Hashable {
    package let seq: Int64
    /// `<type> <alert> <rev> <urgency> <time> {json}` and LF.
    package let tail: ByteBuffer

    /// What stands before the tail at its longest: `EVT <name> <seq> <prev> `.
    static let longestHead = 4 + FeedLimits.name + 1 + 2 * (19 + 1)
    /// Whether a body fits is decided with the longest head, so that every subscriber gets the same form.
    static let longestTail = FeedLimits.serverLine - longestHead

    package init(_ event: LoggedEvent) {
        seq = event.seq
        let words = [
            event.type.rawValue, event.alert.text, String(event.rev), event.urgency.rawValue, event.at.rfc3339,
        ]
        let length = words.reduce(0) { $0 + $1.utf8.count + 1 }
        let body = EventBody.fitting(event, EncodedEvent.longestTail - length - 1)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(length + body.utf8.count + 1)
        for word in words {
            buffer.writeString(word)
            buffer.writeInteger(UInt8(ascii: " "))
        }
        buffer.writeString(body)
        buffer.writeInteger(UInt8(ascii: "\n"))
        tail = buffer
    }
}

/// The JSON object at the end of an EVT or ALERT line.
enum EventBody {
    /// The body as it is, or the short form where it would not fit or is not one line.
    static func fitting(_ event: LoggedEvent, _ room: Int) -> String {
        let count = event.body.utf8.count
        return count > 0 && count <= room && isOneLine(event.body) ? event.body : short(event.alert)
    }

    /// Through a span, since bytes one after the other were a tenth of what a replay costs.
    private static func isOneLine(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where bytes[index] == 0x0A || bytes[index] == 0x0D { return false }
        return true
    }

    /// A line of these words and the body, which is given in short where the whole line would be too long.
    static func line(_ words: [String], _ event: LoggedEvent) -> ByteBuffer {
        let taken = words.reduce(0) { $0 + $1.utf8.count + 1 }
        var line = ByteBuffer()
        line.write(line: words + [fitting(event, FeedLimits.serverLine - taken - 1)])
        return line
    }

    /// Names the alert, of which the rest can be asked for.
    static func short(_ alert: AlertID) -> String { #"{"alert":""# + alert.text + #"","more":true}"# }
}
