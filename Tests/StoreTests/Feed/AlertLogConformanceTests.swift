import Safeguarding
import Store
import TestSupport
import Testing

/// What FEED/1 relies on, on the real log and on the double that its own tests use.
@Suite(needsServer)
struct AlertLogConformanceTests {
    private let reader = Principal.coordinator()

    @Test(arguments: Implementation.allCases)
    func `a first subscription begins at head, and a page brings what came after`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            for _ in 0..<3 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            #expect(start.at == 3)
            #expect(start.behind == 0)
            #expect(start.open == 3)
            #expect(!start.viewChanged)
            #expect(start.lastEnd == nil)
            #expect(start.position.head == 3)
            #expect(start.position.floor == 1)
            let fourth = try await subject.publish()
            let page = try await subject.page(start, reader)
            #expect(page.events == [fourth])
            #expect(page.readTo == 4)
            #expect(page.position.head == 4)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `pages are dense, in order, and end where the log does`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let first = try await subject.publish()
            let second = try await subject.publish(first.alert)
            #expect([first.rev, second.rev] == [1, 2])
            for _ in 0..<5 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            #expect(start.at == 0)
            #expect(start.behind == 7)
            #expect(start.open == 6)
            var seen: [Int64] = []
            var after = start.at
            while true {
                let page = try await subject.page(start, reader, after: after, limit: 3)
                seen += page.events.map(\.seq)
                if page.readTo == after { break }
                after = page.readTo
            }
            #expect(seen == Array(1...7))
        }
    }

    @Test(arguments: Implementation.allCases)
    func `acknowledgements are durable, cumulative and never go back`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            for _ in 0..<5 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            try await subject.log.acknowledge(start.subscription, seq: 3, sent: 5)
            try await subject.log.acknowledge(start.subscription, seq: 3, sent: 5)
            await #expect(throws: FeedRefusal.ackBackwards) {
                try await subject.log.acknowledge(start.subscription, seq: 2, sent: 5)
            }
            await #expect(throws: FeedRefusal.beyondHead(start.position)) {
                try await subject.log.acknowledge(start.subscription, seq: 6, sent: 5)
            }
            try await subject.log.ended(start.subscription, reason: "slow", sent: 5)
            let lines = try await subject.log.cursors(reader)
            #expect(lines.map(\.name) == ["desk"])
            #expect(lines.map(\.acked) == [3])
            #expect(lines.map(\.sent) == [5])
            #expect(lines.map(\.head) == [5])
            #expect(lines.map(\.lastEnd) == ["slow"])
            let again = try await subject.log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            #expect(again.at == 3)
            #expect(again.behind == 2)
            #expect(again.lastEnd == "slow")
            #expect(try await subject.log.cursors(reader).map(\.lastEnd) == [nil], "this one has not ended")
            let third = try await subject.log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            #expect(third.lastEnd == "lost", "not how the one before it ended")
            #expect(again.subscription.generation == start.subscription.generation + 1)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a name that stands goes on standing, in the view to which it has moved`(on implementation: Implementation)
        async throws
    {
        let statutory = Principal.coordinator(clearances: [.statutory])
        try await implementation.with { subject in
            func open(by principal: Principal, isStanding: Bool) async throws -> FeedSubscription {
                try await subject.log.subscribe(
                    principal,
                    name: "hook",
                    from: .head,
                    filter: .everything,
                    isStanding: isStanding
                ).subscription
            }
            func stands() async throws -> [Bool] {
                try await subject.log.cursors(reader).map(\.isStanding)
                    + subject.log.cursors(statutory).map(\.isStanding)
            }
            let first = try await open(by: reader, isStanding: true)
            #expect(try await stands() == [true])
            _ = try await open(by: statutory, isStanding: true)
            #expect(try await stands() == [true, true], "read in both views")
            try await subject.log.ended(first, reason: "revoked", sent: 0)
            let moved = try await open(by: statutory, isStanding: false)
            #expect(try await stands() == [false, true])
            try await subject.log.ended(moved, reason: "revoked", sent: 0)
            _ = try await open(by: reader, isStanding: false)
            #expect(try await stands() == [true, false], "whoever moves it without the word moves it standing")
        }
    }

    @Test(arguments: Implementation.allCases)
    func `however many ask at once, a person has sixteen names`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...24 {
                    group.addTask {
                        do {
                            let name = "n-\(number)"
                            _ = try await subject.log.subscribe(reader, name: name, from: .head, filter: .everything)
                            return true
                        } catch FeedRefusal.tooManySubscriptions {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 16)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `the newer connection of a name fences the older one`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            try await subject.publish()
            let older = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            let newer = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            await #expect(throws: FeedRefusal.replaced) {
                try await subject.log.acknowledge(older.subscription, seq: 1, sent: 1)
            }
            await #expect(throws: FeedRefusal.replaced) { try await subject.page(older, reader) }
            await #expect(throws: FeedRefusal.replaced) {
                try await subject.log.advance(older.subscription, readTo: 1)
            }
            let lost = try await subject.log.replaced([newer.subscription, older.subscription])
            #expect(lost == [older.subscription])
            try await subject.log.ended(older.subscription, reason: "replaced", sent: 1)
            #expect(try await subject.log.cursors(reader).map(\.lastEnd) == [nil])
            try await subject.log.acknowledge(newer.subscription, seq: 1, sent: 1)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a position of another epoch is refused with where the log stands`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            for _ in 0..<2 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            try await subject.beginEpoch(in: .open)
            let now = try await subject.log.position(of: .open)
            #expect(now.epoch != start.position.epoch)
            #expect(now.head == 2 + EpochGuard.margin)
            let refusal = FeedRefusal.epochChanged(now)
            await #expect(throws: refusal) { try await subject.page(start, reader) }
            await #expect(throws: refusal) {
                try await subject.log.acknowledge(start.subscription, seq: 1, sent: 1)
            }
            // The cursor stands at the floor; a position that the epoch before has given beyond its end is one that is lost.
            await #expect(throws: FeedRefusal.epochChanged(now, from: 0)) {
                try await subject.log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            }
            // Of an epoch that nobody knows, or that came before the one before, nothing is sure.
            await #expect(throws: refusal) {
                try await subject.log.subscribe(
                    reader,
                    name: "a",
                    from: .after(seq: 1, epoch: "x"),
                    filter: .everything
                )
            }
            for (seq, from) in [(1, 1), (2, 2), (3, 2), (.max, 2)] as [(Int64, Int64)] {
                await #expect(throws: FeedRefusal.epochChanged(now, from: from)) {
                    try await subject.log.subscribe(
                        reader,
                        name: "desk",
                        from: .after(seq: seq, epoch: start.position.epoch),
                        filter: .everything
                    )
                }
            }
            let again = try await subject.log.subscribe(
                reader,
                name: "desk",
                from: .after(seq: 1, epoch: now.epoch),
                filter: .everything
            )
            #expect(again.at == 1)
            #expect(try await subject.page(again, reader).events.map(\.seq) == [2])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what was dropped is never jumped over in silence`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            for _ in 0..<6 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            let epoch = start.position.epoch
            try await subject.dropBelow(4, in: .open)
            let now = LogPosition(epoch: epoch, head: 6, floor: 4)
            await #expect(throws: FeedRefusal.tooOld(now)) { try await subject.page(start, reader, after: 2) }
            #expect(try await subject.page(start, reader, after: 3).events.map(\.seq) == [4, 5, 6])
            for from in [FeedStart.resume, .after(seq: 2, epoch: epoch)] {
                await #expect(throws: FeedRefusal.tooOld(now)) {
                    try await subject.log.subscribe(reader, name: "desk", from: from, filter: .everything)
                }
            }
            await #expect(throws: FeedRefusal.beyondHead(now)) {
                try await subject.log.subscribe(
                    reader,
                    name: "desk",
                    from: .after(seq: 7, epoch: epoch),
                    filter: .everything
                )
            }
            for (from, at) in [(FeedStart.floor, 3), (.head, 6), (.after(seq: 3, epoch: epoch), 3)]
                as [(FeedStart, Int64)]
            {
                let again = try await subject.log.subscribe(reader, name: "desk", from: from, filter: .everything)
                #expect(again.at == at)
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a cursor with nothing unacknowledged moves on with what was read`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            for _ in 0..<4 { try await subject.publish() }
            let start = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            try await subject.log.advance(start.subscription, readTo: 3)
            try await subject.log.advance(start.subscription, readTo: 2)
            #expect(try await subject.log.cursors(reader).map(\.acked) == [3])
        }
    }

    @Test(arguments: Implementation.allCases)
    func
        `views have logs of their own, a reader who moves to the other starts at its head, and on the way back resumes`(
            on implementation: Implementation
        ) async throws
    {
        try await implementation.with { subject in
            try await subject.publish(in: .open)
            for _ in 0..<2 { try await subject.publish(in: .full) }
            let cleared = Principal.coordinator(clearances: [.statutory])
            let open = try await subject.log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            let full = try await subject.log.subscribe(cleared, name: "desk", from: .resume, filter: .everything)
            #expect(full.viewChanged)
            #expect(full.at == 2)
            #expect(full.subscription.view == .full)
            #expect(full.position.epoch != open.position.epoch)
            // Each view has its cursor: nobody replaced anybody.
            #expect(try await subject.page(open, reader).events.map(\.seq) == [1])
            try await subject.publish(in: .full)
            #expect(try await subject.page(full, cleared).events.map(\.seq) == [3])
            let back = try await subject.log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            #expect(back.viewChanged)
            // Where that cursor stood: nothing between is lost.
            #expect(back.at == 0)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a page of the other view is refused`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            try await subject.publish(in: .full)
            let cleared = Principal.coordinator(clearances: [.statutory])
            let full = try await subject.log.subscribe(cleared, name: "desk", from: .floor, filter: .everything)
            await #expect(throws: FeedRefusal.replaced) { try await subject.page(full, reader) }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a subject has sixteen names and no more, and old ones stay usable`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            for index in 1...16 {
                _ = try await subject.log.subscribe(reader, name: "n\(index)", from: .head, filter: .everything)
            }
            await #expect(throws: FeedRefusal.tooManySubscriptions) {
                try await subject.log.subscribe(reader, name: "n17", from: .head, filter: .everything)
            }
            _ = try await subject.log.subscribe(reader, name: "n16", from: .head, filter: .everything)
            let other = Principal.coordinator("ben")
            _ = try await subject.log.subscribe(other, name: "n17", from: .head, filter: .everything)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `open alerts are listed with their last event, by id, and leave the list when they close`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let first = try await subject.publish()
            let second = try await subject.publish()
            let third = try await subject.publish()
            let rising = try await subject.publish(first.alert)
            try await subject.publish(
                second.alert,
                in: .open,
                facts: FeedFacts(type: .closed, areas: ["E05-1"]),
                closes: true
            )
            let all = try await subject.log.openAlerts(reader, filter: .everything, after: nil, limit: 10)
            #expect(all.map(\.event) == [rising, third])
            let after = try await subject.log.openAlerts(reader, filter: .everything, after: first.alert, limit: 10)
            #expect(after.map(\.event) == [third])
            let one = try await subject.log.openAlerts(reader, filter: .everything, after: nil, limit: 1)
            #expect(one.map(\.event) == [rising])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `permissions come after the filter: areas, links and audience`(on implementation: Implementation) async throws
    {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            try await subject.publish(in: .open, FeedFacts(areas: ["A"]))
            try await subject.publish(in: .open, FeedFacts(areas: ["B", "C"]))
            try await subject.publish(in: .open, FeedFacts(cause: .unlocated, areas: ["A"]))
            try await subject.publish(in: .open, FeedFacts(areas: []))
            try await subject.publish(in: .open, FeedFacts(location: place, category: .takeaway, areas: ["B"]))
            try await subject.link(agency: "cctv", to: place)

            func seen(_ principal: Principal, _ filter: FeedFilter = .everything) async throws -> [Int64] {
                let start = try await subject.log.subscribe(principal, name: "p", from: .floor, filter: filter)
                let list = try await subject.log.openAlerts(principal, filter: filter, after: nil, limit: 100)
                let page = try await subject.page(start, principal, filter: filter)
                #expect(start.open == page.events.count)
                #expect(list.map(\.event.seq) == page.events.map(\.seq))
                return page.events.map(\.seq)
            }
            #expect(try await seen(.coordinator()) == [1, 2, 3, 4, 5])
            #expect(try await seen(.coordinator("b", areas: ["B"])) == [2, 3, 4, 5])
            #expect(try await seen(.coordinator("c", agency: "cctv", areas: ["B"])) == [2, 3, 4])
            #expect(try await seen(.coordinator("d", areas: ["B"]), FeedFilter(inclusions: [.area("A")])) == [3, 4])
            #expect(try await seen(.coordinator("e"), FeedFilter(exclusions: [.area("A")])) == [2, 3, 4, 5])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `many pages and acknowledgements at once are what each is alone, refusals among them`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            for index in 0..<6 {
                _ = try await subject.publish(nil, in: .open, FeedFacts(areas: index % 2 == 0 ? ["A"] : ["B"]))
            }
            let readers = [
                Principal.coordinator(), .coordinator("b", areas: ["B"]),
                .coordinator("c", agency: "cctv", areas: ["A"]),
                .coordinator("d", clearances: [.statutory]), .coordinator("e"),
            ]
            var reads: [PageRead] = []
            for (index, reader) in readers.enumerated() {
                for name in ["one", "two"] {
                    let filter = index % 2 == 0 ? FeedFilter.everything : FeedFilter(inclusions: [.area("B")])
                    let start = try await subject.log.subscribe(reader, name: name, from: .floor, filter: filter)
                    reads.append(
                        PageRead(
                            start.subscription,
                            principal: reader,
                            after: start.at + Int64(index % 3),
                            epoch: start.position.epoch,
                            limit: name == "one" ? 100 : 2,
                            filter: filter
                        )
                    )
                }
            }
            reads[3].epoch = "another"
            reads[5].subscription.generation += 1
            // The name is of the other view.
            reads[7].subscription.view = .open
            var alone: [Result<EventPage, FeedRefusal>] = []
            for read in reads { alone += try await subject.log.pages([read]) }
            #expect(try await subject.log.pages(reads) == alone)
            #expect(try await subject.log.pages(reads.reversed()) == alone.reversed())
            #expect(try await subject.log.pages([]) == [])
            #expect(alone[3] == .failure(.epochChanged(try await subject.log.position(of: .open))))
            #expect(alone[5] == .failure(.replaced) && alone[7] == .failure(.replaced))
            #expect(try alone[0].get().events.count == 6 && alone[1].get().events.count == 2)

            let head = try await subject.log.position(of: .open).head
            let refusals = try await subject.log.acknowledge([
                Acknowledgement(reads[0].subscription, seq: 2, sent: 3),
                Acknowledgement(reads[1].subscription, seq: head + 1, sent: 3),
                Acknowledgement(reads[5].subscription, seq: 1, sent: 1),
                Acknowledgement(reads[8].subscription, seq: 1, sent: 1),
            ])
            #expect(refusals == [nil, .beyondHead(try await subject.log.position(of: .open)), .replaced, nil])
            let cursors = try await subject.log.cursors(readers[0])
            #expect(cursors.map(\.acked) == [2, 0] && cursors.map(\.sent) == [3, 0])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a log that cannot be read says so`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            try await subject.setAvailable(false)
            await #expect(throws: (any Error).self) { try await subject.log.position(of: .open) }
            try await subject.setAvailable(true)
            #expect(try await subject.log.position(of: .open).head == 0)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what is done is audited`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            try await subject.log.audit(reader, action: "feed.sub", detail: "name=desk at=3")
        }
    }
}

extension LogUnderTest {
    /// A page as one who reads alone gets it, and as who reads with others does.
    func page(
        _ start: SubscriptionStart,
        _ principal: Principal,
        after: Int64? = nil,
        limit: Int = 100,
        filter: FeedFilter = .everything
    ) async throws -> EventPage {
        let read = PageRead(
            start.subscription,
            principal: principal,
            after: after ?? start.at,
            epoch: start.position.epoch,
            limit: limit,
            filter: filter
        )
        let page = try await log.page(read)
        // In company it is another statement, which must find the same.
        for together in try await log.pages([read, read]) { #expect(try together.get() == page) }
        return page
    }
}
