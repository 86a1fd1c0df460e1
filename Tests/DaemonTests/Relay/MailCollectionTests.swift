import AlertFeed
import Safeguarding
import Testing

@testable import placeguard

/// When mailboxes are told, and of how much at a time.
struct MailCollectionTests {
    private func event(
        _ seq: Int64,
        _ type: String = "rising",
        urgency: String = "high",
        rev: Int = 1,
        at offset: Int64 = 0
    ) -> FeedEvent {
        FeedEvent(
            name: "mail",
            seq: seq + offset,
            prev: seq + offset - 1,
            type: type,
            alert: "alt_\(seq)",
            rev: rev,
            urgency: urgency,
            at: Moment(seconds: 1_764_187_200),
            body: "{}"
        )
    }

    private func seqs(_ collection: MailCollection, at seconds: Int) -> [Int64]? {
        collection.due(at: .seconds(seconds))?.events.map(\.seq)
    }

    /// Tells what is due, and answers it.
    private func tell(_ collection: inout MailCollection, at seconds: Int) -> [Int64]? {
        guard let batch = collection.due(at: .seconds(seconds)) else { return nil }
        collection.told(batch, at: .seconds(seconds))
        return batch.events.map(\.seq)
    }

    @Test func `the first is told at once, those behind it together when the time has passed`() {
        var collection = MailCollection(every: .seconds(300))
        #expect(seqs(collection, at: 1_000) == nil)
        collection.add(event(1), epoch: "e")
        #expect(tell(&collection, at: 1_000) == [1])
        for seq in 2...9 as ClosedRange<Int64> { collection.add(event(seq), epoch: "e") }
        #expect(seqs(collection, at: 1_299) == nil)
        #expect(tell(&collection, at: 1_300) == [2, 3, 4, 5, 6, 7, 8, 9])
        #expect(seqs(collection, at: 9_000) == nil)
    }

    @Test(arguments: [("rising", "immediate"), ("immediate", "high"), ("escalated", "normal")])
    func `what cannot wait takes along what can`(_ type: String, _ urgency: String) {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1), epoch: "e")
        #expect(tell(&collection, at: 0) == [1])
        collection.add(event(2), epoch: "e")
        collection.add(event(3, type, urgency: urgency), epoch: "e")
        #expect(tell(&collection, at: 1) == [2, 3])
    }

    @Test func `what cannot wait does not wait behind an earlier epoch's events either`() {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1), epoch: "a")
        #expect(tell(&collection, at: 0) == [1])
        collection.add(event(2), epoch: "a")
        collection.add(event(1, urgency: "immediate"), epoch: "b")
        #expect(tell(&collection, at: 1) == [2])
        #expect(tell(&collection, at: 1) == [1])
    }

    @Test func `an exercise is answered at once and lets no message wait, but not past an alert that waits`() {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1, "exercise", urgency: "low"), epoch: "e")
        #expect(tell(&collection, at: 0) == [1])
        collection.add(event(2), epoch: "e")
        #expect(tell(&collection, at: 1) == [2], "an exercise was no message")
        collection.add(event(3, "muted", urgency: "low"), epoch: "e")
        #expect(tell(&collection, at: 2) == [3])
        collection.add(event(4), epoch: "e")
        collection.add(event(5, "exercise", urgency: "low"), epoch: "e")
        #expect(seqs(collection, at: 300) == nil, "acknowledged, it would take the alert along")
        #expect(tell(&collection, at: 301) == [4, 5])
    }

    @Test(arguments: [99, 100, 101]) func `a hundred do not wait`(count: Int64) {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1), epoch: "e")
        #expect(tell(&collection, at: 0) == [1])
        for seq in 2..<(2 + count) { collection.add(event(seq), epoch: "e") }
        #expect(tell(&collection, at: 1)?.count == (count < 100 ? nil : 100))
        #expect(seqs(collection, at: 301)?.count == (count == 99 ? 99 : count == 101 ? 1 : nil))
    }

    @Test func `what comes again after a break is told once, and a new epoch's events are a message of their own`() {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1), epoch: "a")
        collection.add(event(2), epoch: "a")
        collection.add(event(1), epoch: "a")
        collection.add(event(2), epoch: "a")
        collection.add(event(2, rev: 2), epoch: "b")
        #expect(tell(&collection, at: 0) == [1, 2])
        #expect(collection.due(at: .seconds(300))?.epoch == "b")
        #expect(tell(&collection, at: 300) == [2])
        #expect(seqs(collection, at: 900) == nil)
    }

    @Test func `without a time between them each has a message of its own`() {
        var collection = MailCollection(every: .zero)
        for seq in 1...3 as ClosedRange<Int64> { collection.add(event(seq), epoch: "e") }
        #expect((1...3).map { _ in tell(&collection, at: 0) } == [[1], [2], [3]])
    }

    /// Tells what is due, and answers which alerts at which revision.
    private func told(_ collection: inout MailCollection, at seconds: Int) -> [String]? {
        guard let batch = collection.due(at: .seconds(seconds)) else { return nil }
        collection.told(batch, at: .seconds(seconds))
        return batch.events.map { "\($0.alert) \($0.rev)" }
    }

    @Test func `after a failover what was told or waits is not told again, and what came in place of what was lost is`()
    {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1), epoch: "a")
        #expect(told(&collection, at: 0) == ["alt_1 1"])
        collection.add(event(2), epoch: "a")
        collection.add(event(3), epoch: "a")
        // The second revision is another: an urgency that the lost one had not.
        collection.add(event(3, rev: 2, at: 1), epoch: "a")
        for seq in 1...3 as ClosedRange<Int64> { collection.add(event(seq, at: 1_000), epoch: "b") }
        collection.add(event(3, urgency: "normal", rev: 2, at: 1_001), epoch: "b")
        #expect(told(&collection, at: 300) == ["alt_2 1", "alt_3 1", "alt_3 2"])
        #expect(told(&collection, at: 600) == ["alt_3 2"], "with the positions of what is known")
        #expect(told(&collection, at: 900) == nil)
        for seq in 1...3 as ClosedRange<Int64> { collection.add(event(seq, at: 2_000), epoch: "c") }
        #expect(told(&collection, at: 900) == [], "nor after another")
        #expect(collection.count == 0)
    }

    @Test func `what cannot wait and was told before a failover does not hurry what can`() {
        var collection = MailCollection(every: .seconds(300))
        collection.add(event(1, urgency: "immediate"), epoch: "a")
        #expect(tell(&collection, at: 0) == [1])
        collection.add(event(1, urgency: "immediate", at: 1_000), epoch: "b")
        collection.add(event(2, at: 1_000), epoch: "b")
        #expect(seqs(collection, at: 299) == nil)
        #expect(seqs(collection, at: 300) == [1_002])
    }
}
