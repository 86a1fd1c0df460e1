import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

struct PageEncodingTests {
    private let position = LogPosition(epoch: "open-1", head: 200, floor: 1)

    private func event(_ seq: Int64, _ body: String = "{}") -> LoggedEvent {
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

    private func page(_ events: [LoggedEvent]) -> Result<EventPage, FeedRefusal> {
        .success(EventPage(events: events, readTo: 150, position: position))
    }

    private func read(_ name: String = "desk", view: View = .open) -> PageRead {
        let subscription = FeedSubscription(subject: "ana", name: name, view: view, generation: 1)
        return PageRead(subscription, principal: .ana, after: 0, epoch: "open-1", limit: 1_000, filter: .everything)
    }

    /// What a reader called `desk` is told.
    private func parts(_ outcome: PageOutcome, name: String = "desk") -> [String] {
        guard case .read(.lines(let run), _, _) = outcome else { return ["no lines were read"] }
        var output = OutgoingLines()
        ServerLine.events(name: name, prev: 0, run).encode(into: &output)
        return output.take().map { String(buffer: $0) }
    }

    @Test func `whoever was read the same is told the same, and every other page is its own`() {
        let (same, other) = ([event(1, "{\"v\":1}"), event(2)], [event(1, "{\"v\":2}"), event(2)])
        let pages = [page(same), page(other), page(same), page([]), page([same[1]])]
        let reads = [read(), read(view: .full), read(), read(), read()]
        let said = PageEncoding.outcomes(of: pages, for: reads)
        for (outcome, events) in zip(said, [same, other, same, [], [same[1]]]) {
            #expect(outcome == .read(events: .lines(EventRun(events, name: "desk")), readTo: 150, position: position))
        }
    }

    @Test func `a refusal stays with the one whom it concerns`() {
        let pages = [.failure(.replaced), page([event(1)])] as [Result<EventPage, FeedRefusal>]
        let said = PageEncoding.outcomes(of: pages, for: [read(), read()])
        #expect(said.first == .refused(.replaced))
        #expect(said.last == .read(events: .lines(EventRun([event(1)], name: "desk")), readTo: 150, position: position))
    }

    @Test func `the name that most have is the one whose lines are shared`() throws {
        let events = (1...40).map { event(Int64($0), "{\"n\":\"" + String(repeating: "x", count: 500) + "\"}") }
        let reads = [read("night"), read("desk"), read("desk")]
        let said = PageEncoding.outcomes(of: reads.map { _ in page(events) }, for: reads)
        #expect(parts(said[1]).count == 2, "the first line, which is each reader's own, and the others")
        #expect(parts(said[0], name: "night").count == 1)
        #expect(
            parts(said[1]).joined() == parts(said[0], name: "night").joined().replacing("EVT night ", with: "EVT desk ")
        )
    }

    @Test func `lines are encoded once: two readers are sent the same bytes and no copy of them`() {
        let events = (1...40).map { event(Int64($0), "{\"n\":\"" + String(repeating: "x", count: 500) + "\"}") }
        let reads = [read(), read()]
        // Each page an array of its own, as two queries would give.
        let pages = reads.map { _ in page(events.map { $0 }) }
        let outputs = PageEncoding.outcomes(of: pages, for: reads).map { outcome -> [ByteBuffer] in
            guard case .read(.lines(let run), _, _) = outcome else { return [] }
            var output = OutgoingLines()
            ServerLine.events(name: "desk", prev: 0, run).encode(into: &output)
            return output.take()
        }
        #expect(outputs.map(\.count) == [2, 2])
        // While both are there, so that no address is given twice.
        let addresses = outputs.map { parts in
            parts.last.map { unsafe $0.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } } ?? 0
        }
        #expect(Set(addresses).count == 1 && addresses != [0, 0])
    }

    @Test func `who reads alone gets rows`() {
        let said = PageEncoding.outcomes(of: [page([event(1), event(2)])], for: [read()])
        #expect(said == [.read(events: .rows([event(1), event(2)]), readTo: 150, position: position)])
        #expect(PageEncoding.outcomes(of: [.failure(.replaced)], for: [read()]) == [.refused(.replaced)])
    }

    @Test(arguments: [false, true])
    func `a page of too many bytes ends where they are full, and the rest is read again`(_ readsAlone: Bool) {
        let events = (1...100).map { event(Int64($0), "{\"x\":\"" + String(repeating: "x", count: 7_900) + "\"}") }
        let pages = [page(events), page(Array(events[..<20]))]
        let outcomes =
            readsAlone
            ? pages.flatMap { PageEncoding.outcomes(of: [$0], for: [read()]) }
            : PageEncoding.outcomes(of: pages, for: [read(), read()])
        guard case .read(let most, let readTo, _) = outcomes[0], case .read(let small, let smallTo, _) = outcomes[1]
        else {
            Issue.record("both pages were read")
            return
        }
        #expect((95...99).contains(most.count))
        #expect(readTo == most.last && readTo == Int64(most.count))
        #expect(small.count == 20 && smallTo == 150)
    }
}
