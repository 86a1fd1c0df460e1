import NIOCore
package import Safeguarding

/// One thing the server says: a line, events in a row, or a reply of counted lines that nothing may interrupt.
package enum ServerLine: Sendable, Hashable {
    /// The banner.
    case info([LineField])
    /// The reply to a command; `words` come behind the verb's reply word.
    case ok(tag: String?, verb: CommandVerb, words: [String])
    case error(tag: String?, FeedError)
    /// EVT lines.
    case events(name: String, prev: Int64, EventRun)
    case heartbeat(head: Int64, time: Moment, positions: [HeartbeatPosition], isDatabaseDown: Bool)
    case hold(name: String)
    case go(name: String)
    /// The last line.
    case bye(EndReason, [LineField])
    /// `OK LIST lines=n` with its lines.
    case alerts(tag: String?, AlertListing)
    /// `OK LAG lines=n`, `OK WHO lines=n` or `OK MUTES lines=n` with the lines.
    case counted(tag: String?, verb: CommandVerb, CountedLines)
    /// `OK SHOW lines=n` with its lines.
    case history(tag: String?, AlertShowing)

    /// Bytes to make room for; 0 where lines are few.
    var likelyLength: Int {
        if case .events(_, _, let events) = self { events.likelyLength } else { 0 }
    }

    /// Appends the bytes, ending in LF.
    package func encode(into output: inout OutgoingLines) {
        if case .events(let name, let prev, let events) = self {
            events.encode(name: name, prev: prev, into: &output)
        } else {
            output.write { encode(into: &$0) }
        }
    }

    private func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .info(let fields): buffer.write(line: ["INFO"] + fields.map(\.text))
        case .ok(let tag, let verb, let words): buffer.write(line: ServerLine.head("OK", tag) + [verb.reply] + words)
        case .error(let tag, let error):
            let words = [String(error.word.code), error.word.rawValue, error.text.text]
            buffer.write(line: ServerLine.head("ERR", tag) + words + error.fields.map(\.text))
        case .events: break  // They share bytes.
        case .heartbeat(let head, let time, let positions, let isDatabaseDown):
            let words = ["HB", String(head), time.rfc3339] + positions.map(\.text)
            buffer.write(line: words + (isDatabaseDown ? ["db=down"] : []))
        case .hold(let name): buffer.write(line: ["HOLD", name, "window"])
        case .go(let name): buffer.write(line: ["GO", name])
        case .bye(let reason, let fields): buffer.write(line: ["BYE", reason.rawValue] + fields.map(\.text))
        case .alerts(let tag, let listing):
            buffer.write(line: ServerLine.head("OK", tag) + [CommandVerb.list.rawValue] + listing.fields.map(\.text))
            buffer.writeImmutableBuffer(listing.lines)
        case .counted(let tag, let verb, let counted):
            let count = LineField("lines", counted.count)
            buffer.write(line: ServerLine.head("OK", tag) + [verb.rawValue, count.text])
            buffer.writeImmutableBuffer(counted.lines)
        case .history(let tag, let showing):
            buffer.write(line: ServerLine.head("OK", tag) + [CommandVerb.show.rawValue] + showing.fields.map(\.text))
            buffer.writeImmutableBuffer(showing.lines)
        }
    }

    private static func head(_ word: String, _ tag: String?) -> [String] { tag.map { [word, "@" + $0] } ?? [word] }

    /// `CURSOR <name> <acked> <sent> <head> {json}`.
    package static func words(_ cursor: CursorLine) -> [String] {
        var members: [(key: String, value: JSON)] = [
            ("lastEnd", .optional(cursor.lastEnd)), ("lastSeen", .optional(cursor.lastSeen?.rfc3339)),
        ]
        if let exercise = cursor.exercise { members.append(("exercise", .string(exercise.rawValue))) }
        if cursor.isStanding { members.append(("standing", .bool(true))) }
        let state = JSON.object(members)
        let numbers = [cursor.acked, cursor.sent, cursor.head].map { String($0) }
        return ["CURSOR", LineField.word(cursor.name)] + numbers + [state.text]
    }
}

extension ServerLine {
    /// `MUTE <id> <until> <person> {json}`.
    static func words(_ mute: LiveMute) -> [String] {
        let state = JSON.object([
            ("terms", .string(mute.terms)), ("all", .bool(mute.isForAll)), ("reason", .string(mute.reason)),
        ])
        return ["MUTE", mute.id.text, mute.until.rfc3339, LineField.word(mute.by), state.text]
    }
}

/// Where a subscription stands, as a heartbeat says it.
package struct HeartbeatPosition: Sendable, Hashable {
    package var name: String
    package var sent: Int64
    package var acked: Int64

    package init(name: String, sent: Int64, acked: Int64) {
        self.name = name
        self.sent = sent
        self.acked = acked
    }

    package var text: String { "\(name):\(sent):\(acked)" }
}

extension ByteBuffer {
    /// Writes words with one space between them and an LF behind.
    mutating func write(line words: [String]) {
        for (index, word) in words.enumerated() {
            if index > 0 { writeInteger(UInt8(ascii: " ")) }
            writeString(word)
        }
        writeInteger(UInt8(ascii: "\n"))
    }
}
