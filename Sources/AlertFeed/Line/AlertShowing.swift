package import NIOCore
package import Safeguarding

/// The lines of one SHOW reply, encoded and counted: the alert, the body that was too long for its line, then its revisions and what
/// was done with it, oldest first.
package struct AlertShowing: Sendable, Hashable {
    /// ALERT, BODY, EVENT and ACTION lines, each with its LF.
    package private(set) var lines = ByteBuffer()
    package private(set) var count = 0
    private let isOpen: Bool
    private let earlier: AlertID?
    private let isShortened: Bool

    /// - Parameter byteLimit: The oldest lines go where not all fit.
    package init(_ history: AlertHistory, byteLimit: Int) {
        isOpen = history.isOpen
        earlier = history.earlier
        let head = [AlertListing.encode(history.standing)] + AlertShowing.pieces(of: history.standing)
        var room = head.reduce(byteLimit) { $0 - $1.readableBytes }
        var latest: [ByteBuffer] = []
        var isShortened = history.isShortened
        for line in AlertShowing.story(history).reversed() {
            guard line.readableBytes <= room else {
                isShortened = true
                break
            }
            room -= line.readableBytes
            latest.append(line)
        }
        self.isShortened = isShortened
        count = head.count + latest.count
        for line in head + latest.reversed() { lines.writeImmutableBuffer(line) }
    }

    /// `lines=n state=open|closed`, `earlier=<alert>` where there is one, and `shortened` where the beginning is not shown.
    var fields: [LineField] {
        [LineField("lines", count), LineField("state", isOpen ? "open" : "closed")]
            + (earlier.map { [LineField("earlier", $0.text)] } ?? [])
            + (isShortened ? [LineField(flag: "shortened")] : [])
    }

    /// `BODY {"text":"..."}`, the texts of which are the alert's body; none where its line has it.
    private static func pieces(of event: LoggedEvent) -> [ByteBuffer] {
        guard AlertListing.isShort(event) else { return [] }
        var pieces = [""]
        for scalar in event.body.unicodeScalars {
            if (pieces.last?.utf8.count ?? 0) + 4 > pieceBytes { pieces.append("") }
            pieces[pieces.count - 1].unicodeScalars.append(scalar)
        }
        return pieces.map { piece in
            var line = ByteBuffer()
            line.write(line: ["BODY", JSON.object([("text", .string(piece))]).text])
            return line
        }
    }

    /// A line holds it however much of it has to be escaped.
    private static let pieceBytes = (FeedLimits.serverLine - 32) / 6

    /// Revisions and acts in one order. An act stands before the revision that tells of it.
    private static func story(_ history: AlertHistory) -> [ByteBuffer] {
        var acts = history.acts[...]
        var story: [ByteBuffer] = []
        for event in history.events {
            while let act = acts.first, act.rev <= event.rev { story.append(encode(acts.removeFirst())) }
            story.append(encode(event))
        }
        return story + acts.map(encode)
    }

    /// `EVENT <seq> <rev> <type> <urgency> <time> {json}`.
    private static func encode(_ event: LoggedEvent) -> ByteBuffer {
        let words = [
            "EVENT", String(event.seq), String(event.rev), event.type.rawValue, event.urgency.rawValue,
            event.at.rfc3339,
        ]
        return EventBody.line(words, event)
    }

    /// `ACTION <time> <verb> <subject> <action-id> {json}`, the words of the act as `text`.
    private static func encode(_ act: RecordedAct) -> ByteBuffer {
        let text = JSON.object([("text", .string(act.text))]).text
        let (by, id) = (LineField.word(act.by), LineField.word(act.actionID))
        var line = ByteBuffer()
        line.write(line: ["ACTION", act.at.rfc3339, act.kind.verb.rawValue, by, id, text])
        return line
    }
}
