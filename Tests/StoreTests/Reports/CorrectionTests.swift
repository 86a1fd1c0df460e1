import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct CorrectionTests {
    private func stored(_ fixture: StoreFixture, _ report: ValidatedReport) async throws -> CommitOutcome {
        try await fixture.reports().commit([report], prompts: SampleReport.noPrompts)[0]
    }

    /// Sets both marks on everything, as the assessor does.
    private func consider(_ fixture: StoreFixture) async throws {
        try await fixture.owner.withConnection { connection in
            _ = try await connection.query(
                "UPDATE placeguard.item SET considered_open = clock_timestamp(), considered_full = clock_timestamp()"
            )
            _ = try await connection.query("DELETE FROM placeguard.due")
        }
    }

    private func versions(_ fixture: StoreFixture) async throws -> [String] {
        try await fixture.texts(
            """
            SELECT sign || ' ' || information || CASE WHEN superseded_at IS NULL THEN ' in force' ELSE ' ended' END
                || CASE WHEN considered_full IS NULL THEN ' new' ELSE ' considered' END
            FROM placeguard.item ORDER BY version
            """
        )
    }

    @Test func `a changed grade ends the old version and begins a new one that is due`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1")).report)
            try await consider(fixture)
            let form = SampleReport.make("A-1", grade: Grade(source: .reliable, information: .a))
            _ = try await fixture.reports().correct(report, basedOn: 1, with: form)
            #expect(
                try await versions(fixture) == ["common-sign B ended considered", "common-sign A in force new"]
            )
            #expect(
                try await fixture.texts("SELECT kind || priority || reason FROM placeguard.due") == [
                    "location1correction"
                ]
            )
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM placeguard.audit_entry WHERE action = 'report.correction'"
                ) == 1
            )
        }
    }

    @Test func `a changed attribution keeps the mark, so that nothing is announced again`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1")).report)
            try await consider(fixture)
            _ = try await fixture.reports().correct(
                report,
                basedOn: 1,
                with: SampleReport.make("A-1", attribution: .inside)
            )
            #expect(
                try await versions(fixture)
                    == ["common-sign B ended considered", "common-sign B in force considered"]
            )
        }
    }

    @Test func `what waits to be told still waits where nothing that is decided on was corrected`() async throws {
        for (form, waits) in [
            (SampleReport.make("A-1", attribution: .inside), "ttt"),
            (SampleReport.make("A-1", grade: Grade(source: .reliable, information: .a)), "ffnew"),
            (SampleReport.make("A-1", compartment: .policeIntel), "ftt"),
        ] {
            try await StoreFixture.with { fixture in
                try await fixture.addPartners()
                let report = try #require(try await stored(fixture, SampleReport.make("A-1")).report)
                try await consider(fixture)
                try await fixture.owner.withConnection { connection in
                    _ = try await connection.query("UPDATE placeguard.item SET held_open = true, held_full = true")
                }
                _ = try await fixture.reports().correct(report, basedOn: 1, with: form)
                let marks = try await fixture.texts(
                    """
                    SELECT left(held_open::text, 1) || left(held_full::text, 1)
                        || CASE WHEN considered_full IS NULL THEN 'new' ELSE 't' END
                    FROM placeguard.item WHERE superseded_at IS NULL
                    """
                )
                #expect(marks == [waits])
            }
        }
    }

    @Test func `a correction with another place moves the items and wakes both places`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let outcome = try await stored(fixture, SampleReport.make("A-1"))
            let report = try #require(outcome.report)
            try await consider(fixture)
            _ = try await fixture.reports().correct(report, basedOn: 1, with: SampleReport.make("A-1", at: .id(place)))
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.due WHERE kind = 'location'") == 2)
            let inForce = try await fixture.owner.withConnection { connection -> LocationID in
                try await connection.query("SELECT location FROM placeguard.item WHERE superseded_at IS NULL")[0].id(0)
            }
            #expect(inForce == place)
            // Nothing open is left at the point, so the open view forgets it.
            #expect(
                try await fixture.count("SELECT count(*) FROM placeguard.location WHERE is_point AND has_open_item")
                    == 0
            )
        }
    }

    @Test func `a correction that names a place locates an unlocated report and wakes its own alert`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1", at: .none)).report)
            try await consider(fixture)
            _ = try await fixture.reports().correct(report, basedOn: 1, with: SampleReport.make("A-1"))
            #expect(
                try await fixture.texts("SELECT kind FROM placeguard.due ORDER BY kind") == ["location", "unlocated"]
            )
            #expect(
                try await fixture.reports().status(of: report, agency: SamplePartners.licensing)?.state == .corrected
            )
        }
    }

    @Test func `a correction of something else does not undo a steward's settling`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let report = try #require(
                try await stored(fixture, SampleReport.make("A-1", at: .register("fhrs:none"))).report
            )
            let settlement = ReportSettlement(source: fixture.admin) { SampleSigns.weights }
            try await settlement.locate(report, at: place, by: .clearedSteward)
            let form = SampleReport.make("A-1", at: .register("fhrs:none"), signs: [SampleSigns.grave])
            _ = try await fixture.reports().correct(report, basedOn: 2, with: form)
            let places = try await fixture.texts(
                "SELECT location::text FROM placeguard.item WHERE superseded_at IS NULL"
            )
            #expect(places == [place.value.text])
        }
    }

    @Test func `a withdrawal ends everything, wakes the place, and hides a point that nobody else reported`()
        async throws
    {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let outcome = try await stored(fixture, SampleReport.make("A-1", name: "Bandstand"))
            try await consider(fixture)
            _ = try await fixture.reports().withdraw(
                #require(outcome.report),
                agency: SamplePartners.licensing,
                actor: "person:ann",
                reason: "Wrong day"
            )
            #expect(try await versions(fixture) == ["common-sign B ended considered"])
            #expect(try await fixture.texts("SELECT kind || reason FROM placeguard.due") == ["locationwithdrawal"])
            #expect(
                try await fixture.texts("SELECT coalesce(name, '-') || has_open_item FROM placeguard.location") == [
                    "-false"
                ]
            )
            #expect(try await fixture.texts("SELECT name FROM placeguard.location_restricted_name") == ["Bandstand"])
            #expect(try await fixture.texts("SELECT reason FROM placeguard.report_correction") == ["Wrong day"])
        }
    }

    @Test func `the narrative is kept again only where its words changed, and the first ones stay`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1", narrative: [0x61])).report)
            let store = fixture.reports()
            _ = try await store.correct(
                report,
                basedOn: 1,
                with: SampleReport.make("A-1", signs: [SampleSigns.other], narrative: [0x61])
            )
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report_narrative") == 1)
            _ = try await store.correct(
                report,
                basedOn: 2,
                with: SampleReport.make("A-1", signs: [SampleSigns.other], narrative: [0x62])
            )
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report_narrative") == 2)
            #expect(
                try await store.currentForm(of: report, agency: SamplePartners.licensing)?.narrative == [0x62]
            )
        }
    }

    @Test func `two corrections of the same form at once: one stands, the other is told to look again`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1")).report)
            let store = fixture.reports()
            let outcomes = try await withThrowingTaskGroup(of: CorrectionOutcome.self) { group in
                for sign in [SampleSigns.other, SampleSigns.grave] {
                    group.addTask {
                        try await store.correct(report, basedOn: 1, with: SampleReport.make("A-1", signs: [sign]))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.compactMap(\.reason) == [.revisionNotHigher])
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.item WHERE superseded_at IS NULL") == 1)
            #expect(try await fixture.count("SELECT form FROM placeguard.report") == 2)
        }
    }

    @Test func `a correction the server refuses is a refusal`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let report = try #require(try await stored(fixture, SampleReport.make("A-1")).report)
            let form = SampleReport.make("A-1", actor: "agency:\u{0}", signs: [SampleSigns.other])
            #expect(try await fixture.reports().correct(report, basedOn: 1, with: form).reason == .badUnicode)
            #expect(try await fixture.count("SELECT form FROM placeguard.report") == 1)
        }
    }

    @Test func `the first form is never overwritten`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let first = SampleReport.make("A-1", narrative: [0x61])
            let report = try #require(try await stored(fixture, first).report)
            _ = try await fixture.reports().correct(
                report,
                basedOn: 1,
                with: SampleReport.make("A-1", signs: [SampleSigns.grave], narrative: [0x62])
            )
            #expect(try await fixture.texts("SELECT canonical FROM placeguard.report") == [first.canonical])
            #expect(
                try await fixture.texts(
                    "SELECT encode(narrative, 'escape') FROM placeguard.report_narrative ORDER BY form"
                )
                    == ["a", "b"]
            )
        }
    }
}
