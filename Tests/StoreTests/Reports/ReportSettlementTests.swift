import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct ReportSettlementTests {
    private func settlement(_ fixture: StoreFixture) -> ReportSettlement {
        ReportSettlement(source: fixture.admin) { SampleSigns.weights }
    }

    private func unlocated(_ fixture: StoreFixture, _ report: ValidatedReport) async throws -> ReportID {
        try #require(try await fixture.reports().commit([report], prompts: SampleReport.noPrompts)[0].report)
    }

    @Test func `the items begin at the place as new, and the report's own alert is woken`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let report = try await unlocated(fixture, SampleReport.make("A-1", at: .none, signs: [SampleSigns.grave]))
            try await fixture.owner.withConnection { _ = try await $0.query("DELETE FROM placeguard.due") }
            try await settlement(fixture).locate(report, at: place, by: .clearedSteward)
            #expect(
                try await fixture.texts("SELECT kind || priority FROM placeguard.due ORDER BY kind")
                    == ["location0", "unlocated0"]
            )
            #expect(
                try await fixture.texts(
                    """
                    SELECT coalesce(location::text, '-') || (superseded_at IS NULL) || (considered_full IS NULL)
                    FROM placeguard.item ORDER BY version
                    """
                ) == ["-falsetrue", place.value.text + "truetrue"]
            )
            #expect(try await fixture.reports().status(of: report, agency: SamplePartners.licensing)?.state == .located)
            #expect(try await fixture.texts("SELECT has_open_item::text FROM placeguard.location") == ["true"])
        }
    }

    @Test func `a located report, an unknown one and an unknown place are refused by name`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let located = try await unlocated(fixture, SampleReport.make("A-1", at: .id(place)))
            let open = try await unlocated(fixture, SampleReport.make("A-2", at: .none))
            let nobody = UniqueID(high: 1, low: 1)
            await #expect(throws: StewardRefusal.alreadyLocated) {
                try await settlement(fixture).locate(located, at: place, by: .clearedSteward)
            }
            await #expect(throws: StewardRefusal.unknownReport) {
                try await settlement(fixture).locate(ReportID(nobody), at: place, by: .clearedSteward)
            }
            await #expect(throws: StewardRefusal.unknownLocation) {
                try await settlement(fixture).locate(open, at: LocationID(nobody), by: .clearedSteward)
            }
        }
    }

    @Test func `a steward without clearance cannot even find a restricted report`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let report = try await unlocated(
                fixture,
                SampleReport.make("A-1", agency: SamplePartners.police, at: .none, compartment: .policeIntel)
            )
            await #expect(throws: StewardRefusal.unknownReport) {
                try await settlement(fixture).locate(report, at: place, by: .openSteward)
            }
        }
    }

    @Test func `a steward without clearance moves all items of an open report, hidden ones too`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let report = try await unlocated(
                fixture,
                SampleReport.make("A-1", at: .none, signs: [SampleSigns.common, SampleSigns.lado])
            )
            try await settlement(fixture).locate(report, at: place, by: .openSteward)
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM placeguard.item WHERE superseded_at IS NULL AND location IS NOT NULL"
                ) == 2
            )
        }
    }

    @Test func `nobody settles a report at a place they are linked to`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let report = try await unlocated(fixture, SampleReport.make("A-1", at: .none))
            try await AgencyDirectory(source: fixture.admin).link(
                agency: SamplePartners.licensing,
                to: place,
                as: .employer,
                by: "admin:tests"
            )
            await #expect(throws: StewardRefusal.conflictOfInterest) {
                try await settlement(fixture).locate(report, at: place, by: .clearedSteward)
            }
        }
    }
}

extension Steward {
    /// A steward of the licensing agency with every clearance.
    static let clearedSteward = Steward(
        actor: "person:sam",
        reader: Reader(
            subject: "sam",
            agency: SamplePartners.licensing,
            person: "sam",
            clearances: Set(Clearance.allCases),
            areas: []
        )
    )

    /// The same without any.
    static let openSteward = Steward(
        actor: "person:sam",
        reader: Reader(subject: "sam", agency: SamplePartners.licensing, person: "sam", clearances: [], areas: [])
    )
}
