import AlertFeed
import Safeguarding
import Testing

@testable import placeguard

/// What is passed on, and what of a log that comes again is known.
struct RelayQueueTests {
    private func event(_ seq: Int64, alert: Int64? = nil, rev: Int = 1, body: String = "{}") -> FeedEvent {
        FeedEvent(
            name: "hook",
            seq: seq,
            prev: seq - 1,
            type: "rising",
            alert: "alt_\(alert ?? seq)",
            rev: rev,
            urgency: "high",
            at: Moment(seconds: 1_764_187_200),
            body: body
        )
    }

    /// Which wait, those that are known in brackets.
    private func waiting(_ queue: RelayQueue) -> [String] {
        queue.waiting.map { $0.isKnown ? "(\($0.event.seq)@\($0.epoch))" : "\($0.event.seq)@\($0.epoch)" }
    }

    @Test func `what comes again after a break is taken up once`() {
        var queue = RelayQueue()
        let isNew = [1, 2, 1, 2, 3].map { queue.add(event($0), epoch: "a") }
        #expect(isNew == [true, true, false, false, true])
        queue.removeFirst(2)
        queue.add(event(2), epoch: "a")
        #expect(waiting(queue) == ["3@a"])
    }

    @Test func `after a failover what is the same to the letter is known, passed on or not, and nothing else`() {
        var queue = RelayQueue()
        for seq in 1...3 as ClosedRange<Int64> { queue.add(event(seq), epoch: "a") }
        queue.removeFirst(1)
        for seq in 1...3 as ClosedRange<Int64> { queue.add(event(1_000 + seq, alert: seq), epoch: "b") }
        queue.add(event(1_004, alert: 3, rev: 2), epoch: "b")
        queue.add(event(1_005, alert: 3, body: "{\"more\":true}"), epoch: "b")
        #expect(
            waiting(queue) == ["2@a", "3@a", "(1001@b)", "(1002@b)", "(1003@b)", "1004@b", "1005@b"]
        )
        // And after the next.
        queue.add(event(2_001, alert: 1), epoch: "c")
        #expect(waiting(queue).last == "(2001@c)")
        // The same fact twice in one epoch is two events.
        queue.add(event(2_002, alert: 1), epoch: "c")
        #expect(waiting(queue).last == "2002@c")
    }

    @Test(arguments: [4_094, 4_095, 4_096])
    func `so many are known as can be unacknowledged and more, and then the oldest is not`(others: Int64) {
        var queue = RelayQueue()
        for seq in 1...(1 + others) { queue.add(event(seq), epoch: "a") }
        queue.removeFirst(queue.waiting.count)
        queue.add(event(9_001, alert: 1), epoch: "b")
        queue.add(event(9_002, alert: 2), epoch: "b")
        #expect(waiting(queue) == [others < 4_096 ? "(9001@b)" : "9001@b", others < 4_096 ? "(9002@b)" : "9002@b"])
        let window = FeedClientSettings(host: "", port: 0, credential: nil).window
        #expect(RelayQueue.longestMemory > window + MailCollection.most)
    }
}
