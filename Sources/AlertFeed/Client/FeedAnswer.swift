import Safeguarding

/// The server's answer to a question of the user: the words of `OK` with its counted lines, or a refusal.
package struct FeedAnswer: Sendable, Hashable {
    /// The line that was asked, without its tag.
    package var question: String
    /// The words behind `OK`, the verb first; empty where it was refused.
    package var words: [String]
    package var lines: [String]
    package var refusal: ServerRefusal?

    package init(question: String, words: [String] = [], lines: [String] = [], refusal: ServerRefusal? = nil) {
        self.question = question
        self.words = words
        self.lines = lines
        self.refusal = refusal
    }

    /// A `key=value` field of the answer.
    package func field(_ key: String) -> String? { ServerMessage.fields(words)[key] }
}

/// Why a question cannot be asked.
package enum FeedQuestionFault: Error, Sendable, Hashable, CustomStringConvertible {
    case tooManyWaiting
    /// So many bytes more than a line has.
    case tooLong(excess: Int)
    case controlCharacters

    package var description: String {
        switch self {
        case .tooManyWaiting: "too much waits for an answer already"
        case .tooLong(let excess): "not sent: that is \(excess) bytes too long"
        case .controlCharacters: "not sent: a key in it is no character (a tab, an arrow, a new line)"
        }
    }
}

/// Questions beside the subscription, as a pure queue: each is answered once, in order, and asked again after a break.
///
/// An act carries its action id, so that asking again does nothing twice.
struct FeedQuestions: Sendable {
    /// More than a person types, and a bound for what waits while the service is away.
    static let most = 16

    private struct Question {
        var tag: String
        var line: String

        /// The line with its tag.
        var said: String { "@\(tag) \(line)" }
    }

    private var waiting: [Question] = []
    private var sent = 0
    private var number = 0
    private var collecting: (answer: FeedAnswer, missing: Int)?

    /// What has no answer yet, without the tags.
    var unanswered: [String] { waiting.map(\.line) }

    /// Takes a line that a server will read: one that it cut off the connection for would be asked again and again.
    mutating func ask(_ line: String) throws(FeedQuestionFault) {
        guard waiting.count < Self.most else { throw .tooManyWaiting }
        guard !Characters.hasControls(line) else { throw .controlCharacters }
        let question = Question(tag: "q\(number + 1)", line: line)
        let excess = question.said.utf8.count + 1 - FeedLimits.clientLine
        guard excess <= 0 else { throw .tooLong(excess: excess) }
        number += 1
        waiting.append(question)
    }

    /// A new connection: what was not answered is asked again.
    mutating func connected() {
        sent = 0
        collecting = nil
    }

    /// Another server has taken over, whose revisions are others: a decision that waits was made from none of them but the first.
    mutating func forgetRevisions() {
        for index in waiting.indices {
            var words = waiting[index].line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
            guard words.count > 4, words[0] == "RESOLVE", words[3] == "REV" else { continue }
            words[4] = "\(FeedEvent.firstRevision)"
            waiting[index].line = words.joined(separator: " ")
        }
    }

    /// The next line to say.
    mutating func next() -> String? {
        guard sent < waiting.count else { return nil }
        defer { sent += 1 }
        return waiting[sent].said
    }

    /// Takes `OK` with the tag of the oldest question; nil where it is not that, else the answer once it is whole.
    mutating func answered(_ tag: String, _ words: [String]) -> FeedAnswer?? {
        guard collecting == nil, let line = oldest(tag) else { return nil }
        let answer = FeedAnswer(question: line, words: words)
        guard let lines = answer.field("lines").flatMap({ Int($0) }), lines > 0 else {
            forgetOldest()
            return .some(answer)
        }
        collecting = (answer, lines)
        return .some(nil)
    }

    /// Takes a counted line, whatever its class, since nothing comes between; nil where none is due.
    mutating func counted(_ line: String) -> FeedAnswer?? {
        guard var open = collecting else { return nil }
        open.answer.lines.append(line)
        open.missing -= 1
        collecting = open.missing > 0 ? open : nil
        guard open.missing == 0 else { return .some(nil) }
        forgetOldest()
        return .some(open.answer)
    }

    mutating func refused(_ tag: String, _ refusal: ServerRefusal) -> FeedAnswer? {
        guard collecting == nil, let line = oldest(tag) else { return nil }
        forgetOldest()
        return FeedAnswer(question: line, refusal: refusal)
    }

    /// The oldest question, where it was said with this tag.
    private func oldest(_ tag: String) -> String? {
        guard sent > 0, let first = waiting.first, first.tag == tag else { return nil }
        return first.line
    }

    private mutating func forgetOldest() {
        waiting.removeFirst()
        sent -= 1
    }
}
