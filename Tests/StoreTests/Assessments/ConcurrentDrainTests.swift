import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Several drains at once, and what stands in their way.
@Suite(needsServer)
struct ConcurrentDrainTests {
    @Test func `two drains at once decide every place once and number every event once`() async throws {
        try await Scene.with { scene in
            let places = 40
            for index in 0..<places {
                let place = try await scene.place("Place \(index)")
                try await scene.report(["shop-tick-debt", "hidden-back-room"], at: place)
                try await scene.put("location", place.value, priority: .background)
            }
            let subjects = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        var subjects = 0
                        while true {
                            let outcome = try await scene.drain(limit: 3)
                            subjects += outcome.subjects
                            let left = try await scene.store.secondsUntilDue(0...3) ?? 1
                            if !outcome.more, left > 0 { return subjects }
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(subjects >= places)
            for view in View.allCases {
                let numbers = try await scene.rows(
                    "SELECT array_agg(seq ORDER BY seq) FROM placeguard.feed WHERE view = $1",
                    [.name(view)]
                )
                #expect(try numbers[0].int64s(0) == Array(1...Int64(places)))
            }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert") == 2 * places)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.assessment") == 2 * places)
        }
    }

    @Test func `a place that is being decided elsewhere is left with its due rows`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let other = try await scene.place("Other")
            try await scene.report(at: place)
            try await scene.drain()
            try await scene.report(at: place)
            try await scene.report(at: other)
            try await scene.fixture.owner.transaction(while: "holding a place") { connection in
                _ = try await connection.query(
                    "SELECT FROM placeguard.location_state WHERE location = $1 AND view = 'open' FOR UPDATE",
                    [.id(place)]
                )
                _ = try await connection.query(
                    "SELECT FROM placeguard.item WHERE location = $1 FOR NO KEY UPDATE",
                    [.id(place)]
                )
                #expect(try await scene.drain().subjects == 1)
                // Found, not to be had, and worth asking again at once.
                #expect(try await scene.drain() == DrainOutcome(subjects: 0, events: 0, more: true))
            }
            #expect(try await scene.drain().subjects == 1)
        }
    }

    @Test func `an urgent report behind one whose place is locked is not kept waiting`() async throws {
        try await Scene.with { scene in
            let locked = try await scene.place()
            let other = try await scene.place("Other")
            try await scene.report(at: locked)
            try await scene.drain()
            try await scene.report(at: locked, happeningNow: true, receivedAgo: 120, priority: .now)
            try await scene.report(at: other, happeningNow: true, priority: .now)
            try await scene.fixture.owner.transaction(while: "holding a place") { connection in
                _ = try await connection.query(
                    "SELECT FROM placeguard.location_state WHERE location = $1 AND view = 'open' FOR UPDATE",
                    [.id(locked)]
                )
                _ = try await connection.query(
                    "SELECT FROM placeguard.item WHERE location = $1 FOR NO KEY UPDATE",
                    [.id(locked)]
                )
                let seen = Seen()
                #expect(try await scene.drain(0...1, seeing: seen).subjects == 1)
                #expect(seen.locations.map(\.id) == [other])
            }
        }
    }

    @Test func `a due row that comes during a decision outlives it, and so does the news it stands for`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(["shop-tick-debt", "hidden-back-room"], at: place)
            try await withThrowingDiscardingTaskGroup { group in
                try await scene.fixture.owner.transaction(while: "holding the counter") { connection in
                    _ = try await connection.query("SELECT FROM placeguard.feed_counter FOR UPDATE")
                    group.addTask { try await scene.drain() }
                    try await scene.waitUntilBlocked()
                    try await scene.report(at: place)
                }
            }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE reason = 'report'") == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.item WHERE considered_full IS NULL") == 1)
            try await scene.drain()
            #expect(try await scene.log(.full) == ["1 raised 1", "2 rising 2"])
        }
    }

    @Test func `numbers follow commits: a writer that stalls holds the next one, and no reader sees a hole`()
        async throws
    {
        try await Scene.with { scene in
            for name in ["First", "Second"] {
                try await scene.report(["a", "b"], at: try await scene.place(name))
            }
            try await withThrowingDiscardingTaskGroup { group in
                let stalled = try await scene.fixture.owner.transaction(
                    while: "publishing slowly",
                    reading: .everything
                ) { connection in
                    let seq = try await connection.query(
                        """
                        WITH counted AS (
                            UPDATE placeguard.feed_counter SET seq = seq + 1 WHERE view = 'open' RETURNING seq
                        )
                        INSERT INTO placeguard.feed (view, seq, alert, rev, at, type, cause, urgency, areas, everywhere,
                            tags, body)
                        SELECT 'open', seq, gen_random_uuid(), 1, clock_timestamp(), 'exercise', 'risk', 'low', '{}',
                            true, '{}', '{}'
                        FROM counted RETURNING seq
                        """
                    )[0].int64(0)
                    group.addTask { try await scene.drain() }
                    try await scene.waitUntilBlocked()
                    #expect(try await scene.log(.open) == [])
                    return seq
                }
                #expect(stalled == 1)
            }
            #expect(try await scene.log(.open) == ["1 exercise 1", "2 raised 1", "3 raised 1"])
            #expect(try await scene.log(.full) == ["1 raised 1", "2 raised 1"])
        }
    }

    @Test func `a rollback gives its numbers back`() async throws {
        struct Stop: Error {}
        try await Scene.with { scene in
            await #expect(throws: Stop.self) {
                try await scene.fixture.owner.transaction(while: "publishing in vain") { connection in
                    _ = try await connection.query(
                        "UPDATE placeguard.feed_counter SET seq = seq + 5 WHERE view = 'open'"
                    )
                    throw Stop()
                }
            }
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            #expect(try await scene.log(.open) == ["1 raised 1"])
        }
    }

    @Test func `a decision that throws leaves everything as it was`() async throws {
        struct Stop: Error {}
        try await Scene.with { scene in
            try await scene.report(at: try await scene.place())
            await #expect(throws: Stop.self) { try await scene.drain { _, _ in throw Stop() } }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due") == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.location_state") == 0)
            #expect(try await scene.drain().subjects == 1)
        }
    }

    @Test func `verdicts that do not match their subjects are refused`() async throws {
        try await Scene.with { scene in
            try await scene.report(at: try await scene.place())
            await #expect(throws: StoreError.self) { try await scene.drain { _, _ in [] } }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due") == 1)
        }
    }
}

extension Scene {
    /// Waits until some session of this database waits for a lock.
    func waitUntilBlocked() async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let waiting = try await rows(
                """
                SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE NOT l.granted AND a.datname = current_database()
                """
            )
            if !waiting.isEmpty { return }
            await Task.yield()
        }
        Issue.record("nothing came to wait")
    }
}
