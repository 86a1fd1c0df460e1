import Postgres
import Safeguarding
import Store
import StoreTestSupport
import Testing

/// Chains as they stand in the database, and whom an alert asks by them.
@Suite(needsServer)
struct ChainRegistryTests {
    @Test
    func `how far a person reaches is read from their tokens, and from the agency's areas where a token has none`()
        async throws
    {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            for person in ["ana", "ben", "cleo"] { try await scene.person(person) }
            for person in ["ana", "ben", "cleo"] {
                try await chains.add(.init(area: "*", number: 1, person: person), by: "admin:test")
            }
            try await scene.coordinatorToken("tok-1", of: "ana", areas: ["E05-1", "E05-2"])
            try await scene.coordinatorToken("tok-2", of: "ana", areas: ["E06"])
            try await scene.coordinatorToken("tok-3", of: "ben", areas: [])
            func reach() async throws -> [String: Set<[String]>] {
                try await chains.all().reach.mapValues { Set($0) }
            }
            #expect(try await reach() == ["ana": [["E05-1", "E05-2"], ["E06"]], "ben": [[]], "cleo": []])
            _ = try await scene.rows("UPDATE placeguard.agency SET areas = '{E07}' WHERE code = 'licensing'")
            _ = try await scene.rows("UPDATE placeguard.token SET revoked = clock_timestamp() WHERE id = 'tok-2'")
            #expect(try await reach() == ["ana": [["E05-1", "E05-2"]], "ben": [["E07"]], "cleo": []])
            #expect(try await chains.all().unable == ["cleo"])
        }
    }

    @Test func `an alert in an area that a person's tokens do not have asks the next of the chain`() async throws {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            for person in ["ana", "ben"] { try await scene.person(person) }
            try await scene.coordinatorToken("tok-1", of: "ana", areas: ["E05-2"])
            try await scene.coordinatorToken("tok-2", of: "ben", areas: [])
            try await chains.add(.init(area: "*", number: 1, person: "ana"), by: "admin:test")
            try await chains.add(.init(area: "*", number: 2, person: "ben"), by: "admin:test")
            for (area, asked) in [("E05-1", "ben"), ("E05-2", "ana")] {
                let place = try await scene.place("Marlowick Grill", areas: [area])
                try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
                try await scene.drainUnderShippedRules()
                try await scene.bringTimersForward()
                try await scene.drainUnderShippedRules()
                let body = try await scene.rows(
                    "SELECT body FROM placeguard.feed WHERE location = $1 AND type = 'escalated' ORDER BY seq LIMIT 1",
                    [.id(place)]
                )[0].text(0)
                #expect(body.hasSuffix(#","asked":{"people":["\#(asked)"],"lines":[]}}"#), "\(area): \(body)")
            }
        }
    }

    @Test func `quiet hours pass a person over for what can wait, and not for what is immediate`() async throws {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            for (step, person) in [(1, "ana"), (2, "ben")] {
                try await scene.person(person)
                try await scene.coordinatorToken("tok-" + person, of: person)
                try await chains.add(.init(area: "*", number: step, person: person), by: "admin:test")
            }
            try await chains.quiet("ana", .init(person: "ana", begins: 0, ends: 86_399), by: "admin:test")
            let calm = try await scene.place("Marlowick Grill")
            let urgent = try await scene.place("Marlowick Arms")
            try await scene.report(["adult-controls-child"], at: calm)
            try await scene.report(["adult-controls-child"], at: urgent, happeningNow: true, priority: .now)
            try await scene.drainUnderShippedRules()
            try await scene.bringTimersForward()
            try await scene.drainUnderShippedRules()
            for (place, urgency, asked) in [(calm, "high", "ben"), (urgent, "immediate", "ana")] {
                let told = try await scene.rows(
                    "SELECT urgency, body FROM placeguard.feed WHERE location = $1 AND type = 'escalated'",
                    [.id(place)]
                )
                try #require(told.count == 1)
                #expect(try told[0].text(0) == urgency)
                let body = try told[0].text(1)
                #expect(body.hasSuffix(#","asked":{"people":["\#(asked)"],"lines":[]}}"#), "\(urgency): \(body)")
            }
        }
    }

    @Test func `a cover is taken away by when it begins, and both are in the audit`() async throws {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            for person in ["ana", "ben"] { try await scene.person(person) }
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            let cover = EscalationChains.Cover(person: "ana", by: "ben", begins: now, ends: now + 3_600)
            try await chains.cover(cover, by: "admin:test")
            #expect(try await chains.all().covers == [cover])
            await #expect(throws: ChainRefusal.notThere) {
                try await chains.uncover("ana", from: now + 1, by: "admin:test")
            }
            try await chains.uncover("ana", from: now, by: "admin:test")
            #expect(try await chains.all().covers == [])
            let actions = try await scene.rows(
                "SELECT action FROM placeguard.audit_entry WHERE action LIKE 'chain.%' ORDER BY id"
            )
            #expect(try actions.map { try $0.text(0) } == ["chain.cover", "chain.uncover"])
        }
    }
}
