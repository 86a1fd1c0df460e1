import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct PostgresLocationRegisterTests {
    private func makeRegister(_ fixture: StoreFixture) -> PostgresLocationRegister {
        PostgresLocationRegister(source: fixture.admin)
    }

    private func counts(_ added: Int, _ changed: Int, _ unchanged: Int, without: Int = 0) -> RegisterCounts {
        var counts = RegisterCounts()
        counts.added = added
        counts.changed = changed
        counts.unchanged = unchanged
        counts.withoutPosition = without
        return counts
    }

    @Test func `loading again changes nothing, and a changed entry is changed`() async throws {
        try await StoreFixture.with { fixture async throws in
            var place = SampleReport.grill
            let register = makeRegister(fixture)
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(1, 0, 0))
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(0, 0, 1))
            place.name = "Marlowick Kebab"
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(0, 1, 0))
            place.latitude = 51.881
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(0, 1, 0))
            #expect(
                try await fixture.texts(
                    "SELECT name || ' ' || round(ST_Y(position)::numeric, 3) || ' ' || from_register FROM placeguard.location"
                )
                    == ["Marlowick Kebab 51.881 true"]
            )
        }
    }

    @Test func `of two entries with one key the last counts`() async throws {
        try await StoreFixture.with { fixture async throws in
            var twin = SampleReport.grill
            twin.name = "Second"
            #expect(
                try await makeRegister(fixture).upsert(locations: [SampleReport.grill, twin], actor: "admin:t")
                    == counts(1, 0, 0)
            )
            #expect(try await fixture.texts("SELECT name FROM placeguard.location") == ["Second"])
        }
    }

    @Test func `a place without a position takes that of its postcode, whichever is loaded first`() async throws {
        try await StoreFixture.with { fixture async throws in
            let register = makeRegister(fixture)
            var place = SampleReport.grill
            (place.longitude, place.latitude) = (nil, nil)
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(1, 0, 0, without: 1))
            let postcode = PostcodePosition(postcode: "ZZ1 1AA", longitude: -0.42, latitude: 51.89)
            #expect(try await register.upsert(postcodes: [postcode]) == counts(1, 0, 0))
            #expect(try await register.upsert(postcodes: [postcode]) == counts(0, 0, 1))
            #expect(
                try await fixture.texts("SELECT ST_AsText(position) FROM placeguard.location") == ["POINT(-0.42 51.89)"]
            )
            place.register = "fhrs:2"
            #expect(try await register.upsert(locations: [place], actor: "admin:t") == counts(1, 0, 0))
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location WHERE position IS NULL") == 0)
        }
    }

    @Test func `names and addresses of restricted places are kept apart, also when the category changes`() async throws
    {
        try await StoreFixture.with { fixture async throws in
            let register = makeRegister(fixture)
            var place = SampleReport.grill
            place.category = .residential
            _ = try await register.upsert(locations: [place], actor: "admin:t")
            #expect(try await fixture.texts("SELECT coalesce(name, address, '-') FROM placeguard.location") == ["-"])
            #expect(
                try await fixture.texts("SELECT name FROM placeguard.location_restricted_name") == ["Marlowick Grill"]
            )
            place.category = .takeaway
            _ = try await register.upsert(locations: [place], actor: "admin:t")
            #expect(try await fixture.texts("SELECT name FROM placeguard.location") == ["Marlowick Grill"])
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location_restricted_name") == 0)
        }
    }

    @Test func `places carry the areas they lie in, restricted ones wards and larger only`() async throws {
        try await StoreFixture.with { fixture async throws in
            let register = makeRegister(fixture)
            var home = SampleReport.grill
            (home.register, home.category) = ("home:1", .residential)
            _ = try await register.upsert(locations: [SampleReport.grill, home], actor: "admin:t")
            let areas: [AreaBoundary] = [
                .square("W1", kind: "ward", west: -0.5, east: -0.4),
                .square("B1", kind: "beat", west: -0.42, east: -0.40),
                .square("W2", kind: "ward", west: -0.4, east: -0.3),
            ]
            #expect(try await register.upsert(areas: areas) == counts(3, 0, 0))
            #expect(try await register.upsert(areas: areas) == counts(0, 0, 3))
            #expect(
                try await fixture.texts("SELECT register || areas::text FROM placeguard.location ORDER BY register")
                    == ["fhrs:1{B1,W1}", "home:1{W1}"]
            )
            // The boundary moves away from the places, and takes its name off them.
            #expect(
                try await register.upsert(areas: [.square("W1", kind: "ward", west: -0.6, east: -0.5)])
                    == counts(0, 1, 0)
            )
            #expect(
                try await fixture.texts("SELECT register || areas::text FROM placeguard.location ORDER BY register")
                    == ["fhrs:1{B1}", "home:1{}"]
            )
        }
    }

    @Test func `a point made by a report carries its areas too`() async throws {
        try await StoreFixture.with { fixture async throws in
            try await fixture.addPartners()
            _ = try await makeRegister(fixture).upsert(areas: [.square("W1", kind: "ward", west: -0.5, east: -0.4)])
            _ = try await fixture.reports().commit([SampleReport.make("A-1")], prompts: SampleReport.noPrompts)
            #expect(try await fixture.texts("SELECT areas::text FROM placeguard.location") == ["{W1}"])
        }
    }

    @Test func `a geometry that is no polygon is an error by itself`() async throws {
        try await StoreFixture.with { fixture async throws in
            let broken = AreaBoundary(code: "X", name: "X", kind: "ward", geometry: "{\"type\":\"Nonsense\"}")
            await #expect(throws: (any Error).self) { try await makeRegister(fixture).upsert(areas: [broken]) }
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.area") == 0)
        }
    }

    @Test func `more rows than a statement takes are loaded all the same`() async throws {
        try await StoreFixture.with { fixture async throws in
            let places = (0..<StoreLimits.registerRows + 1).map { number in
                var place = SampleReport.grill
                place.register = "fhrs:\(number)"
                return place
            }
            #expect(
                try await makeRegister(fixture).upsert(locations: places, actor: "admin:t")
                    == counts(places.count, 0, 0)
            )
        }
    }
}
