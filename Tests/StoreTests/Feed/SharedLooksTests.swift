import Postgres
import Safeguarding
import StoreTestSupport
import TestSupport
import Testing

@testable import Store

/// Readers of one agency, areas, filter and position are answered by one look; what is theirs alone stays theirs.
@Suite(needsServer)
struct SharedLooksTests {
    private func read(
        _ reader: Principal = .coordinator(),
        after: Int64 = 0,
        limit: Int = 10,
        filter: FeedFilter = .everything
    ) -> PageRead {
        let subscription = FeedSubscription(subject: reader.subject, name: "all", view: reader.view, generation: 1)
        return PageRead(subscription, principal: reader, after: after, epoch: "E", limit: limit, filter: filter)
    }

    @Test func `one look answers readers of one agency, areas, filter and position, with room for the widest window`() {
        let looks = SharedLooks([
            read(limit: 1), read(.coordinator("ben"), limit: 200), read(.coordinator("cat", agency: "cctv")),
            read(.coordinator("dan", areas: ["A"])), read(after: 1), read(filter: FeedFilter(inclusions: [.area("A")])),
            read(.coordinator("eve"), limit: 0),
        ])
        #expect(looks.group == [0, 0, 1, 2, 3, 4, 0])
        #expect(looks.groups.map(\.most) == [200, 10, 10, 10, 10])
        #expect(looks.groups.map(\.common) == [0, 0, 2, 3, 4], "those of two agencies may look together")
        #expect(looks.groups.map(\.commonMost) == [200, 200, 10, 10, 10])
        #expect(SharedLooks([]).groups.isEmpty)
    }

    @Test(arguments: Implementation.allCases)
    func `a place, a mute and a notice of one reader change nothing for those who look with them`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let hotel = try await subject.place(category: .hotel)
            let park = try await subject.place(category: .park)
            let readers = ["ana", "ben", "cat", "dan", "eve"].map {
                Principal.coordinator($0, clearances: [.statutory])
            }
            try await subject.link(person: "cat", to: hotel)
            let terms = FeedFilter(inclusions: [.area("A")], text: "area=A")
            let wish = MuteRequest(terms: terms, seconds: 3_600, reason: "away for the week", isForAll: false)
            let mute = try await subject.mutes.propose(wish, by: readers[0]).id
            _ = try await subject.mutes.confirm(mute, by: readers[0])  // 1, to ana
            func happens(at place: LocationID, _ area: String) async throws {
                let facts = FeedFacts(location: place, areas: [area], bandTo: .amber)
                try await subject.publish(nil, in: .full, facts: facts, closes: true)
            }
            for _ in 0..<2 {  // 2 to 5
                try await happens(at: hotel, "A")
                try await happens(at: park, "B")
            }
            let place = FeedFilter(inclusions: [.location(park)], text: "location")
            let forAll = MuteRequest(terms: place, seconds: 3_600, reason: "closed for works", isForAll: true)
            let steward = Principal.steward("sue", clearances: [.statutory])
            let closed = try await subject.mutes.propose(forAll, by: steward).id
            _ = try await subject.mutes.confirm(closed, by: steward)  // 6, to all
            try await happens(at: park, "B")  // 7
            try await happens(at: hotel, "A")  // 8

            var reads: [PageRead] = []
            for (reader, limit) in zip(readers, [100, 100, 100, 2, 5]) {
                reads.append(try await subject.readsAll(reader, limit: limit))
            }
            #expect(SharedLooks(reads).groups.count == 1)
            let pages = try await subject.log.pages(reads).map { try $0.get() }
            #expect(pages[0].events.map(\.seq) == [1, 3, 5, 6])
            #expect(pages[1].events.map(\.seq) == [2, 3, 4, 5, 6, 8])
            #expect(pages[2].events.map(\.seq) == [3, 5, 6])
            #expect(pages[3].events.map(\.seq) == [2, 3])
            #expect(pages[4].events.map(\.seq) == [2, 3, 4, 5, 6])
            #expect(pages.map(\.readTo) == [8, 8, 8, 3, 6])
            for (index, read) in reads.enumerated() {
                #expect(try await subject.log.pages([read]).map { try $0.get() } == [pages[index]])
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a place of an agency is kept from all of it, and from nobody of the others who look in common`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let hotel = try await subject.place(category: .hotel)
            let park = try await subject.place(category: .park)
            try await subject.link(agency: "cctv", to: hotel)
            for place in [hotel, park, hotel] {
                let facts = FeedFacts(location: place, areas: ["A"], bandTo: .amber)
                try await subject.publish(nil, in: .full, facts: facts, closes: true)
            }
            var reads: [PageRead] = []
            // The first of the group in common is of the agency that is linked.
            for (name, agency, limit) in [
                ("cat", "cctv", 1), ("ana", "licensing", 2), ("dan", "cctv", 9), ("eve", "police", 9),
            ] {
                let reader = Principal.coordinator(name, agency: agency, clearances: [.statutory])
                reads.append(try await subject.readsAll(reader, limit: limit))
            }
            let pages = try await subject.log.pages(reads).map { try $0.get() }
            #expect(pages.map { $0.events.map(\.seq) } == [[2], [1, 2], [2], [1, 2, 3]])
        }
    }

    @Test func `events far apart are looked up one by one, those that stand together are read in one go`() async throws
    {
        try await Scene.with { scene in
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.feed
                    (view, seq, alert, rev, at, type, cause, urgency, location, areas, everywhere, tags, body)
                SELECT 'open', n, placeguard.uuid_v7(), 1, clock_timestamp(), 'raised', 'risk', 'high', NULL, '{A}', false,
                    CASE WHEN n % 100 = 0 THEN '{category:hotel}'::text[] ELSE '{}' END, '{}'
                FROM generate_series(1, 2000) AS n
                """
            )
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET seq = 2000 WHERE view = 'open'")
            let hotels = FeedFilter(inclusions: [.category(.hotel)], text: "category=hotel")
            for (filter, expected) in [
                (hotels, Array(stride(from: 100, through: 2_000, by: 100))), (.everything, Array(1...30)),
            ] {
                let looks = SharedLooks([read(limit: 30, filter: filter)])
                let seqs = try await scene.fixture.feed.transaction(
                    while: "reading",
                    reading: ReadScope(.coordinator())
                ) {
                    connection in
                    try await connection.query(PageStatement.statement(looks, in: .open)).flatMap { row in
                        try row.isNull(8) ? [] : row.int64s(8)
                    }
                }
                #expect(seqs.sorted() == expected.map(Int64.init))
            }
        }
    }

    @Test func `a page fetches what it shows and no more, however long the log and whatever its statistics say`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.feed
                    (view, seq, alert, rev, at, type, cause, urgency, location, areas, everywhere, tags, body)
                SELECT 'open', n, placeguard.uuid_v7(), 1, clock_timestamp(), 'raised', 'risk', 'high', NULL, '{A}', false,
                    '{}', '{}'
                FROM generate_series(1, 5000) AS n
                """
            )
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET seq = 5000 WHERE view = 'open'")
            let readers = (1...20).map { Principal.coordinator("reader\($0)") }
            let looks = SharedLooks(readers.map { read($0, after: 2_000, limit: 50) })
            let reading = ReadScope(.coordinator())
            let (page, fetched) = try await scene.fixture.feed.transaction(while: "reading", reading: reading) {
                connection in
                let page = try await connection.query(PageStatement.statement(looks, in: .open)).count
                let rows = try await connection.query(
                    """
                    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
                    FROM pg_stat_xact_user_tables WHERE relname LIKE 'feed\\_open%'
                    """
                )
                return (page, try rows[0].int64(0))
            }
            // Where the log stands, the look of all, the two blocks in which its events are; each event is found once and fetched once.
            #expect(page == 1 + 1 + 2)
            #expect(fetched >= 100 && fetched <= 110, "\(fetched) rows")
        }
    }
}

extension LogUnderTest {
    /// The first page of somebody who begins to read everything from the floor.
    fileprivate func readsAll(_ reader: Principal, limit: Int) async throws -> PageRead {
        let start = try await log.subscribe(reader, name: "all", from: .floor, filter: .everything)
        return PageRead(
            start.subscription,
            principal: reader,
            after: start.at,
            epoch: start.position.epoch,
            limit: limit,
            filter: .everything
        )
    }
}
