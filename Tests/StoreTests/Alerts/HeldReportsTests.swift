import Postgres
import RiskAssessment
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// A burst of reports, decided with the template that ships: what is held back stands in the database and is never lost.
@Suite(needsServer)
struct HeldReportsTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])

    /// An immediate alert at a place, in both views.
    private func raised(_ scene: Scene, at place: LocationID) async throws -> AlertID {
        try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
        try await scene.drainUnderShippedRules()
        return try await scene.rows("SELECT id FROM placeguard.alert WHERE view = 'full'")[0].id(0)
    }

    /// What waits is due, and not decided yet.
    private func letBurstEnd(_ scene: Scene) async throws {
        _ = try await scene.rows("UPDATE placeguard.location_state SET told_at = told_at - interval '15 minutes'")
        try await scene.makeDue()
    }

    /// How many items wait, in each view.
    private func waiting(_ scene: Scene) async throws -> [Int64] {
        let row = try await scene.rows(
            "SELECT count(*) FILTER (WHERE held_open), count(*) FILTER (WHERE held_full) FROM placeguard.item"
        )[0]
        return [try row.int64(0), try row.int64(1)]
    }

    @Test func `reports that follow an alert wait, and are told together when their time is over`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            _ = try await raised(scene, at: place)
            for _ in 1...5 {
                try await scene.report(["adult-controls-child"], at: place)
                try await scene.drainUnderShippedRules()
            }
            for view in View.allCases { #expect(try await scene.log(view) == ["1 immediate 1"]) }
            #expect(try await waiting(scene) == [5, 5])
            let due = try await scene.secondsToTimer()
            #expect((600...900).contains(due), "\(due)")
            try await letBurstEnd(scene)
            try await scene.drainUnderShippedRules()
            for view in View.allCases { #expect(try await scene.log(view) == ["1 immediate 1", "2 reported 2"]) }
            let told = try await scene.rows("SELECT urgency, body FROM placeguard.feed WHERE type = 'reported'")
            #expect(try told.map { row in try row.text(0) } == ["high", "high"])
            #expect(try told.allSatisfy { row in try row.text(1).contains(#""why":["severity-four"]"#) })
            #expect(try await waiting(scene) == [0, 0])
        }
    }

    @Test func `what was told in the second in which another began to wait is not told with it`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            try await scene.report(["adult-controls-child"], at: place)
            try await scene.drainUnderShippedRules()
            try await scene.report(["underage-sale"], at: place, information: .e)
            // As if both had come in one second.
            _ = try await scene.rows(
                "UPDATE placeguard.item SET received = date_trunc('minute', received) - interval '1 minute'"
            )
            try await scene.drainUnderShippedRules()
            #expect(try await waiting(scene) == [1, 1])
            try await letBurstEnd(scene)
            try await scene.drainUnderShippedRules()
            let told = try await scene.rows("SELECT body FROM placeguard.feed WHERE type = 'reported'")
            #expect(try told.count == 2 && told.allSatisfy { try $0.text(0).contains(#""why":["unscored-report"]"#) })
        }
    }

    @Test func `a clock that is set back while a report waits loses it for neither view`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            _ = try await raised(scene, at: place)
            try await scene.report(["adult-controls-child"], at: place)
            try await scene.drainUnderShippedRules()
            // To everything that was stored the clock is an hour behind now.
            _ = try await scene.rows("UPDATE placeguard.item SET received = received + interval '1 hour'")
            _ = try await scene.rows(
                "UPDATE placeguard.location_state SET told_at = told_at + interval '1 hour'"
            )
            try await scene.makeDue()
            try await scene.drainUnderShippedRules()
            for view in View.allCases { #expect(try await scene.log(view) == ["1 immediate 1"]) }
            #expect(try await waiting(scene) == [1, 1])
            _ = try await scene.rows("UPDATE placeguard.item SET received = received - interval '1 hour'")
            _ = try await scene.rows(
                "UPDATE placeguard.location_state SET told_at = told_at - interval '75 minutes'"
            )
            try await scene.makeDue()
            try await scene.drainUnderShippedRules()
            for view in View.allCases { #expect(try await scene.log(view) == ["1 immediate 1", "2 reported 2"]) }
        }
    }

    @Test func `a report that is corrected while it is being told is told once`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            _ = try await raised(scene, at: place)
            try await scene.report(["adult-controls-child"], at: place)
            try await scene.drainUnderShippedRules()
            try await letBurstEnd(scene)
            try await scene.fixture.owner.transaction(while: "correcting", reading: .everything) { connection in
                _ = try await connection.query(
                    "SELECT FROM placeguard.item WHERE held_full AND superseded_at IS NULL FOR NO KEY UPDATE"
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await scene.drainUnderShippedRules() }
                    _ = try await scene.fixture.backend(of: .assessor, waitingFor: "Lock")
                    // Another attribution: the version that begins inherits the marks of the one that ends.
                    for statement: StaticString in [
                        """
                        INSERT INTO placeguard.item (report, form, location, sign, source, information, attribution,
                            observed, received, recorded, agency, agency_kind, originator_unconfirmed, self_report,
                            happening_now, compartment, handling, is_back_file, considered_open, considered_full,
                            held_open, held_full)
                        SELECT report, 2, location, sign, source, information, 'nearby', observed, received, now(), agency,
                            agency_kind, originator_unconfirmed, self_report, happening_now, compartment, handling,
                            is_back_file, considered_open, considered_full, held_open, held_full
                        FROM placeguard.item WHERE held_full AND superseded_at IS NULL
                        """,
                        "UPDATE placeguard.item SET superseded_at = now() WHERE held_full AND attribution <> 'nearby'",
                        """
                        INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
                        SELECT 'location', location, now(), 1, 'correction' FROM placeguard.item WHERE form = 2
                        """,
                        "COMMIT AND CHAIN",
                    ] { _ = try await connection.query(Statement(statement)) }
                    try await group.waitForAll()
                }
            }
            try await scene.drainUnderShippedRules()
            #expect(try await waiting(scene) == [0, 0])
            try await letBurstEnd(scene)
            try await scene.drainUnderShippedRules()
            for view in View.allCases { #expect(try await scene.log(view) == ["1 immediate 1", "2 reported 2"]) }
        }
    }

    @Test func `a report that waits behind an alert is told as soon as the alert is resolved`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            let alert = try await raised(scene, at: place)
            try await scene.report(["adult-controls-child"], at: place)
            try await scene.drainUnderShippedRules()
            let template = try ShippedRules.template()
            let desk = scene.desk { try template.care(of: $0, after: $1, by: $2, in: $3) }
            _ = try await desk.act(AlertAct(.resolve, alert, actionID: "1", text: "Visited"), by: ana)
            try await scene.drainUnderShippedRules()
            #expect(try await scene.log(.full) == ["1 immediate 1", "2 resolved 2", "3 reported 1"])
            #expect(try await scene.log(.open) == ["1 immediate 1"])
            let open = try await scene.rows("SELECT id FROM placeguard.alert WHERE view = 'full' AND is_open")
            try #require(open.count == 1)
            #expect(try open[0].id(0, as: AlertID.self) != alert)
        }
    }
}
