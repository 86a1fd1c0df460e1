import Safeguarding

/// A server's line as a client reads it; the first word tells the class.
package enum ServerMessage: Sendable, Hashable {
    case info(fields: [String: String])
    /// `words` are everything behind the tag.
    case ok(tag: String?, words: [String])
    case error(tag: String?, ServerRefusal)
    case event(FeedEvent)
    case heartbeat(head: Int64, isDatabaseDown: Bool)
    case hold(name: String)
    case go(name: String)
    case bye(reason: String, fields: [String: String])
    /// A line of a counted reply.
    case counted
    /// Of a class that came after this client was built.
    case unknown

    /// Reads a complete line; nil where it breaks the protocol.
    package init?(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
        switch words.first {
        case "INFO": self = .info(fields: ServerMessage.fields(words.dropFirst()))
        case "OK":
            let (tag, rest) = ServerMessage.tagged(words)
            guard !rest.isEmpty else { return nil }
            self = .ok(tag: tag, words: Array(rest))
        case "ERR":
            let (tag, rest) = ServerMessage.tagged(words)
            guard let refusal = ServerRefusal(rest) else { return nil }
            self = .error(tag: tag, refusal)
        case "EVT":
            guard let event = ServerMessage.event(line) else { return nil }
            self = .event(event)
        case "HB":
            guard words.count >= 3, let head = ServerMessage.position(words[1]) else { return nil }
            self = .heartbeat(head: head, isDatabaseDown: words.contains("db=down"))
        case "HOLD":
            guard words.count == 3 else { return nil }
            self = .hold(name: words[1])
        case "GO":
            guard words.count == 2 else { return nil }
            self = .go(name: words[1])
        case "BYE":
            guard words.count >= 2 else { return nil }
            self = .bye(reason: words[1], fields: ServerMessage.fields(words.dropFirst(2)))
        case "ALERT", "BODY", "CURSOR", "EVENT", "ACTION", "PERSON", "MUTE": self = .counted
        case let word? where !word.isEmpty && word.utf8.allSatisfy({ (0x41...0x5A).contains($0) }): self = .unknown
        default: return nil
        }
    }

    private static func tagged(_ words: [String]) -> (tag: String?, rest: ArraySlice<String>) {
        guard words.count > 1, words[1].hasPrefix("@") else { return (nil, words.dropFirst()) }
        return (String(words[1].dropFirst()), words.dropFirst(2))
    }

    /// A position or a count: never negative.
    static func position(_ word: String?) -> Int64? { word.flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil } }

    /// The `key=value` words; flags have an empty value.
    package static func fields(_ words: some Sequence<String>) -> [String: String] {
        var fields: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let key = parts.first { fields[String(key)] = parts.count > 1 ? String(parts[1]) : "" }
        }
        return fields
    }

    /// Nine positional fields, the last of which is the rest of the line.
    private static func event(_ line: String) -> FeedEvent? {
        let words = line.split(separator: " ", maxSplits: 9, omittingEmptySubsequences: false).map { String($0) }
        guard words.count == 10, let seq = position(words[2]), let prev = position(words[3]), let rev = Int(words[6]),
            let at = Moment(rfc3339: words[8])
        else { return nil }
        return FeedEvent(
            name: words[1],
            seq: seq,
            prev: prev,
            type: words[4],
            alert: words[5],
            rev: rev,
            urgency: words[7],
            at: at,
            body: words[9]
        )
    }
}

/// An ERR line: code and word are the contract.
package struct ServerRefusal: Sendable, Hashable, CustomStringConvertible {
    package var code: Int
    package var word: String
    /// The server's sentence, for people.
    package var text: String
    package var fields: [String: String]

    init?(_ words: ArraySlice<String>) {
        let words = Array(words)
        guard words.count >= 2, let code = Int(words[0]) else { return nil }
        self.code = code
        word = words[1]
        text = words.dropFirst(2).filter { !$0.contains("=") }.joined(separator: " ")
        fields = ServerMessage.fields(words.dropFirst(2).filter { $0.contains("=") })
    }

    package var description: String {
        EventText.escaped("\(code) \(word)" + (text.isEmpty ? "" : ": \(text)"))
    }

    /// Why the position that was asked for is gone; nil for other refusals.
    var lostPosition: FeedBreak.Cause? {
        switch word {
        case "epoch-changed": .epochChanged
        case "too-old": .tooOld
        default: nil
        }
    }

    /// Where nothing that the server has is missed.
    var resumption: FeedStart {
        guard let from = fields["from"].flatMap({ Int64($0) }), let epoch = fields["epoch"] else { return .floor }
        return .after(seq: from, epoch: epoch)
    }

    /// Seconds after which the same line may be tried again.
    package var retry: Int? { fields["retry"].flatMap { Int($0) } }
}
