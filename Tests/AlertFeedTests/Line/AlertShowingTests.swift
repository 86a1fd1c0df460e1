import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

/// The lines of one SHOW reply.
@Suite struct AlertShowingTests {
    private func event(_ rev: Int, body: String = "{}") -> LoggedEvent {
        LoggedEvent(
            seq: Int64(rev),
            alert: AlertID(UniqueID(high: 1, low: 2)),
            rev: rev,
            type: .note,
            urgency: .high,
            at: Moment(seconds: Int64(rev)),
            body: body
        )
    }

    private func history(_ events: [LoggedEvent], _ acts: [RecordedAct] = [], isShortened: Bool = false) -> AlertHistory
    {
        AlertHistory(
            isOpen: true,
            standing: events.last ?? event(1),
            events: events,
            acts: acts,
            isShortened: isShortened
        )
    }

    private func words(_ showing: AlertShowing) -> [String] {
        String(buffer: showing.lines).split(separator: "\n").map { line in
            line.split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

    private func fields(_ showing: AlertShowing) -> String { showing.fields.map(\.text).joined(separator: " ") }

    @Test func `an act stands before the revision that tells of it`() {
        let acts = [2, 3].map { at in
            RecordedAct(at: Moment(seconds: at), kind: .note, by: "ana", actionID: "\(at)", text: "x", rev: Int(at))
        }
        let showing = AlertShowing(history((1...3).map { event($0) }, acts), byteLimit: 10_000)
        #expect(
            words(showing) == [
                "ALERT alt_00000000-0000-0001-0000-000000000002", "EVENT 1", "ACTION 1970-01-01T00:00:02Z", "EVENT 2",
                "ACTION 1970-01-01T00:00:03Z", "EVENT 3",
            ]
        )
        #expect(fields(showing) == "lines=6 state=open")
        #expect(fields(AlertShowing(history([event(1)], isShortened: true), byteLimit: 10_000)).hasSuffix(" shortened"))
    }

    /// One byte less than all lines need leaves the oldest out, and says so.
    @Test(arguments: [-1, 0, 1])
    func `the oldest lines go where not all fit`(_ offset: Int) {
        let events = history((1...5).map { event($0) })
        let whole = AlertShowing(events, byteLimit: .max)
        let showing = AlertShowing(events, byteLimit: whole.lines.readableBytes + offset)
        #expect(fields(showing) == (offset < 0 ? "lines=5 state=open shortened" : "lines=6 state=open"))
        #expect(words(showing).dropFirst().first == (offset < 0 ? "EVENT 2" : "EVENT 1"))
        #expect(words(showing).last == "EVENT 5")
    }

    @Test func `the words of an act stay on one line whatever they are, and fit it`() {
        let worst = String(repeating: "\u{1}", count: FeedLimits.clientLine)
        let act = RecordedAct(
            at: Moment(seconds: 1),
            kind: .note,
            by: "a b\n",
            actionID: "1",
            text: worst + "\u{2028}\n\"",
            rev: 1
        )
        let lines = String(buffer: AlertShowing(history([event(1)], [act]), byteLimit: 100_000).lines)
            .split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.utf8.count < FeedLimits.serverLine })
        #expect(lines[1].hasPrefix("ACTION 1970-01-01T00:00:01Z NOTE a_b_ 1 {\"text\":\"\\u0001"))
    }

    @Test func `a body that is too long for its line follows it in pieces, whatever is in it`() throws {
        let body = #"{"a":""# + String(repeating: "né\"\\\u{1}🚕", count: 2_000) + "\"}"
        let showing = AlertShowing(history([event(1, body: body)]), byteLimit: 200_000)
        let lines = String(buffer: showing.lines).split(separator: "\n")
        #expect(lines.first?.hasSuffix(#","more":true}"#) == true)
        #expect(lines.allSatisfy { $0.utf8.count < FeedLimits.serverLine })
        let pieces = try lines.filter { $0.hasPrefix("BODY ") }.map { line in
            try #require(try JSONReader.read(bytes: Array(line.dropFirst(5).utf8))["text"]?.string)
        }
        #expect(pieces.joined() == body)
        #expect(fields(showing) == "lines=\(pieces.count + 2) state=open")
        #expect(AlertShowing(history([event(1)]), byteLimit: 10_000).count == 2, "only where it has to")
    }

    @Test func `the earlier alert is named`() {
        var history = history([event(1)], isShortened: true)
        history.earlier = AlertID(UniqueID(high: 3, low: 4))
        let showing = AlertShowing(history, byteLimit: 10_000)
        #expect(
            fields(showing) == "lines=2 state=open earlier=alt_00000000-0000-0003-0000-000000000004 shortened"
        )
    }

    @Test(arguments: [-1, 0, 1])
    func `a revision keeps the limit of a line`(_ offset: Int) {
        func line(_ body: String) -> Int {
            let lines = String(buffer: AlertShowing(history([event(1, body: body)]), byteLimit: 100_000).lines)
            return (lines.split(separator: "\n").last?.utf8.count ?? 0) + 1
        }
        let body = String(repeating: "x", count: FeedLimits.serverLine - line("{}") + 2 + offset)
        #expect((line(body) == FeedLimits.serverLine + offset) == (offset <= 0))
    }
}
