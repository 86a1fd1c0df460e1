import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

/// What a subscriber is sent is compared with the lines that each event alone would make.
@Suite struct EventRunTests {
    private let events = (1...40).map { number in
        LoggedEvent(
            seq: Int64(number) * 3,
            alert: AlertID(UniqueID(high: 1, low: 2)),
            rev: 1,
            type: .rising,
            urgency: .immediate,
            at: Moment(seconds: 0),
            body: #"{"n":"\#(String(repeating: "x", count: number))"}"#
        )
    }

    private func text(_ run: EventRun, name: String = "desk", prev: Int64) -> String {
        var output = OutgoingLines()
        ServerLine.events(name: name, prev: prev, run).encode(into: &output)
        return output.takeText()
    }

    private func tail(of event: LoggedEvent) -> String {
        "\(event.type.rawValue) \(event.alert.text) \(event.rev) \(event.urgency.rawValue) \(event.at.rfc3339) \(event.body)\n"
    }

    private func expected(_ events: some Sequence<LoggedEvent>, name: String = "desk", prev: Int64) -> String {
        var (text, prev) = ("", prev)
        for event in events {
            text += "EVT \(name) \(event.seq) \(prev) " + tail(of: event)
            prev = event.seq
        }
        return text
    }

    @Test func `a run is the lines of its events, each behind the one before it`() {
        #expect(text(EventRun(events), prev: 2) == expected(events, prev: 2))
        #expect(text(EventRun(), prev: 2).isEmpty)
    }

    @Test(arguments: [1, 7, 39, 40, 41]) func `what is said in parts is what is said at once`(most: Int) {
        var run = EventRun(events)
        var (said, prev, parts) = ("", Int64(2), [Int]())
        while !run.isEmpty {
            let part = run.removePrefix(most: most, room: .max)
            said += text(part, prev: prev)
            prev = part.last ?? prev
            parts.append(part.count)
        }
        #expect(said == expected(events, prev: 2))
        #expect(parts.dropLast().allSatisfy { $0 == most })
        #expect(parts.reduce(0, +) == 40)
    }

    @Test func `two readers of one run are each told their own name and place`() {
        var one = EventRun(events)
        var other = one
        _ = one.removePrefix(most: 10, room: .max)
        #expect(text(one, name: "desk", prev: 30) == expected(events[10...], name: "desk", prev: 30))
        let head = other.removePrefix(most: 10, room: .max)
        #expect(text(head, name: "night.duty", prev: 0) == expected(events[..<10], name: "night.duty", prev: 0))
        #expect(Array(other.seqs) == events[10...].map(\.seq))
    }

    /// Of half a kilobyte each.
    private func lines(_ count: Int) -> [LoggedEvent] {
        (1...count).map { number in
            LoggedEvent(
                seq: Int64(number),
                alert: AlertID(UniqueID(high: 1, low: 2)),
                rev: number,
                type: .rising,
                urgency: .high,
                at: Moment(seconds: 0),
                body: #"{"n":"\#(String(repeating: "x", count: 500))"}"#
            )
        }
    }

    @Test func `who has the name that most have shares the lines behind the first, others get their own`() {
        let events = lines(40)
        let run = EventRun(events, name: "desk")
        for (name, parts) in [("desk", 2), ("night", 1), ("des", 1), ("desks", 1)] {
            var output = OutgoingLines()
            ServerLine.events(name: name, prev: 0, run).encode(into: &output)
            let taken = output.take()
            #expect(taken.count == parts)
            #expect(taken.map { String(buffer: $0) }.joined() == expected(events, name: name, prev: 0))
        }
    }

    @Test(arguments: [1, 8, 9, 39]) func `parts of a run with a name are its lines, shared or too short for that`(
        _ first: Int
    ) {
        let events = lines(40)
        var run = EventRun(events, name: "desk")
        let head = run.removePrefix(most: first, room: .max)
        #expect(text(head, prev: 7) == expected(events[..<first], prev: 7))
        #expect(text(run, prev: Int64(first)) == expected(events[first...], prev: Int64(first)))
        #expect(text(run, name: "night", prev: 3) == expected(events[first...], name: "night", prev: 3))
    }

    @Test func `what is written before and behind shared lines keeps its place`() {
        var output = OutgoingLines()
        output.write { $0.writeString("a") }
        output.write { $0.writeString("b") }
        output.share(ByteBuffer(string: "c"))
        output.share(ByteBuffer(string: "d"))
        output.write { $0.writeString("e") }
        #expect(output.readableBytes == 5)
        #expect(output.take().map { String(buffer: $0) } == ["ab", "c", "d", "e"])
        #expect(output.readableBytes == 0)
        #expect(output.take().isEmpty)
    }

    /// So that what is read is told even where there is hardly room, and the room is exceeded by less than a line.
    @Test(arguments: [-1, 0, 1]) func `room is filled by the line that reaches it`(_ offset: Int) {
        var run = EventRun(events)
        let exact = EventRun(Array(events[..<5])).likelyLength
        #expect(run.removePrefix(most: .max, room: exact + offset).count == (offset > 0 ? 6 : 5))
        #expect(run.removePrefix(most: .max, room: 0).isEmpty)
        #expect(run.removePrefix(most: 0, room: .max).isEmpty)
        #expect(run.count == (offset > 0 ? 34 : 35))
    }

    @Test(arguments: [-1, 0, 1]) func `a run takes what its bytes allow, from the front`(_ offset: Int) {
        let two = expected(events[..<2], prev: 0).utf8.count - 2 * "EVT desk ".utf8.count
        let room = two + EventLine.longestHead + tail(of: events[2]).utf8.count
        let run = EventRun(events, byteLimit: room + offset)
        #expect(run.count == (offset < 0 ? 2 : 3))
        #expect(text(run, prev: 2) == expected(events[..<run.count], prev: 2))
    }

    @Test func `a run that was said in whole keeps no bytes`() {
        var run = EventRun(events)
        _ = run.removePrefix(most: 40, room: .max)
        #expect(run == EventRun())
    }
}
