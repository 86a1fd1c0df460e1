import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

struct EncodedEventCacheTests {
    private func event(_ seq: Int64, _ body: String) -> LoggedEvent {
        LoggedEvent(
            seq: seq,
            alert: AlertID(UniqueID(high: 0, low: UInt64(seq))),
            rev: 1,
            type: .raised,
            urgency: .high,
            at: Moment(seconds: 0),
            body: body
        )
    }

    @Test func `a row is encoded as it was read, whatever was there before`() {
        let cache = EncodedEventCache(capacity: 4)
        for round in 0..<3 {
            for seq in 1...10 as ClosedRange<Int64> {
                let event = event(seq, "{\"round\":\(round)}")
                #expect(cache.encode([event], in: .open) == [EncodedEvent(event)])
                #expect(cache.encode([event], in: .open) == [EncodedEvent(event)])
            }
        }
    }

    @Test func `views never share a row`() {
        let cache = EncodedEventCache(capacity: 4)
        let (open, full) = (event(1, "{\"v\":1}"), event(1, "{\"v\":2}"))
        #expect(cache.encode([open], in: .open).first == EncodedEvent(open))
        #expect(cache.encode([full], in: .full).first == EncodedEvent(full))
        #expect(cache.encode([full], in: .open).first == EncodedEvent(full))
    }

    @Test func `a page of too many bytes ends where they are full, and the rest is read again`() throws {
        let cache = EncodedEventCache(capacity: 4)
        let body = "{\"x\":\"" + String(repeating: "x", count: 7_900) + "\"}"
        let events = (1...100).map { event(Int64($0), body) }
        let position = LogPosition(epoch: "open-1", head: 200, floor: 1)
        let subscription = FeedSubscription(subject: "ana", name: "desk", view: .open, generation: 1)
        let reads = [1, 2].map { _ in
            PageRead(subscription, principal: .ana, after: 0, epoch: "open-1", limit: 1_000, filter: .everything)
        }
        let pages = [events, Array(events[..<20])].map {
            Result<EventPage, FeedRefusal>.success(EventPage(events: $0, readTo: 150, position: position))
        }
        let outcomes = cache.encode(pages, of: reads)
        guard case .read(let run, let readTo, _) = outcomes[0], case .read(let small, let smallTo, _) = outcomes[1]
        else {
            Issue.record("both pages were read")
            return
        }
        #expect((95...99).contains(run.count))
        #expect(readTo == run.last && readTo == Int64(run.count))
        #expect(small.count == 20 && smallTo == 150)
    }

    @Test func `a page keeps its order when half of it is known`() {
        let cache = EncodedEventCache(capacity: 100)
        let events = (1...20).map { event(Int64($0), "{}") }
        _ = cache.encode(events.filter { $0.seq % 2 == 0 }, in: .open)
        #expect(cache.encode(events, in: .open).map(\.seq) == events.map(\.seq))
    }
}
