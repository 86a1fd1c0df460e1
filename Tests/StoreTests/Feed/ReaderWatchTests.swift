import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Exercises and ended watches, as the database remembers them.
@Suite(needsServer)
struct ReaderWatchTests {
    private let ana = Principal.coordinator("ana")

    private func age(_ scene: Scene, seconds: Double) async throws {
        _ = try await scene.rows(
            "UPDATE placeguard.exercise SET at = at - make_interval(secs => $1)",
            [.double(seconds)]
        )
        _ = try await scene.rows(
            "UPDATE placeguard.feed_cursor SET subscribed = subscribed - make_interval(secs => $1)",
            [.double(seconds)]
        )
    }

    /// What is in the log is of yesterday, and the last digest of the day before.
    private func letMorningCome(_ scene: Scene) async throws {
        for statement in [
            "ALTER TABLE placeguard.feed DISABLE TRIGGER append_only",
            "UPDATE placeguard.feed SET at = at - interval '1 day'",
            "ALTER TABLE placeguard.feed ENABLE TRIGGER append_only",
            "UPDATE placeguard.digest SET until = until - interval '2 days'",
        ] as [StaticString] {
            _ = try await scene.fixture.owner.lend { try await $0.query(Statement(statement)) }
        }
    }

    private func events(_ scene: Scene, _ reader: Principal, from: FeedStart = .floor) async throws -> [LoggedEvent] {
        let log = PostgresLogUnderTest(scene)
        let start = try await log.log.subscribe(reader, name: "look", from: from, filter: .everything)
        return try await log.page(start, reader).events
    }

    @Test(arguments: [899, 900, 901.0])
    func `a reader is exercised a quarter of an hour after the last time, and not before`(_ seconds: Double)
        async throws
    {
        try await Scene.with { scene in
            let reader = ConnectedReader(subject: "ana", view: .open, names: ["desk"])
            try await scene.withClockStopped(for: .assessor) { connection in
                let watch = scene.readerWatch(writing: connection)
                #expect(try await watch.exercise([reader]) == 0)
                try await age(scene, seconds: seconds)
                #expect(try await watch.exercise([reader]) == (seconds >= 900 ? 1 : 0))
                #expect(try await watch.exercise([reader]) == 0)
            }
            #expect(try await events(scene, ana).map(\.type) == (seconds >= 900 ? [.exercise] : []))
            #expect(try await events(scene, .coordinator("ben")).isEmpty)
        }
    }

    @Test func `two exercises without an acknowledgement are told to the operator, and seen in LAG`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            let reader = ConnectedReader(subject: "ana", view: .open, names: ["desk"])
            let start = try await log.subscribe(ana, name: "desk", from: .head, filter: .everything)
            _ = try await scene.watch.exercise([reader])
            #expect(try await log.cursors(ana).map(\.exercise) == [nil])
            let other = ConnectedReader(subject: "ben", view: .open, names: ["desk"])
            for (expected, answer) in [([], ExerciseAnswer.due), ([reader], .missed), ([reader], .missed)] {
                try await age(scene, seconds: 1_000)
                #expect(try await scene.watch.exercise([reader]) == 1)
                #expect(try await log.cursors(ana).map(\.exercise) == [answer])
                try await age(scene, seconds: 58)
                #expect(try await scene.watch.unanswered([other, reader]).isEmpty, "the last has its minute")
                try await age(scene, seconds: 3)
                #expect(try await scene.watch.unanswered([other, reader]) == expected)
            }
            let away = ConnectedReader(subject: "ana", view: .open, names: ["wall"])
            #expect(
                try await scene.watch.unanswered([away]).isEmpty,
                "a subscription that is not connected waits for nobody"
            )
            try await log.acknowledge(start.subscription, seq: 3, sent: 3)
            #expect(try await log.cursors(ana).map(\.exercise) == [.answered])
            #expect(try await scene.watch.unanswered([other, reader]).isEmpty)
        }
    }

    @Test(arguments: [1_859, 1_860, 1_861.0])
    func `a standing subscription is silent when it has acknowledged nothing for longer than two exercises take`(
        _ seconds: Double
    ) async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            try await log.publish()
            let start = try await log.log.subscribe(
                ana,
                name: "hook",
                from: .floor,
                filter: .everything,
                isStanding: true
            )
            _ = try await log.log.subscribe(ana, name: "desk", from: .head, filter: .everything)
            try await scene.withClockStopped(for: .assessor) { connection in
                _ = try await scene.rows(
                    """
                    UPDATE placeguard.feed_cursor SET standing = placeguard.clock_timestamp() - make_interval(secs => $1)
                    WHERE standing IS NOT NULL
                    """,
                    [.double(seconds)]
                )
                let silent = try await scene.readerWatch(writing: connection).silent()
                #expect(silent.map(\.name) == (seconds > 1_860 ? ["hook"] : []))
            }
            try await log.log.acknowledge(start.subscription, seq: 1, sent: 1)
            #expect(try await scene.watch.silent().isEmpty)
        }
    }

    @Test func `a relay that keeps ending is silent, also where the log goes on without it, until it acknowledges`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            func subscribe() async throws -> FeedSubscription {
                try await log.log.subscribe(
                    ana,
                    name: "hook",
                    from: .resume,
                    filter: .everything,
                    isStanding: true
                ).subscription
            }
            var subscription = try await subscribe()
            _ = try await scene.rows(
                "UPDATE placeguard.feed_cursor SET standing = standing - interval '2000 seconds'"
            )
            try await log.log.ended(subscription, reason: "lost", sent: 0)
            subscription = try await subscribe()
            let silent = try await scene.watch.silent()
            #expect(silent.map(\.subject) == ["ana"] && silent.map(\.name) == ["hook"] && silent.map(\.view) == [.open])
            try await log.publish()
            try await log.log.advance(subscription, readTo: 1)
            #expect(try await scene.watch.silent().count == 1)
            try await log.publish()
            try await log.log.acknowledge(subscription, seq: 2, sent: 2)
            #expect(try await scene.watch.silent().isEmpty)
        }
    }

    @Test func `a relay that was taken away is retired once, by its name and reader, and stands again when it runs`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            let standing = StandingSubscriptions(source: scene.fixture.admin)
            func subscribe() async throws {
                _ = try await log.subscribe(ana, name: "hook", from: .resume, filter: .everything, isStanding: true)
            }
            try await subscribe()
            for (name, subject) in [("hook", "ben"), ("other", "ana")] {
                await #expect(throws: StandingRefusal.notThere) {
                    try await standing.retire(name, of: subject, by: "tests")
                }
            }
            try await standing.retire("hook", of: "ana", by: "tests")
            #expect(try await log.cursors(ana).map(\.isStanding) == [false])
            await #expect(throws: StandingRefusal.notThere) {
                try await standing.retire("hook", of: "ana", by: "tests")
            }
            #expect(
                try await scene.count("SELECT count(*) FROM placeguard.audit_entry WHERE action = 'feed.retire'") == 1
            )
            try await subscribe()
            #expect(try await log.cursors(ana).map(\.isStanding) == [true])
        }
    }

    @Test func `several daemons send one exercise`() async throws {
        try await Scene.with { scene in
            let reader = ConnectedReader(subject: "ana", view: .open, names: ["desk"])
            _ = try await scene.watch.exercise([reader])
            try await age(scene, seconds: 1_000)
            let sent = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await scene.watch.exercise([reader]) } }
                return try await group.reduce(0, +)
            }
            #expect(sent == 1)
            #expect(try await events(scene, ana).count == 1)
        }
    }

    @Test func `a place that is gone, withheld, never was or is the reader's own ends a watch, once`() async throws {
        try await Scene.with { scene in
            let here = try await scene.place("Here", category: .takeaway)
            let merged = try await scene.place("Merged", category: .takeaway)
            let withheld = try await scene.place("Withheld", category: .residential)
            let own = try await scene.place("Own", category: .takeaway)
            let never = LocationID(UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_ffff))
            try await scene.link(agency: "licensing", to: own)
            for place in [here, merged, own] { try await open(place, scene) }
            let log = PostgresLogUnderTest(scene).log
            let filter = FeedFilter(
                inclusions: ([here, merged, withheld, own, never].map { .location($0) }) + [.kind(.rising)],
                text: "terms"
            )
            let start = try await log.subscribe(ana, name: "desk", from: .head, filter: filter)
            for _ in 0..<2 { try await scene.watch.watch(start.subscription, filter: filter, of: ana) }
            let told = try await events(scene, ana)
            #expect(told.allSatisfy { $0.type == .watchEnded })
            #expect(Set(told.map(\.body)) == Set([withheld, own, never].map(body)))

            _ = try await scene.rows(
                "UPDATE placeguard.location SET merged_into = $2 WHERE id = $1",
                [.id(merged), .id(here)]
            )
            for _ in 0..<2 { try await scene.watch.watch(start.subscription, filter: filter, of: ana) }
            #expect(try await events(scene, ana).last?.body == body(merged))
            #expect(try await events(scene, ana).count == 4)
            #expect(try await events(scene, .coordinator("ben")).isEmpty)
        }
    }

    @Test func `an area that is no longer known, or does not meet the token's, ends a watch until it is back`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            let reader = Principal.coordinator("ana", areas: ["E05-1"])
            let filter = FeedFilter(inclusions: [.area("E05-1"), .area("E05-9")], text: "terms")
            let start = try await log.subscribe(reader, name: "desk", from: .head, filter: filter)
            func watch() async throws -> Int {
                try await scene.watch.watch(start.subscription, filter: filter, of: reader)
                return try await events(scene, reader).count
            }
            #expect(try await watch() == 0, "without boundaries nothing is known of areas")
            try await scene.fixture.importArea("E05-1", west: 0)
            #expect(try await watch() == 1)
            try await scene.fixture.importArea("E05-9", west: 0.5)
            #expect(try await watch() == 1, "known, but it does not meet the token's area: told already")
            _ = try await scene.rows(
                "UPDATE placeguard.area SET boundary = ST_Translate(boundary, -0.5, 0) WHERE code = 'E05-9'"
            )
            #expect(try await watch() == 1)
            _ = try await scene.rows("DELETE FROM placeguard.area WHERE code = 'E05-9'")
            #expect(try await watch() == 2)
        }
    }

    @Test func `the morning tells what was of low urgency since the last, as far as the reader may see it`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let limited = Principal.coordinator("ben", areas: ["E05-2"])
            #expect(try await scene.watch.digest([ana, limited]) == 0, "whoever is new begins with the next")
            for (type, area) in [(EventType.easing, "E05-1"), (.easing, "E05-2"), (.closed, "E05-1")] {
                _ = try await log.publish(
                    nil,
                    in: .open,
                    facts: FeedFacts(type: type, urgency: .low, areas: [area]),
                    closes: true
                )
            }
            _ = try await log.publish(nil, in: .open, facts: FeedFacts(type: .rising, areas: ["E05-2"]), closes: true)
            _ = try await log.publish(nil, in: .full, facts: FeedFacts(type: .easing, urgency: .low), closes: true)
            #expect(try await scene.watch.digest([ana, limited]) == 0, "not before the next morning")
            try await letMorningCome(scene)
            #expect(try await scene.watch.digest([ana, limited]) == 2)
            #expect(try await scene.watch.digest([ana, limited]) == 0)
            let told = try await events(scene, ana, from: .after(seq: 4, epoch: try await scene.epoch(.open)))
            #expect(told.map(\.type) == [.digest])
            let body = try #require(told.last?.body)
            #expect(body.contains(#""events":3,"types":{"closed":1,"easing":2},"alerts":["alt_"#), "\(body)")
            let others = try await events(scene, limited, from: .after(seq: 4, epoch: try await scene.epoch(.open)))
            #expect(others.last?.body.contains(#""events":1,"types":{"easing":1}"#) == true)
        }
    }

    @Test func `tokens of one person that see different areas have a digest each, and the narrower none of the wider`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let everywhere = Principal.coordinator("ana")
            let limited = Principal.coordinator("ana", areas: ["E05-2"])
            #expect(try await scene.watch.digest([everywhere, limited]) == 0)
            for area in ["E05-1", "E05-1", "E05-2"] {
                let facts = FeedFacts(type: .easing, urgency: .low, areas: [area])
                _ = try await log.publish(nil, in: .open, facts: facts, closes: true)
            }
            try await letMorningCome(scene)
            #expect(try await scene.watch.digest([everywhere, limited]) == 2)
            let behind = FeedStart.after(seq: 3, epoch: try await scene.epoch(.open))
            func counts(_ reader: Principal) async throws -> [Int64?] {
                try await events(scene, reader, from: behind).map { event in
                    try JSONReader.read(bytes: Array(event.body.utf8))["digest"]?["events"]?.integer
                }
            }
            #expect(try await counts(limited) == [1])
            #expect(Set(try await counts(everywhere)) == [1, 3])
            for (areas, told) in [(["E05-1", "E05-2"], 1), (["E05-2", "E06"], 1), (["E05-1"], 0)] {
                #expect(try await counts(.coordinator("ana", areas: areas)).count == told, "\(areas)")
            }
        }
    }

    @Test func `of two tokens that share an area neither is sent the other's digest`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let west = Principal.coordinator("ana", areas: ["E05-1", "E05-2"])
            let east = Principal.coordinator("ana", areas: ["E05-2", "E05-3"])
            _ = try await scene.watch.digest([west, east])
            for area in ["E05-1", "E05-1", "E05-2", "E05-3"] {
                let facts = FeedFacts(type: .easing, urgency: .low, areas: [area])
                _ = try await log.publish(nil, in: .open, facts: facts, closes: true)
            }
            try await letMorningCome(scene)
            #expect(try await scene.watch.digest([west, east]) == 2)
            let behind = FeedStart.after(seq: 4, epoch: try await scene.epoch(.open))
            func counts(_ areas: [String]) async throws -> [Int64] {
                try await events(scene, .coordinator("ana", areas: areas), from: behind).compactMap { event in
                    try JSONReader.read(bytes: Array(event.body.utf8))["digest"]?["events"]?.integer
                }.sorted()
            }
            #expect(try await counts(west.areas) == [3])
            #expect(try await counts(east.areas) == [2])
            #expect(try await counts(["E05-2"]) == [])
            #expect(try await counts(["E05-3", "E05-1", "E05-2"]) == [2, 3], "whoever has all of them")
        }
    }

    @Test func `a digest leaves out what its reader has muted`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let reader = Principal.coordinator("ana")
            _ = try await scene.watch.digest([reader])
            let filter = FeedFilter(inclusions: [.area("E05-1")], text: "area:E05-1")
            let request = MuteRequest(terms: filter, seconds: 3_600, reason: "works all week", isForAll: false)
            let mute = try await scene.mutes.propose(request, by: reader).id
            _ = try await scene.mutes.confirm(mute, by: reader)
            let place = try await scene.place("Marlowick Grill")
            for area in ["E05-1", "E05-2"] {
                let facts = FeedFacts(type: .easing, urgency: .low, location: place, areas: [area])
                _ = try await log.publish(nil, in: .open, facts: facts, closes: true)
            }
            try await letMorningCome(scene)
            #expect(try await scene.watch.digest([reader]) == 1)
            let behind = FeedStart.after(seq: 3, epoch: try await scene.epoch(.open))
            let body = try #require(try await events(scene, reader, from: behind).last?.body)
            #expect(body.contains(#""events":1,"types":{"easing":1}"#), "\(body)")
        }
    }

    @Test func `a digest counts what came before the log began anew`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            #expect(try await scene.watch.digest([ana]) == 0)
            _ = try await log.publish(nil, in: .open, facts: FeedFacts(type: .easing, urgency: .low), closes: true)
            try await log.beginEpoch(in: .open)
            _ = try await log.publish(nil, in: .open, facts: FeedFacts(type: .closed, urgency: .low), closes: true)
            try await letMorningCome(scene)
            #expect(try await scene.watch.digest([ana]) == 1)
            let last = FeedStart.after(seq: EpochGuard.margin + 2, epoch: try await scene.epoch(.open))
            let body = try #require(try await events(scene, ana, from: last).last?.body)
            #expect(body.contains(#""events":2,"types":{"closed":1,"easing":1}"#), "\(body)")
        }
    }

    @Test(arguments: [49, 50, 51])
    func `a digest names fifty alerts at most and counts all events`(_ count: Int64) async throws {
        try await Scene.with { scene in
            _ = try await scene.watch.digest([ana])
            _ = try await scene.rows("UPDATE placeguard.digest SET until = until - interval '2 days'")
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.feed
                    (view, seq, alert, rev, at, type, cause, urgency, location, areas, everywhere, tags, body)
                SELECT 'open', n, placeguard.uuid_v7(), 1, clock_timestamp() - interval '1 day',
                    CASE WHEN n % 2 = 0 THEN 'easing' ELSE 'closed' END, 'risk', 'low', NULL, '{}', true, '{}', '{}'
                FROM generate_series(1, $1) AS n
                """,
                [.int64(count)]
            )
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET seq = $1 WHERE view = 'open'", [.int64(count)])
            #expect(try await scene.watch.digest([ana]) == 1)
            let behind = FeedStart.after(seq: count, epoch: try await scene.epoch(.open))
            let body = try #require(try await events(scene, ana, from: behind).last?.body)
            let digest = try JSONReader.read(bytes: Array(body.utf8))["digest"]
            #expect(digest?["events"]?.integer == count)
            #expect(digest?["alerts"]?.array?.count == min(Int(count), 50))
        }
    }

    @Test func `a morning with nothing to tell says nothing, and is not told later`() async throws {
        try await Scene.with { scene in
            _ = try await scene.watch.digest([ana])
            _ = try await scene.rows("UPDATE placeguard.digest SET until = until - interval '2 days'")
            #expect(try await scene.watch.digest([ana]) == 0)
            let until = try await scene.rows("SELECT until FROM placeguard.digest")[0].moment(0)
            let now = try await scene.rows("SELECT clock_timestamp()")[0].moment(0)
            #expect(until == DailyDigest.morning(before: now))
        }
    }

    private func body(_ place: LocationID) -> String {
        NoticeBody.text(
            [("watch", .object([("name", .string("desk")), ("term", .string("location:" + place.text))]))],
            marking: "TEST"
        )
    }

    /// The open view knows of it.
    private func open(_ place: LocationID, _ scene: Scene) async throws {
        _ = try await scene.rows("UPDATE placeguard.location SET has_open_item = true WHERE id = $1", [.id(place)])
    }
}
