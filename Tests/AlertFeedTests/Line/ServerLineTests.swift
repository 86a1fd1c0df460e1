import AlertFeed
import NIOCore
import Safeguarding
import Testing

struct ServerLineTests {
    private func text(_ line: ServerLine) -> String {
        var output = OutgoingLines()
        line.encode(into: &output)
        return output.takeText()
    }

    private func event(seq: Int64 = 7, body: String) -> LoggedEvent {
        LoggedEvent(
            seq: seq,
            alert: AlertID(UniqueID(high: 1, low: 2)),
            rev: 3,
            type: .claimExpired,
            urgency: .immediate,
            at: Moment(seconds: 0),
            body: body
        )
    }

    @Test func `an event line has nine fields before its body`() {
        let line = text(.events(name: "desk", prev: 5, EventRun([event(body: #"{"a":"b c"}"#)])))
        #expect(
            line
                == "EVT desk 7 5 claim-expired alt_00000000-0000-0001-0000-000000000002 3 immediate 1970-01-01T00:00:00Z "
                + "{\"a\":\"b c\"}\n"
        )
    }

    /// At the limit, one below, one above, with the longest name and positions.
    @Test(arguments: [-1, 0, 1])
    func `the longest line has 8 192 bytes and a longer one becomes short`(_ offset: Int) {
        let name = String(repeating: "n", count: FeedLimits.name)
        let tail = text(.events(name: name, prev: .max, EventRun([event(seq: .max, body: "{}")]))).utf8
            .count
        let body = String(repeating: "x", count: FeedLimits.serverLine - tail + 2 + offset)
        let line = text(.events(name: name, prev: .max, EventRun([event(seq: .max, body: body)])))
        if offset <= 0 {
            #expect(line.utf8.count == FeedLimits.serverLine + offset)
            #expect(line.hasSuffix(body + "\n"))
        } else {
            #expect(line.hasSuffix(" {\"alert\":\"alt_00000000-0000-0001-0000-000000000002\",\"more\":true}\n"))
        }
    }

    @Test(arguments: ["", "{\"a\":\n1}", "{}\r", "{}\n"])
    func `a body that is not one line becomes short`(_ body: String) {
        #expect(
            text(.events(name: "desk", prev: 5, EventRun([event(body: body)]))).hasSuffix(
                ",\"more\":true}\n"
            )
        )
    }

    @Test(arguments: [-1, 0, 1])
    func `a listed alert keeps the limit too`(_ offset: Int) {
        let empty = AlertListing([OpenAlertLine(event: event(body: "{}"))], lineLimit: 1, byteLimit: 100_000)
        let body = String(repeating: "x", count: FeedLimits.serverLine - empty.lines.readableBytes + 2 + offset)
        let listing = AlertListing([OpenAlertLine(event: event(body: body))], lineLimit: 1, byteLimit: 100_000)
        #expect(listing.count == 1)
        #expect((listing.lines.readableBytes == FeedLimits.serverLine + offset) == (offset <= 0))
    }

    @Test func `a listing stops at its lines and at its bytes and says where it goes on`() {
        let alerts = (1...5).map { number in
            var event = event(body: "{}")
            event.alert = AlertID(UniqueID(high: 1, low: UInt64(number)))
            return OpenAlertLine(event: event)
        }
        let third = alerts[2].event.alert.text
        #expect(
            text(.alerts(tag: "t", AlertListing(alerts, lineLimit: 5, byteLimit: 9_000))).hasPrefix(
                "OK @t LIST lines=5\n"
            )
        )
        let byLines = text(.alerts(tag: nil, AlertListing(alerts, lineLimit: 3, byteLimit: 9_000)))
        #expect(byLines.hasPrefix("OK LIST lines=3 more=\(third)\n"))
        let line = AlertListing(alerts, lineLimit: 1, byteLimit: 9_000).lines.readableBytes
        let byBytes = text(.alerts(tag: nil, AlertListing(alerts, lineLimit: 5, byteLimit: 4 * line - 1)))
        #expect(byBytes == byLines)
    }

    @Test(arguments: [(-1, 2), (0, 3), (1, 3)])
    func `a counted reply has the lines that fit`(_ offset: Int, _ count: Int) {
        let items = ["one", "two", "three"]
        let whole = CountedLines(items, byteLimit: .max) { ["PERSON", $0] }.lines.readableBytes
        let reply = CountedLines(items, byteLimit: whole + offset) { ["PERSON", $0] }
        #expect(reply.count == count)
        #expect(String(buffer: reply.lines).split(separator: "\n").count == count)
    }

    @Test func `stored words cannot break a line`() {
        let position = LogPosition(epoch: "e 1\nBYE", head: 1, floor: 1)
        #expect(FeedRefusal.epochChanged(position).text == "409 epoch=e_1_BYE head=1 floor=1")
        var cursor = CursorLine(name: "a b", acked: 1, sent: 2, head: 3, lastEnd: "x\ny", lastSeen: nil)
        #expect(
            text(.counted(tag: nil, verb: .lag, CountedLines([cursor], byteLimit: 9_000, words: ServerLine.words)))
                == "OK LAG lines=1\nCURSOR a_b 1 2 3 {\"lastEnd\":\"x\\ny\",\"lastSeen\":null}\n"
        )
        #expect(LineField("k", "").text == "k=-")
        cursor.exercise = .missed
        #expect(ServerLine.words(cursor).last == "{\"lastEnd\":\"x\\ny\",\"lastSeen\":null,\"exercise\":\"missed\"}")
        (cursor.exercise, cursor.isStanding) = (nil, true)
        #expect(ServerLine.words(cursor).last == "{\"lastEnd\":\"x\\ny\",\"lastSeen\":null,\"standing\":true}")
    }

    @Test func `every word has its code and no two mean the same`() {
        #expect(Set(FeedError.Word.allCases.map(\.rawValue)).count == FeedError.Word.allCases.count)
        for word in FeedError.Word.allCases { #expect((400...520).contains(word.code)) }
    }

    @Test func `the longest replies fit a line`() {
        let names = (0..<16).map { _ in String(repeating: "n", count: FeedLimits.name) }
        let positions = names.map { HeartbeatPosition(name: $0, sent: .max, acked: .max) }
        let beat = text(
            .heartbeat(head: .max, time: Moment(seconds: 0), positions: positions, isDatabaseDown: true)
        )
        #expect(beat.utf8.count < FeedLimits.serverLine)
        #expect(beat.hasSuffix(" db=down\n"))
        let filter = String(repeating: "f", count: FeedLimits.filterBytes)
        #expect(
            text(.ok(tag: names[0], verb: .showFilter, words: [names[0], filter])).utf8.count < FeedLimits.serverLine
        )
    }

    @Test func `many areas are counted instead of cut`() async throws {
        var principal = Principal.ana
        principal.areas = (0..<2_000).map { "E05\($0)" }
        let session = PureSession()
        session.credentials.add(principal, secret: "secret-ana")
        await session.send("HELLO 1 test 1")
        await session.send("AUTH TOKEN tok-ana.secret-ana")
        let line = try #require(session.takeLines().last)
        #expect(line.utf8.count < FeedLimits.serverLine)
        let areas = try #require(line.split(separator: " ").first { $0.hasPrefix("areas=") }?.split(separator: ","))
        let rest = try #require(areas.last?.dropFirst())
        #expect(areas.count - 1 + (Int(rest) ?? 0) == 2_000)
    }
}

extension FeedRefusal {
    fileprivate var text: String {
        guard case .epochChanged(let now, _) = self else { return "" }
        let fields = [LineField("epoch", now.epoch), LineField("head", now.head), LineField("floor", now.floor)]
        return "409 " + fields.map(\.text).joined(separator: " ")
    }
}
