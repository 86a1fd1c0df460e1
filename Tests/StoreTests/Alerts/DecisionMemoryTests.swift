import Postgres
import Safeguarding
import Store
import Testing

/// What a decision by the template that ships remembers of a place: it stands in the database and is read back.
@Suite(needsServer)
struct DecisionMemoryTests {
    /// For how many seconds the band has been down, for each view in which it is.
    private func secondsDown(_ scene: Scene) async throws -> [Int64] {
        try await scene.rows(
            """
            SELECT extract(epoch FROM clock_timestamp() - down_since)::bigint FROM placeguard.location_state
            WHERE down_since IS NOT NULL
            """
        ).map { row in try row.int64(0) }
    }

    @Test func `an overdue review of a place is an alert of its own in either view, and is told once`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            try await scene.report(["adult-controls-child"], at: place)
            try await scene.drainUnderShippedRules()
            for view in View.allCases { #expect(try await scene.log(view) == ["1 raised 1"]) }
            let due = try await scene.rows(
                "SELECT extract(epoch FROM review_due - clock_timestamp())::bigint FROM placeguard.location_state"
            ).map { row in try row.int64(0) }
            let period = 28 * Moment.day
            #expect(due.count == 2 && due.allSatisfy { (period - 60...period).contains($0) }, "\(due)")
            _ = try await scene.rows(
                "UPDATE placeguard.location_state SET review_due = review_due - interval '29 days'"
            )
            for _ in 1...2 {
                try await scene.makeDue()
                try await scene.drainUnderShippedRules()
                for view in View.allCases { #expect(try await scene.log(view) == ["1 raised 1", "2 review-due 1"]) }
                #expect(try await scene.secondsToTimer() > 0, "the place has been looked at")
            }
            let told = try await scene.rows(
                "SELECT cause, urgency, body FROM placeguard.feed WHERE type = 'review-due'"
            )
            #expect(try told.map { row in try row.text(0) } == ["review", "review"])
            #expect(try told.map { row in try row.text(1) } == ["normal", "normal"])
            for row in told {
                let body = try row.text(2)
                #expect(body.contains(#""why":["review-overdue"]"#) && body.contains(#""ask":"review""#), "\(body)")
            }
        }
    }

    @Test func `a band that falls is eased once, when it has been down for a day`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Marlowick Grill")
            try await scene.report(["hidden-back-room"], at: place)
            try await scene.drainUnderShippedRules()
            let steward = Steward.named("dasha", clearances: [.statutory])
            try await scene.desk.inspect(place, clearedSign: "hidden-back-room", moment: nil, by: steward)
            func drain(hoursLater hours: Int32) async throws {
                _ = try await scene.rows(
                    "UPDATE placeguard.location_state SET down_since = down_since - make_interval(hours => $1)",
                    [.int32(hours)]
                )
                try await scene.makeDue()
                try await scene.drainUnderShippedRules()
            }
            for hours in [0, 23] as [Int32] {
                try await drain(hoursLater: hours)
                for view in View.allCases { #expect(try await scene.log(view) == ["1 raised 1"]) }
                let fallen = try await scene.count(
                    "SELECT count(*) FROM placeguard.location_state WHERE published_band = 'amber' AND band = 'green'"
                )
                #expect(fallen == 2)
                let down = try await secondsDown(scene)
                #expect(down.count == 2 && down.allSatisfy { $0 >= Int64(hours) * Moment.hour }, "\(down)")
            }
            for hours in [1, 0] as [Int32] {
                try await drain(hoursLater: hours)
                for view in View.allCases {
                    #expect(try await scene.log(view) == ["1 raised 1", "2 easing 2", "3 closed 3"])
                }
                #expect(try await secondsDown(scene).isEmpty)
            }
        }
    }
}
