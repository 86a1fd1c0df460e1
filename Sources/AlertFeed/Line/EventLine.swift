import NIOCore
import Safeguarding

/// `EVT <name> <seq> <prev> <type> <alert> <rev> <urgency> <time> {json}` and LF.
///
/// Name and `prev` differ between subscriptions; the tail behind them is the same for all.
enum EventLine {
    /// What stands before the tail at its longest.
    static let longestHead = 4 + FeedLimits.name + 1 + 2 * (19 + 1)
    /// Whether a body fits is decided with the longest head, so that every subscriber gets the same form.
    static let longestTail = FeedLimits.serverLine - longestHead
    /// About what a line has beside its body.
    static let likelyFrame = longestHead + 120

    /// Bytes to make room for.
    static func likelyLength(of event: LoggedEvent) -> Int { likelyFrame + min(event.body.utf8.count, longestTail) }
}

extension ByteBuffer {
    /// The tail of an event's line, word by word into the buffer, since a string for each was a quarter of what a replay costs.
    mutating func write(tailOf event: LoggedEvent) {
        let start = writerIndex
        write(word: event.type.rawValue)
        writeString(AlertID.prefix)
        let ascii = event.alert.value.ascii
        writeWithOutputRawSpan(minimumWritableBytes: ascii.count) { output in
            for index in ascii.indices { output.append(ascii[index]) }
        }
        write(word: "")
        write(word: String(event.rev))
        write(word: event.urgency.rawValue)
        write(word: event.at.rfc3339)
        writeString(EventBody.fitting(event, EventLine.longestTail - (writerIndex - start) - 1))
        writeInteger(UInt8(ascii: "\n"))
    }

    /// A word and the space behind it.
    mutating func write(word: String) {
        writeString(word)
        writeInteger(UInt8(ascii: " "))
    }
}

/// The JSON object at the end of an EVT or ALERT line.
enum EventBody {
    /// The body as it is, or the short form where it would not fit or is not one line.
    static func fitting(_ event: LoggedEvent, _ room: Int) -> String {
        fits(event, room) ? event.body : short(event.alert)
    }

    static func fits(_ event: LoggedEvent, _ room: Int) -> Bool {
        let count = event.body.utf8.count
        return count > 0 && count <= room && isOneLine(event.body)
    }

    /// Without an early end, so that many bytes are compared at a time.
    private static func isOneLine(_ text: String) -> Bool {
        let bytes = text.utf8.span
        var breaks: UInt8 = 0
        for index in bytes.indices {
            breaks |= (bytes[index] == 0x0A ? 1 : 0) | (bytes[index] == 0x0D ? 1 : 0)
        }
        return breaks == 0
    }

    /// A line of these words and the body, which is given in short where the whole line would be too long.
    static func line(_ words: [String], _ event: LoggedEvent) -> ByteBuffer {
        var line = ByteBuffer()
        line.write(line: words + [fitting(event, room(behind: words))])
        return line
    }

    /// What a line has left for its body.
    static func room(behind words: [String]) -> Int {
        words.reduce(FeedLimits.serverLine - 1) { $0 - $1.utf8.count - 1 }
    }

    /// Names the alert, of which the rest can be asked for.
    static func short(_ alert: AlertID) -> String { #"{"alert":""# + alert.text + #"","more":true}"# }
}
