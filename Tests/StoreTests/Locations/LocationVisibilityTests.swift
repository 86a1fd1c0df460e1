import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What of a place the open view may know (design.md "Trust").
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct LocationVisibilityTests {
    private func commit(_ fixture: StoreFixture, _ reports: ValidatedReport...) async throws -> [CommitOutcome] {
        try await fixture.reports().commit(reports, prompts: SampleReport.noPrompts)
    }

    private func places(_ fixture: StoreFixture) async throws -> [String] {
        try await fixture.texts(
            "SELECT coalesce(name, '-') || ' ' || has_open_item FROM placeguard.location ORDER BY id"
        )
    }

    private let secret = SampleReport.make(
        "S-1",
        agency: SamplePartners.police,
        name: "Bandstand",
        compartment: .policeIntel
    )

    @Test func `a point that only restricted reports know is hidden, name and all`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, secret)
            #expect(try await places(fixture) == ["- false"])
            #expect(try await fixture.texts("SELECT name FROM placeguard.location_restricted_name") == ["Bandstand"])
        }
    }

    @Test func `an open report makes it visible, under a name only if it gave one itself`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, secret)
            _ = try await commit(fixture, SampleReport.make("O-1"))
            #expect(try await places(fixture) == ["- true"])
            _ = try await commit(fixture, SampleReport.make("O-2", name: "bandstand"))
            #expect(try await places(fixture) == ["bandstand true"])
        }
    }

    @Test func `an open reporter is not told that somebody was there before`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, secret)
            let first = try await commit(fixture, SampleReport.make("O-1", name: "Bandstand"))[0]
            let second = try await commit(fixture, SampleReport.make("O-2", name: "Bandstand"))[0]
            #expect(first.manner == "new-point")
            #expect(second.manner == "point")
        }
    }

    @Test func `a restricted report changes nothing about a place the open view knows`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, SampleReport.make("O-1", name: "Bandstand"))
            let before = try await fixture.texts("SELECT row_to_json(l)::text FROM placeguard.location l")
            _ = try await commit(fixture, secret)
            #expect(try await fixture.texts("SELECT row_to_json(l)::text FROM placeguard.location l") == before)
        }
    }

    @Test func `a staff sign alone does not open a place`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, SampleReport.make("L-1", signs: [SampleSigns.lado]))
            #expect(try await places(fixture) == ["- false"])
        }
    }

    @Test(arguments: LocationCategory.allCases)
    func `name and position of restricted categories are withheld, and of no others`(
        _ category: LocationCategory
    ) async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, SampleReport.make("O-1", category: category, name: "Number 12"))
            let row = try await fixture.texts(
                """
                SELECT is_restricted || ' ' || coalesce(name, '-') || ' '
                    || (shown_position::bytea = position::bytea) || ' '
                    || round(ST_Distance(shown_position::geography, position::geography))
                FROM placeguard.location
                """
            )[0]
            if category.isRestricted {
                #expect(row.hasPrefix("true - false"))
                // The middle of a square kilometre is at most 708 metres away.
                #expect(Int(row.split(separator: " ").last ?? "").map { (1...708).contains($0) } == true)
                #expect(
                    try await fixture.texts("SELECT name FROM placeguard.location_restricted_name") == ["Number 12"]
                )
            } else {
                #expect(row == "false Number 12 true 0")
            }
        }
    }

    @Test func `a restricted place is found by its name again`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let outcomes = try await commit(
                fixture,
                SampleReport.make("1", category: .residential, name: "Number 12"),
                SampleReport.make("2", category: .residential, name: "number  12"),
                SampleReport.make("3", category: .residential, name: "Number 14")
            )
            #expect(outcomes[0].location == outcomes[1].location)
            #expect(outcomes[0].location != outcomes[2].location)
        }
    }

    @Test func `every place of one square kilometre is shown at the same point`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            // 52.0 north, 0.4 west lies well inside a square; these are 100 metres apart.
            for number in 0..<3 {
                _ = try await commit(
                    fixture,
                    SampleReport.make(
                        "\(number)",
                        at: .point(longitude: -4_000_000, latitude: 520_000_000 + Int64(number) * 9_000),
                        category: .residential
                    )
                )
            }
            #expect(try await fixture.count("SELECT count(DISTINCT shown_position) FROM placeguard.location") == 1)
            #expect(try await fixture.count("SELECT count(DISTINCT cell) FROM placeguard.location") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location") == 3)
        }
    }

    @Test func `a grid reference is the place its centre names`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            // TL 086 213, the middle of its 100 m square; PROJ's OSTN or Helmert agree within 5 m.
            let outcome = try await commit(
                fixture,
                SampleReport.make("1", at: .grid(easting: 508_650, northing: 221_350, halfWidth: 50))
            )[0]
            #expect(outcome.manner == "new-point")
            let cell = try await fixture.count("SELECT cell FROM placeguard.location")
            #expect(cell == 508 * 10_000 + 221)
            let near = try await commit(
                fixture,
                SampleReport.make("2", at: .grid(easting: 508_690, northing: 221_350, halfWidth: 50)),
                SampleReport.make("3", at: .grid(easting: 508_690, northing: 221_350, halfWidth: 0))
            )
            #expect(near[0].location == outcome.location)
            #expect(near[1].location != outcome.location)
        }
    }
}
