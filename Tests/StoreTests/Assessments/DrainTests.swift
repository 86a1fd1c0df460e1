import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What one drain stores, in both views.
@Suite(needsServer)
struct DrainTests {
    @Test func `an immediate alert stays on the list of the urgent ones when a lesser report follows`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place, happeningNow: true)
            try await scene.drain()
            try await scene.report(at: place)
            try await scene.drain()
            #expect(try await scene.log(.open).count == 2)
            let log = PostgresAlertLog(scene.fixture.feed)
            for (floor, count) in [(Urgency.low, 1), (.immediate, 1)] {
                let filter = FeedFilter(inclusions: [.urgencyAtLeast(floor)], exclusions: [])
                let open = try await log.openAlerts(.coordinator(), filter: filter, after: nil, limit: 10)
                #expect(open.count == count)
                #expect(open.map(\.event.urgency) == [.immediate] && open.map(\.event.rev) == [2])
            }
        }
    }

    @Test func `a background transaction takes as many places as its items allow, one at least`() async throws {
        try await Scene.with { scene in
            let run = try await scene.run()
            for (name, items) in [("A", 2), ("B", 2), ("C", 5), ("D", 1)] {
                let place = try await scene.place(name)
                for _ in 0..<items { try await scene.report(at: place, priority: .background, run: run) }
            }
            let store = PostgresAssessmentStore(
                scene.fixture.assessor,
                notifier: PublicationNotifier(bell: scene.bell, logger: scene.fixture.logger),
                backgroundItems: 4
            )
            var sizes: [Int] = []
            while true {
                let seen = Seen()
                let outcome = try await store.drain(
                    0...3,
                    limit: 200,
                    templateID: Scene.template.id,
                    templateVersion: Scene.template.version
                ) { works, context in
                    seen.add(works, context)
                    return works.map { CountingDecider.decide($0, context) }
                }
                guard outcome.subjects > 0 else { break }
                sizes.append(seen.locations.reduce(0) { $0 + $1.items.count })
                #expect(outcome.more || sizes.reduce(0, +) == 10)
            }
            #expect(sizes.reduce(0, +) == 10)
            #expect(sizes.allSatisfy { $0 <= 4 || $0 == 5 } && sizes.contains(5))
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE priority = 3") == 0)
        }
    }

    @Test func `a report becomes an assessment, an alert and an event in both views`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(["shop-tick-debt", "hidden-back-room"], at: place)
            let outcome = try await scene.drain()
            #expect(outcome == DrainOutcome(subjects: 1, events: 2, openEvents: 1, more: false))
            #expect(try await scene.log(.open) == ["1 raised 1"])
            #expect(try await scene.log(.full) == ["1 raised 1"])
            let assessed = try await scene.rows(
                """
                SELECT view, band, effective_band, points, signs, kinds, kind_reports::text, cardinality(items),
                    latest_received IS NOT NULL, explanation->'events'->0->'items'->0->>'compartment', template_id
                FROM placeguard.assessment WHERE location = $1 ORDER BY view
                """,
                [.id(place)]
            )
            #expect(assessed.count == 2)
            for row in assessed {
                #expect(try row.text(1) == "amber")
                #expect(try row.text(2) == "amber")
                #expect(try row.int64(3) == 2 * Points.one)
                #expect(try row.texts(4) == ["hidden-back-room", "shop-tick-debt"])
                #expect(try row.texts(5) == ["licensing"])
                #expect(try row.text(6) == "{1}")
                #expect(try row.int32(7) == 2)
                #expect(try row.bool(8))
                #expect(try row.text(9) == "open-partner")
                #expect(try row.text(10) == "marlowick")
            }
            let state = try await scene.rows(
                """
                SELECT s.published_band, s.effective_band, s.list_order, s.residual, s.assessment = a.id, s.differs
                FROM placeguard.location_state s JOIN placeguard.assessment a USING (location, view)
                WHERE s.location = $1
                """,
                [.id(place)]
            )
            #expect(state.count == 2)
            for row in state {
                #expect(try row.text(0) == "amber")
                #expect(try row.text(1) == "amber")
                #expect(try row.int16(2) == 2)
                #expect(try row.int16(3) == 8)
                #expect(try row.bool(4))
                #expect(try !row.bool(5))
            }
            let alert = try await scene.rows(
                "SELECT view, rev, seq, is_open, urgency, tags, body FROM placeguard.alert ORDER BY view"
            )
            #expect(alert.count == 2)
            #expect(try alert[0].int32(1) == 1)
            #expect(try alert[0].int64(2) == 1)
            #expect(try alert[0].bool(3))
            #expect(try Set(alert[0].texts(5)).isSuperset(of: ["area:E05-1", "kind:raised", "band:amber"]))
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE due_at <= clock_timestamp()") == 0)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE priority = 2") == 1)
            #expect(scene.bell.count == 1)
        }
    }

    @Test func `what a view was scored under is read with it`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place)
            #expect(try await scene.store.work(for: place)?.work.full.lastTemplate == nil)
            try await scene.drain()
            let work = try #require(try await scene.store.work(for: place)).work
            for view in View.allCases {
                let template = ViewState.AssessedUnder(id: Scene.template.id, version: Scene.template.version)
                #expect(work.state(view).lastTemplate == template)
            }
        }
    }

    @Test func `a restricted item moves the full view only, and the open row tells that the bands differ`() async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(["shop-tick-debt", "hidden-back-room"], at: place)
            try await scene.drain()
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            try await scene.drain()
            #expect(try await scene.log(.open) == ["1 raised 1"])
            #expect(try await scene.log(.full) == ["1 raised 1", "2 rising 2"])
            let open = "SELECT count(*) FROM placeguard.assessment WHERE view = 'open'" as StaticString
            #expect(try await scene.count(open) == 1)
            let flags = try await scene.rows(
                "SELECT differs, differs_by_lado FROM placeguard.location_state WHERE view = 'open'"
            )
            #expect(try flags[0].bool(0))
            #expect(try !flags[0].bool(1))
            let marks = try await scene.rows(
                "SELECT considered_open IS NULL, considered_full IS NULL FROM placeguard.item ORDER BY version"
            )
            #expect(try marks.map { try $0.bool(0) } == [false, false, true])
            #expect(try marks.map { try $0.bool(1) } == [false, false, false])
        }
    }

    @Test func `only lado items that differ are told apart, and their release is read`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(["shop-tick-debt", "hidden-back-room"], at: place)
            try await scene.report(["staff-inappropriate-contact"], at: place, compartment: .lado)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.first?.isLADOReleased == false)
            let flags = try await scene.rows(
                "SELECT differs, differs_by_lado FROM placeguard.location_state WHERE view = 'open'"
            )
            #expect(try flags[0].bool(0))
            #expect(try flags[0].bool(1))
            _ = try await scene.rows(
                "INSERT INTO placeguard.lado_release (location, released, actor) VALUES ($1, true, 'person:dasha')",
                [.id(place)]
            )
            try await scene.put("location", place.value)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.last?.isLADOReleased == true)
        }
    }

    @Test func `an assessment is stored only when an output changed`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let first = try await scene.report(at: place)
            try await scene.drain()
            try await scene.put("location", place.value)
            let outcome = try await scene.drain()
            #expect(outcome.subjects == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.assessment") == 2)
            try await scene.withdraw(first)
            try await scene.drain()
            let left = try await scene.rows("SELECT assessment IS NULL, band IS NULL FROM placeguard.location_state")
            #expect(try left.allSatisfy { try $0.bool(0) && $0.bool(1) })
            #expect(try await scene.count("SELECT count(*) FROM placeguard.assessment") == 2)
        }
    }

    @Test func `a withdrawal is news once, and only of what had been considered`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let first = try await scene.report(at: place)
            try await scene.report(at: place)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            try await scene.withdraw(first)
            try await scene.drain(seeing: seen)
            try await scene.put("location", place.value)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map { $0.withdrawnNew[.full] } == [false, true, false])
            #expect(seen.locations.map { $0.withdrawnNew[.open] } == [false, true, false])
            #expect(seen.locations.map(\.items.count) == [2, 1, 1])

            let unseen = try await scene.report(at: place, due: false)
            try await scene.withdraw(unseen)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.last?.withdrawnNew[.full] == false)
        }
    }

    @Test func `an item that the clock has not reached is no evidence and is due again when it has`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place)
            try await scene.report(at: place, receivedAgo: -600, due: false)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.first?.items.count == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.item WHERE considered_full IS NULL") == 1)
            let waiting = try await scene.rows(
                """
                SELECT d.priority FROM placeguard.due d JOIN placeguard.item i ON i.received = d.due_at
                WHERE d.due_at > clock_timestamp()
                """
            )
            #expect(try waiting.map { try $0.int16(0) } == [1])
        }
    }

    @Test func `priority 0 goes alone, the others together up to the limit`() async throws {
        try await Scene.with { scene in
            for index in 0..<5 {
                let place = try await scene.place("Place \(index)")
                try await scene.report(at: place, priority: index < 2 ? .now : .live)
            }
            let seen = Seen()
            var outcomes: [DrainOutcome] = []
            for _ in 0..<5 { outcomes.append(try await scene.drain(limit: 2, seeing: seen)) }
            #expect(outcomes.map(\.subjects) == [1, 1, 2, 1, 0])
            #expect(outcomes.map(\.more) == [true, true, true, false, false])
        }
    }

    @Test func `all due rows of a place go with one decision, and a background row among them does not make it one`()
        async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place)
            for _ in 0..<10 { try await scene.put("location", place.value, priority: .background) }
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map(\.isBackground) == [false])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE reason <> 'timer'") == 0)
        }
    }

    @Test func `a burst of reports about one place is one event, and the next a revision of the same alert`()
        async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place()
            for _ in 0..<3 { try await scene.report(at: place) }
            #expect(try await scene.drain() == DrainOutcome(subjects: 1, events: 2, openEvents: 1, more: false))
            for _ in 0..<40 { try await scene.report(at: place) }
            #expect(try await scene.drain() == DrainOutcome(subjects: 1, events: 2, openEvents: 1, more: false))
            for _ in 0..<40 { try await scene.report(at: place) }
            #expect(try await scene.drain().events == 0, "red already: nothing changes that a reader is told of")
            for view in View.allCases { #expect(try await scene.log(view) == ["1 raised 1", "2 rising 2"]) }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert WHERE view = 'open'") == 1)
        }
    }

    @Test func `a live item that a background row brings along makes the decision a live one`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let run = try await scene.run()
            try await scene.report(at: place, priority: .background, run: run)
            try await scene.report(at: place, due: false)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map(\.isBackground) == [false])
        }
    }

    @Test func `timers do not pile up`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            for _ in 0..<4 {
                try await scene.report(at: place)
                try await scene.drain()
            }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE priority = 2") == 1)
        }
    }

    @Test func `work under a template no longer in force is refused`() async throws {
        try await Scene.with { scene in
            try await scene.report(at: try await scene.place())
            let refused = await #expect(throws: StoreError.self) {
                try await scene.drain(template: ("marlowick", 2))
            }
            #expect(refused?.code == .conflict)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due") == 1)
        }
    }

    @Test func `an event in the open view about a place nobody may see there is refused and nothing is stored`()
        async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place(register: false)
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            let refused = await #expect(throws: StoreError.self) {
                try await scene.drain { works, context in
                    works.map { work in
                        var verdict = CountingDecider.decide(work, context)
                        verdict.views[.open] = verdict.views[.full]
                        verdict.views[.open]?.events = [
                            PublishedEvent(
                                publication: Publication(
                                    type: .raised,
                                    cause: .risk,
                                    urgency: .high,
                                    why: [],
                                    ask: .decide,
                                    bandFrom: nil,
                                    bandTo: .red
                                ),
                                body: "{}",
                                areas: []
                            )
                        ]
                        return verdict
                    }
                }
            }
            #expect(refused?.code == .internal)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due") == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.assessment") == 0)
            #expect(try await scene.log(.open) == [])
        }
    }

    @Test func `names and visibility follow the view`() async throws {
        try await Scene.with { scene in
            let shelter = try await scene.place("Harbour House", category: .careSettingVicinity)
            let hidden = try await scene.place("Unlisted flat", register: false)
            try await scene.report(at: shelter)
            try await scene.report(at: hidden, agency: "police", compartment: .policeIntel)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            let byID = Dictionary(uniqueKeysWithValues: seen.locations.map { ($0.id, $0) })
            #expect(byID[shelter]?.openName == nil)
            #expect(byID[shelter]?.fullName == "Harbour House")
            #expect(byID[shelter]?.isVisibleInOpen == true)
            #expect(byID[hidden]?.isVisibleInOpen == false)
        }
    }

    @Test func `the time until the next row is told, now and later`() async throws {
        try await Scene.with { scene in
            #expect(try await scene.store.secondsUntilDue(0...3) == nil)
            try await scene.put("location", try await scene.place().value, priority: .timer, inSeconds: 100)
            let waiting = try #require(try await scene.store.secondsUntilDue(0...3))
            #expect((90...100).contains(waiting))
            #expect(try await scene.store.secondsUntilDue(0...1) == nil)
            try await scene.put("location", try await scene.place("Other").value, priority: .live)
            #expect(try #require(try await scene.store.secondsUntilDue(0...3)) <= 0)
        }
    }
}
