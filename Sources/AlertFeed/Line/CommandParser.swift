package import Safeguarding

/// A line that is no command, with the tag where one could be read.
package struct CommandError: Error, Sendable, Hashable {
    package var tag: String?
    package var error: FeedError
}

/// Reads a client's line (PROTOCOL.md "Commands").
///
/// Strict: words are separated by exactly one space, verbs are upper case, nothing may be left over, and no control
/// character is allowed anywhere. A line therefore has one form.
package enum CommandParser {
    package static func parse(_ line: String) throws(CommandError) -> TaggedCommand {
        var tag: String?
        do throws(FeedError) {
            var words = Words(line)
            // First, so that the refusal of what stands behind it names it.
            if words.next?.first == "@" { tag = try readTag(&words) }
            guard !Characters.hasControls(line) else {
                throw FeedError(.badFormat, "control characters are not allowed")
            }
            return TaggedCommand(tag: tag, try command(&words))
        } catch {
            throw CommandError(tag: tag, error: error)
        }
    }

    private static func readTag(_ words: inout Words) throws(FeedError) -> String {
        let word = try words.take().dropFirst()
        guard
            let tag = Characters.word(
                word,
                limit: FeedLimits.tag,
                { Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            )
        else { throw FeedError(.badFormat, "a tag is 1 to 16 letters, digits or hyphens") }
        return tag
    }

    private static func command(_ words: inout Words) throws(FeedError) -> Command {
        guard let verb = CommandVerb(rawValue: String(try words.take())) else {
            throw FeedError(.badFormat, "unknown command")
        }
        let command = try arguments(of: verb, &words)
        guard words.isAtEnd else { throw FeedError(.badFormat, "too many words") }
        return command
    }

    private static func arguments(of verb: CommandVerb, _ words: inout Words) throws(FeedError) -> Command {
        switch verb {
        case .hello: try hello(&words)
        case .auth: try authenticate(&words)
        case .subscribe: try subscribe(&words)
        case .filter: .filter(name: try words.name(), filter: try filter(&words))
        case .showFilter: .showFilter(name: try words.name())
        case .acknowledge: .acknowledge(name: try words.name(), seq: try words.position())
        case .list: try list(&words)
        case .show: .show(try words.alert())
        case .who: .who
        case .claim: try act(.claim, &words)
        case .release: try act(.release, &words)
        case .resolve: try act(.resolve, &words)
        case .note: try act(.note, &words)
        case .mute: try mute(&words)
        case .confirm: .confirmMute(try words.mute())
        case .unmute: .endMute(try words.mute())
        case .mutes: .mutes
        case .lag: .lag
        case .limits: .limits
        case .ping: .ping(words.takeRest())
        case .quit: .quit
        }
    }

    private static func hello(_ words: inout Words) throws(FeedError) -> Command {
        guard let version = Characters.number(try words.take()), version <= 1_000 else {
            throw FeedError(.badFormat, "HELLO takes a version, a client name and the client's version")
        }
        for _ in 0..<2 {
            let word = try words.take()
            guard Characters.word(word, limit: FeedLimits.word, Characters.isVisible) != nil else {
                throw FeedError(.badFormat, "client name and version are 1 to 72 visible ASCII characters each")
            }
        }
        return .hello(version: Int(version))
    }

    private static func authenticate(_ words: inout Words) throws(FeedError) -> Command {
        switch try words.take() {
        case "TOKEN": break
        case "EXTERNAL": return .authenticate(.certificate)
        default: throw FeedError(.badFormat, "this server takes AUTH TOKEN and AUTH EXTERNAL")
        }
        let first = try words.take()
        let id: Substring
        let secret: Substring
        if words.isAtEnd {
            guard let dot = first.firstIndex(of: ".") else {
                throw FeedError(.badFormat, "a token is ID.SECRET")
            }
            (id, secret) = (first[..<dot], first[first.index(after: dot)...])
        } else {
            (id, secret) = (first, try words.take())
        }
        guard let id = Characters.word(id, limit: FeedLimits.word, Characters.isNameByte),
            let secret = Characters.word(secret, limit: FeedLimits.secret, Characters.isVisible)
        else { throw FeedError(.badFormat, "a token is ID.SECRET") }
        return .authenticate(.token(Credential(tokenID: id, secret: secret)))
    }

    private static func subscribe(_ words: inout Words) throws(FeedError) -> Command {
        let name = try words.name()
        var from: FeedStart?
        var window: Int?
        var isStanding = false
        while let option = words.next, option != "FILTER" {
            _ = try words.take()
            switch option {
            case "FROM" where from == nil: from = try start(try words.take())
            case "WINDOW" where window == nil: window = try size(try words.take())
            case "STANDING" where !isStanding: isStanding = true
            default: throw FeedError(.badFormat, "SUB takes FROM, WINDOW, STANDING and FILTER, each once, FILTER last")
            }
        }
        var admitted = FeedFilter.everything
        if !words.isAtEnd {
            _ = try words.take()
            admitted = try filter(&words)
        }
        guard !isStanding || admitted.admitsExercises else { throw excludesExercises }
        return .subscribe(
            name: name,
            from: from ?? .resume,
            window: window ?? FeedLimits.windowDefault,
            filter: admitted,
            isStanding: isStanding
        )
    }

    /// A standing subscription shows by its exercises that it works.
    static let excludesExercises = FeedError(.badFormat, "STANDING is shown by exercises, which this filter excludes")

    /// Reads where a subscription begins: `resume`, `head`, `floor` or `SEQ@EPOCH`.
    package static func start(_ word: Substring) throws(FeedError) -> FeedStart {
        switch word {
        case "resume": return .resume
        case "head": return .head
        case "floor": return .floor
        default:
            let parts = word.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let seq = Characters.number(parts[0]),
                let epoch = Characters.word(parts[1], limit: FeedLimits.word, Characters.isNameByte)
            else { throw FeedError(.badFormat, "FROM takes resume, head, floor or SEQ@EPOCH") }
            return .after(seq: seq, epoch: epoch)
        }
    }

    private static func size(_ word: Substring) throws(FeedError) -> Int {
        guard let size = Characters.number(word), (1...Int64(FeedLimits.windowMaximum)).contains(size) else {
            throw FeedError(.badFormat, "WINDOW is a number from 1 to 8192")
        }
        return Int(size)
    }

    private static func list(_ words: inout Words) throws(FeedError) -> Command {
        var after: AlertID?
        if words.next == "AFTER" {
            _ = try words.take()
            after = AlertID(try words.take())
            guard after != nil else { throw FeedError(.badFormat, "AFTER takes an alert id") }
        }
        guard words.next == "FILTER" else { return .list(after: after, filter: .everything) }
        _ = try words.take()
        return .list(after: after, filter: try filter(&words))
    }

    /// `<alert> <action-id> [words to the end of the line]`; of RESOLVE, `REV <rev>` before the words.
    private static func act(_ kind: AlertActKind, _ words: inout Words) throws(FeedError) -> Command {
        let alert = try words.alert()
        guard let id = Characters.word(try words.take(), limit: FeedLimits.actionID, Characters.isNameByte) else {
            throw FeedError(
                .badFormat,
                "an action id is 1 to 64 letters, digits, dots, underscores or hyphens"
            )
        }
        var from: Int?
        if kind == .resolve, words.next == "REV" {
            _ = try words.take()
            from = try words.revision()
        }
        return .act(AlertAct(kind, alert, actionID: id, text: words.takeRest(), decidedFrom: from))
    }

    /// `[ALL] <terms> FOR <duration> REASON <words to the end of the line>`.
    private static func mute(_ words: inout Words) throws(FeedError) -> Command {
        let isForAll = words.next == "ALL"
        if isForAll { _ = try words.take() }
        var terms: [Substring] = []
        while let word = words.next, word != "FOR" { terms.append(try words.take()) }
        guard words.next == "FOR" else { throw muteForm }
        _ = try words.take()
        guard let seconds = seconds(try words.take()), words.next == "REASON" else { throw muteForm }
        _ = try words.take()
        let filter: FeedFilter
        do { filter = try FilterParser.parse(terms.joined(separator: " ")) } catch { throw error.reply }
        return .mute(MuteRequest(terms: filter, seconds: seconds, reason: words.takeRest(), isForAll: isForAll))
    }

    private static let muteForm = FeedError(.badFormat, "MUTE takes terms, FOR and a time such as 8h, REASON and words")

    /// `30m`, `8h` or `3d`.
    private static func seconds(_ word: Substring) -> Int64? {
        guard let unit = word.last, let count = Characters.number(word.dropLast()), count <= 10_000 else { return nil }
        return switch unit {
        case "m": count * 60
        case "h": count * 3_600
        case "d": count * 86_400
        default: nil
        }
    }

    private static func filter(_ words: inout Words) throws(FeedError) -> FeedFilter {
        do { return try FilterParser.parse(words.takeRest()) } catch { throw error.reply }
    }
}

/// The words of one line, each separated from the next by one space.
private struct Words {
    private var rest: Substring?

    init(_ line: String) {
        rest = line[...]
    }

    var isAtEnd: Bool { rest == nil }

    /// The word that `take` would give; nil at the end.
    var next: Substring? { rest.map { $0.prefix { $0 != " " } } }

    mutating func take() throws(FeedError) -> Substring {
        guard let current = rest, let word = next else {
            throw FeedError(.badFormat, "a word is missing")
        }
        guard !word.isEmpty else { throw FeedError(.badFormat, "words are separated by one space") }
        rest = word.endIndex == current.endIndex ? nil : current[current.index(after: word.endIndex)...]
        return word
    }

    /// Everything to the end of the line.
    mutating func takeRest() -> String {
        defer { rest = nil }
        return rest.map { String($0) } ?? ""
    }

    mutating func name() throws(FeedError) -> String {
        guard
            let name = Characters.word(
                try take(),
                limit: FeedLimits.name,
                Characters.isNameByte
            )
        else {
            throw FeedError(.badFormat, "a subscription name is 1 to 32 letters, digits, dots, underscores or hyphens")
        }
        return name
    }

    mutating func alert() throws(FeedError) -> AlertID {
        guard let alert = AlertID(try take()) else { throw FeedError(.badFormat, "an alert id is alt_ and a UUID") }
        return alert
    }

    mutating func mute() throws(FeedError) -> MuteID {
        guard let mute = MuteID(try take()) else { throw FeedError(.badFormat, "a mute id is mut_ and a UUID") }
        return mute
    }

    mutating func revision() throws(FeedError) -> Int {
        guard let rev = Characters.number(try take()), (1...Int64(Int32.max)).contains(rev) else {
            throw FeedError(.badFormat, "REV takes the number of a revision")
        }
        return Int(rev)
    }

    mutating func position() throws(FeedError) -> Int64 {
        guard let seq = Characters.number(try take()) else {
            throw FeedError(.badFormat, "a position is a whole number")
        }
        return seq
    }
}
