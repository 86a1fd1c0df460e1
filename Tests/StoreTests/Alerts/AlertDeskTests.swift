import Assessor
import Postgres
import RiskAssessment
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// The desk with the template that ships, its timers on the due list, and many hands at once.
@Suite(needsServer)
struct AlertDeskTests {
    private let template: Template
    private let decider: Decider
    private let ana = Principal.coordinator("ana", clearances: [.statutory])

    init() throws {
        template = try ShippedRules.template()
        decider = Decider(template: template)
    }

    private func desk(_ scene: Scene) -> PostgresAlertDesk {
        scene.desk { [template] in try template.care(of: $0, after: $1, by: $2, in: $3) }
    }

    private func drain(_ scene: Scene) async throws {
        try await scene.drainAll { [decider] in try decider.decide($0, in: $1) }
    }

    /// An immediate alert at a place, in both views.
    private func raised(_ scene: Scene, at known: LocationID? = nil) async throws -> AlertID {
        let place = if let known { known } else { try await scene.place("Marlowick Grill") }
        try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
        try await drain(scene)
        return try await scene.rows(
            "SELECT id FROM placeguard.alert WHERE view = 'full' AND location = $1",
            [.id(place)]
        )[0].id(0)
    }

    @Test func `what nobody claims goes up the chain, and the open view hears nothing of it`() async throws {
        try await Scene.with { scene in
            _ = try await raised(scene)
            let due = try await scene.secondsToTimer()
            #expect((880...900).contains(due), "\(due)")
            let open = try await scene.openPicture()
            for level in 1...3 {
                try await scene.bringTimersForward()
                try await drain(scene)
                let row = try await scene.lastEvent(.full)
                #expect(row.type == "escalated" && row.urgency == "immediate")
                #expect(row.body.contains(#""why":["unclaimed"]"#))
                #expect(row.body.contains(#","escalation":\#(level)}"#))
            }
            #expect((3_580...3_600).contains(try await scene.secondsToTimer()))
            #expect(try await scene.log(.full).count == 4)
            #expect(try await scene.openPicture() == open)
        }
    }

    @Test func `the partnership's own chain is asked by name, and the open view hears nothing of it`() async throws {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            for person in ["ana", "ben"] {
                try await scene.person(person)
            }
            try await chains.add(.init(area: "*", number: 1, person: "ana"), by: "admin:test")
            try await chains.add(.init(area: "*", number: 2, line: "Duty line"), by: "admin:test")
            #expect(try await chains.all().unable == ["ana"])
            for person in ["ana", "ben"] { try await scene.coordinatorToken("tok-" + person, of: person) }
            #expect(try await chains.all().unable == [])
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            try await chains.cover(
                .init(person: "ana", by: "ben", begins: now - 5, ends: now + 3_600),
                by: "admin:test"
            )
            try await chains.quiet("ben", .init(person: "ben", begins: 0, ends: 86_399), by: "admin:test")
            let alert = try await raised(scene)
            let open = try await scene.openPicture()
            for asked in [#"{"people":["ben"],"lines":[]}"#, #"{"people":[],"lines":["Duty line"]}"#] {
                try await scene.bringTimersForward()
                try await drain(scene)
                #expect(try await scene.lastEvent(.full).body.hasSuffix(#","asked":\#(asked)}"#))
            }
            #expect((3_580...3_600).contains(try await scene.secondsToTimer()), "two steps, then hourly")
            _ = try await desk(scene).act(AlertAct(.claim, alert, actionID: "1"), by: ana)
            #expect(try await !scene.lastEvent(.full).body.contains("asked"))
            #expect(try await scene.openPicture() == open)
        }
    }

    @Test func `nobody who is linked to the place is asked, and whom a step has asked is told with every revision`()
        async throws
    {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            let place = try await scene.place("Marlowick Grill")
            _ = try await raised(scene, at: place)
            try await scene.link(person: "ana", to: place)
            try await scene.person("ben")
            for person in ["ana", "ben"] {
                try await scene.coordinatorToken("tok-" + person, of: person)
                try await chains.add(.init(area: "*", number: 1, person: person), by: "admin:test")
            }
            #expect(try await chains.all().linked == [place: ["ana"]])
            try await scene.bringTimersForward()
            try await drain(scene)
            let asked = #""asked":{"people":["ben"],"lines":[]}"#
            #expect(try await scene.lastEvent(.full).body.contains(asked))
            try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
            try await drain(scene)
            let next = try await scene.lastEvent(.full)
            #expect(next.type == "immediate" && next.body.contains(asked), "\(next.body)")
        }
    }

    @Test func `one key for two alerts at once is one act and one refusal`() async throws {
        try await Scene.with { scene in
            let first = try await raised(scene)
            let second = try await raised(scene)
            try #require(first != second)
            for number in 1...20 {
                let answers = try await withThrowingTaskGroup(of: String.self) { group in
                    for alert in [first, second] {
                        group.addTask {
                            do {
                                let act = AlertAct(.note, alert, actionID: "key-\(number)", text: "seen")
                                return "rev \(try await desk(scene).act(act, by: ana).rev > 0)"
                            } catch let refusal as AlertActRefusal {
                                return "\(refusal)"
                            }
                        }
                    }
                    return try await group.reduce(into: [String]()) { $0.append($1) }.sorted()
                }
                #expect(answers == ["\(AlertActRefusal.actionReused)", "rev true"].sorted())
            }
        }
    }

    @Test func `chains are kept, refused and taken apart entry by entry`() async throws {
        try await Scene.with { scene in
            let chains = ChainRegistry(scene.fixture.admin)
            let line = EscalationChains.Step(area: "E05-1", number: 9, line: "Duty line")
            try await chains.add(line, by: "admin:test")
            await #expect(throws: ChainRefusal.alreadyThere) { try await chains.add(line, by: "admin:test") }
            for refused in [
                { _ = try await chains.add(.init(area: "*", number: 1, person: "nobody"), by: "admin:test") },
                { try await chains.quiet("nobody", .init(person: "nobody", begins: 0, ends: 60), by: "admin:test") },
                {
                    let cover = EscalationChains.Cover(
                        person: "nobody",
                        by: "no-one",
                        begins: Moment(seconds: 1),
                        ends: Moment(seconds: 2_000_000_000)
                    )
                    try await chains.cover(cover, by: "admin:test")
                },
            ] { await #expect(throws: ChainRefusal.unknownPerson) { try await refused() } }
            #expect(try await chains.all() == EscalationChains(steps: [line]))
            try await chains.remove(line, by: "admin:test")
            await #expect(throws: ChainRefusal.notThere) { try await chains.remove(line, by: "admin:test") }
            #expect(try await chains.all() == .none)
            #expect(
                try await scene.count("SELECT count(*) FROM placeguard.audit_entry WHERE action LIKE 'chain.%'") == 2
            )
        }
    }

    @Test func `a claim stops the chain, and its lapse brings the alert back`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            let open = try await scene.openPicture()
            let receipt = try await desk(scene).act(AlertAct(.claim, alert, actionID: "1"), by: ana)
            #expect(receipt.rev == 2)
            // The time to claim passes: nothing comes of it.
            try await scene.makeDue()
            try await drain(scene)
            #expect(try await scene.log(.full).count == 2)
            #expect((880...900).contains(try await scene.secondsToTimer()))
            try await scene.bringTimersForward()
            try await drain(scene)
            let last = try await scene.lastEvent(.full)
            #expect(last.type == "claim-expired")
            #expect(last.body.contains(#""why":["claim-lapsed"]"#) && last.body.contains(#","ack_by":""#))
            #expect(!last.body.contains(#""claim""#))
            #expect(try await scene.log(.full).count == 3)
            #expect(try await scene.openPicture() == open)
        }
    }

    @Test func `an act puts the timer that it needs, and an end has the place looked at once more`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            func timers(after act: AlertAct) async throws -> [Int64] {
                _ = try await scene.rows("DELETE FROM placeguard.due")
                _ = try await desk(scene).act(act, by: ana)
                return try await scene.rows(
                    "SELECT extract(epoch FROM due_at - clock_timestamp())::bigint FROM placeguard.due"
                ).map { try $0.int64(0) }
            }
            for kind in [AlertActKind.claim, .release] {
                let timers = try await timers(after: AlertAct(kind, alert, actionID: kind.rawValue))
                #expect(timers.count == 1 && timers.allSatisfy { (880...900).contains($0) }, "\(kind)")
            }
            let ends = try await timers(after: AlertAct(.resolve, alert, actionID: "end", text: "known"))
            #expect(ends.count == 1 && ends.allSatisfy { (-60...0).contains($0) }, "\(ends)")
        }
    }

    @Test func `a more urgent event voids a claim`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            for agency in ["licensing", "cctv"] {
                try await scene.report(["shop-tick-debt"], at: place, agency: agency)
            }
            try await drain(scene)
            let alert = try await scene.alert(.full)
            let urgency = try await scene.lastEvent(.full).urgency
            #expect(urgency != "immediate")
            _ = try await desk(scene).act(AlertAct(.claim, alert, actionID: "1"), by: ana)
            try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
            try await drain(scene)
            let last = try await scene.lastEvent(.full)
            #expect(last.urgency == "immediate" && last.alert == alert)
            #expect(last.body.contains(#","ack_by":""#) && !last.body.contains(#""claim""#))
        }
    }

    @Test func `an act without words of a time before they were asked for is answered when it is sent again`()
        async throws
    {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.alert_act (alert, view, at, by, action_id, kind, words, rev)
                SELECT id, 'full', clock_timestamp(), 'ana', 'old', 'resolve', '', 2 FROM placeguard.alert WHERE view = 'full'
                """
            )
            let known = AlertAct(.resolve, alert, actionID: "old")
            #expect(try await desk(scene).act(known, by: ana).rev == 2)
            await #expect(throws: AlertActRefusal.textRequired) {
                try await desk(scene).act(AlertAct(.resolve, alert, actionID: "new"), by: ana)
            }
        }
    }

    @Test func `a resolved alert is not raised again by its timer, and the next change opens another`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            _ = try await desk(scene).act(AlertAct(.resolve, alert, actionID: "1", text: "known"), by: ana)
            try await scene.makeDue()
            try await drain(scene)
            #expect(try await scene.log(.full) == ["1 immediate 1", "2 resolved 2"])
            let place = try await scene.text("SELECT location::text FROM placeguard.alert LIMIT 1")
            try await scene.report(
                ["adult-controls-child"],
                at: LocationID("loc_" + place),
                agency: "cctv",
                happeningNow: true,
                priority: .now
            )
            try await drain(scene)
            #expect(try await scene.log(.full).count == 3)
            #expect(try await scene.lastEvent(.full).alert != alert)
        }
    }

    @Test func `an unlocated report whose alert was resolved is asked for no more`() async throws {
        try await Scene.with { scene in
            let report = try await scene.report(at: nil, agency: "cctv", happeningNow: true, priority: .now)
            try await drain(scene)
            let alert = try await scene.alert(.full)
            #expect((880...900).contains(try await scene.secondsToTimer()))
            try await scene.bringTimersForward()
            try await drain(scene)
            #expect(try await scene.lastEvent(.full).type == "escalated")
            #expect(try await scene.lastEvent(.full).body.contains(#""ask":"act-now""#))
            _ = try await desk(scene).act(AlertAct(.resolve, alert, actionID: "1", text: "known"), by: ana)
            try await scene.makeDue()
            try await drain(scene)
            try await scene.withdraw(report)
            try await drain(scene)
            #expect(try await scene.log(.full) == ["1 immediate 1", "2 escalated 2", "3 resolved 3"])
            #expect(try await scene.log(.open) == ["1 immediate 1", "2 closed 2"])
        }
    }

    @Test func `an escalation asks for what its alert asked for`() async throws {
        try await Scene.with { scene in
            try await scene.report(at: nil, agency: "cctv", receivedAgo: 9 * Moment.day)
            try await drain(scene)
            #expect(try await scene.lastEvent(.full).body.contains(#""ask":"locate""#))
            try await scene.bringTimersForward()
            try await drain(scene)
            let last = try await scene.lastEvent(.full)
            #expect(last.type == "escalated" && last.body.contains(#""ask":"locate""#))
        }
    }

    @Test func `of many who claim at once one does, and revisions have no gap`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            let desk = desk(scene)
            let claimed = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let person = Principal.coordinator("p\(number)", clearances: [.statutory])
                        do {
                            _ = try await desk.act(AlertAct(.claim, alert, actionID: "1"), by: person)
                            return 1
                        } catch AlertActRefusal.alreadyClaimed {
                            _ = try await desk.act(AlertAct(.note, alert, actionID: "2", text: "was late"), by: person)
                            return 0
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<10 {
                        try await scene.makeDue()
                        try await self.drain(scene)
                    }
                    return 0
                }
                return try await group.reduce(0, +)
            }
            #expect(claimed == 1)
            let revisions = try await scene.rows("SELECT rev FROM placeguard.feed WHERE view = 'full' ORDER BY seq")
                .map { try $0.int32(0) }
            #expect(revisions == (1...17).map(Int32.init))
        }
    }

    @Test func `the same act sent twice at once is done once`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            let desk = desk(scene)
            let act = AlertAct(.claim, alert, actionID: "1")
            let ana = ana
            async let first = desk.act(act, by: ana)
            async let second = desk.act(act, by: ana)
            let receipts = try await [first, second]
            #expect(receipts[0] == receipts[1])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert_act") == 1)
            #expect(try await scene.log(.full).count == 2)
        }
    }

    @Test func `acts are audited by codes, and their words stand nowhere but in the act`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            let words = "Spoke to the night manager about Sam"
            _ = try await desk(scene).act(AlertAct(.note, alert, actionID: "shift-1", text: words), by: ana)
            let audited = try await scene.rows(
                """
                SELECT actor || ' ' || action || ' ' || subject || ' ' || detail FROM placeguard.audit_entry
                WHERE action LIKE 'alert.%'
                """
            ).map { try $0.text(0) }
            #expect(audited == ["person:ana alert.note \(alert.text) action=shift-1 rev=2"])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.feed WHERE body LIKE '%Sam%'") == 0)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert WHERE body LIKE '%Sam%'") == 0)
            let history = try #require(try await desk(scene).history(of: alert, for: ana))
            #expect(history.acts.map(\.text) == [words])
        }
    }

    @Test func `a revision that is meant for one person is shown to nobody else`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            _ = try await desk(scene).act(AlertAct(.note, alert, actionID: "1", text: "x"), by: ana)
            // The log is append-only, for its owner too.
            _ = try await scene.rows("ALTER TABLE placeguard.feed DISABLE TRIGGER USER")
            _ = try await scene.rows(
                "UPDATE placeguard.feed SET audience = 'ana' WHERE view = 'full' AND type = 'note'"
            )
            let ben = Principal.coordinator("ben", clearances: [.statutory])
            #expect(try await desk(scene).history(of: alert, for: ana)?.events.map(\.rev) == [1, 2])
            #expect(try await desk(scene).history(of: alert, for: ben)?.events.map(\.rev) == [1])
        }
    }

    @Test func `the words of the full view's acts are not the open reader's, though ids were guessed`() async throws {
        try await Scene.with { scene in
            let alert = try await raised(scene)
            _ = try await desk(scene).act(AlertAct(.note, alert, actionID: "1", text: "x"), by: ana)
            for (reader, count) in [(Principal.coordinator("cleo"), 0), (ana, 1)] {
                let seen = try await scene.fixture.feed.transaction(
                    while: "looking",
                    reading: ReadScope(reader),
                    readOnly: true
                ) { try await $0.query("SELECT count(*) FROM placeguard.alert_act")[0].int64(0) }
                #expect(seen == Int64(count))
            }
        }
    }
}

extension Scene {
    struct Event {
        var alert: AlertID
        var type: String
        var urgency: String
        var body: String
    }

    func lastEvent(_ view: View) async throws -> Event {
        let row = try await rows(
            "SELECT alert, type, urgency, body FROM placeguard.feed WHERE view = $1 ORDER BY seq DESC LIMIT 1",
            [.name(view)]
        )[0]
        return Event(
            alert: try row.id(0),
            type: try row.text(1),
            urgency: try row.text(2),
            body: try row.text(3)
        )
    }

    func alert(_ view: View) async throws -> AlertID {
        try await rows("SELECT id FROM placeguard.alert WHERE view = $1 AND is_open", [.name(view)])[0].id(0)
    }

    func secondsToTimer() async throws -> Int64 {
        try await rows("SELECT extract(epoch FROM min(due_at) - clock_timestamp())::bigint FROM placeguard.due")[0]
            .int64(0)
    }

    /// Whatever is on the due list is due now, as if it had been asked for.
    func makeDue() async throws {
        _ = try await rows("UPDATE placeguard.due SET due_at = clock_timestamp() - interval '1 second'")
    }

    /// Claims and times to claim have run out.
    func bringTimersForward() async throws {
        _ = try await rows(
            """
            UPDATE placeguard.alert SET claim_until = clock_timestamp() - interval '1 second' WHERE claim_until IS NOT NULL
            """
        )
        _ = try await rows(
            "UPDATE placeguard.alert SET escalates = clock_timestamp() - interval '1 second' WHERE escalates IS NOT NULL"
        )
        try await makeDue()
    }

    /// Every byte of the open view's log and alerts.
    func openPicture() async throws -> [String] {
        try await rows(
            """
            SELECT f::text FROM placeguard.feed f WHERE view = 'open'
            UNION ALL SELECT a::text FROM placeguard.alert a WHERE view = 'open'
            UNION ALL SELECT c::text FROM placeguard.feed_counter c WHERE view = 'open'
            UNION ALL SELECT s::text FROM placeguard.location_state s WHERE view = 'open'
            """
        ).map { try $0.text(0) }
    }
}
