import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

/// Rows and lines of the same events are compared: a reader cannot tell which it was given.
@Suite struct UnsentEventsTests {
    private let events = (1...60).map { number in
        LoggedEvent(
            seq: Int64(number) * 2,
            alert: AlertID(UniqueID(high: 7, low: UInt64(number))),
            rev: number,
            type: .claimExpired,
            urgency: .immediate,
            at: Moment(seconds: 1_700_000_000 + Int64(number)),
            // Some of more than one line, and some longer than a line may be.
            body: number % 7 == 0 ? "{\n}" : #"{"n":"\#(String(repeating: "ä", count: number * 80))"}"#
        )
    }

    private var both: [UnsentEvents] { [.lines(EventRun(events, name: "desk")), .rows(events[...])] }

    private func text(_ run: EventRun, prev: Int64) -> String {
        var output = OutgoingLines()
        ServerLine.events(name: "desk", prev: prev, run).encode(into: &output)
        return output.take().map { String(buffer: $0) }.joined()
    }

    /// What is said in parts of so many events or bytes.
    private func said(_ unsent: UnsentEvents, most: Int = .max, room: Int = .max) -> (text: String, counts: [Int]) {
        var (unsent, text, prev, counts) = (unsent, "", Int64(0), [Int]())
        while !unsent.isEmpty {
            let part = unsent.removePrefix(most: most, room: room, name: "desk")
            text += self.text(part, prev: prev)
            prev = part.last ?? prev
            counts.append(part.count)
            if part.isEmpty { break }
        }
        return (text, counts)
    }

    @Test func `rows become the lines that they would have been at once, in parts as well`() {
        let expected = text(EventRun(events, name: "desk"), prev: 0)
        #expect(expected.split(separator: "\n").count == 60)
        for unsent in both {
            #expect(said(unsent).counts == [60])
            for (most, room) in [(Int.max, Int.max), (1, .max), (7, .max), (59, .max), (.max, 1), (.max, 9_000)] {
                #expect(said(unsent, most: most, room: room).text == expected)
            }
        }
    }

    @Test(arguments: [1, 2, 8_192, 20_000]) func `room is filled by the line that reaches it`(_ room: Int) {
        for var unsent in both {
            let part = unsent.removePrefix(most: .max, room: room, name: "desk")
            let all = text(part, prev: 0).utf8.count
            let withoutTheLast = all - FeedLimits.serverLine
            #expect(part.count >= 1)
            #expect(withoutTheLast <= room)
            #expect(unsent.count == 60 - part.count)
        }
    }

    @Test func `a page of rows ends where its bytes are full, and has one row in any case`() {
        func unsent(_ count: Int, bytes: Int) -> UnsentEvents {
            var event = events[0]
            event.body = String(repeating: "x", count: bytes)
            return .rows(ofPage: Array(repeating: event, count: count))
        }
        #expect(unsent(100, bytes: 7_900).count < 100 && unsent(90, bytes: 7_900).count == 90)
        // 96 rows that together are the page, or a byte more.
        func full(_ more: Int) -> UnsentEvents {
            let rows = (1...96).map { number in
                var event = events[0]
                let length = FeedLimits.pageBytes / 96 + (number == 96 ? more : 0)
                event.body = String(repeating: "x", count: length - EventLine.likelyFrame)
                return event
            }
            return .rows(ofPage: rows)
        }
        #expect(full(-1).count == 96 && full(0).count == 96 && full(1).count == 95)
        #expect(unsent(3, bytes: FeedLimits.pageBytes).count == 1)
        #expect(unsent(0, bytes: 1).isEmpty)
    }

    @Test func `nothing is taken without room, and the rest is what was not`() {
        for var unsent in both {
            #expect(unsent.removePrefix(most: 0, room: .max, name: "desk").isEmpty)
            #expect(unsent.removePrefix(most: .max, room: 0, name: "desk").isEmpty)
            #expect(unsent.count == 60 && unsent.last == 120)
            #expect(unsent.removePrefix(most: 20, room: .max, name: "desk").last == 40)
            #expect(unsent.rises(after: 40) && !unsent.rises(after: 42))
        }
    }

    @Test(arguments: [([2, 4], 1, true), ([2, 4], 2, false), ([4, 2], 1, false), ([2, 2], 1, false), ([], 9, true)])
    func `positions that do not rise are seen`(_ seqs: [Int64], _ position: Int64, _ rises: Bool) {
        let chosen = seqs.compactMap { seq in events.first { $0.seq == seq } }
        #expect(UnsentEvents.rows(chosen[...]).rises(after: position) == rises)
        #expect(UnsentEvents.lines(EventRun(chosen)).rises(after: position) == rises)
    }
}
