import Safeguarding
import StoreTestSupport
import TestSupport
import Testing

/// The same markers, looked for in everything that may be read over HTTP, by whoever has a token.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct NothingLeaksOverHTTPTests {
    /// Where the places are that are open to everybody: briefings give their positions.
    private static let openPositions: Set<String> = ["-0.42718", "51.87946", "-0.75142", "51.66379"]
    /// Where the place is that the full view alone knows.
    private static let hiddenPositions: Set<String> = ["-0.53827", "51.90157"]
    /// Somebody's home: its position and its name are for the full view, and on no map.
    private static let homePositions: Set<String> = ["-0.64931", "51.77268"]
    private static let homeName = "Ottoline"

    @Test(.timeLimit(.minutes(10)))
    func `nothing that a report says of people and no secret is read over HTTP, whoever asks`() async throws {
        try await StoreFixture.bootstrapped { database in
            try await Installation.on("\(database.connectionString) password=\(Planted.databaseSecret.text)") {
                installation in
                let tokens = try await PlantedTokens.issue(on: installation)
                let daemon = try await installation.start()
                let opened = try await Self.play(tokens, daemon, installation)
                let visitors = try await Visitor.all(on: installation, daemon.addresses.http)
                let secrets = tokens.secrets + Planted.secrets + visitors.map(\.secret)
                let never = Planted.kept + Planted.hashed + Planted.words + [Planted.hostile] + secrets
                let hidden = [opened.fullHotel, opened.lounge, opened.loungePlace, opened.last].map { Marker($0) }

                let full = try await Self.places(visitors, isCleared: true, shows: [Planted.lounge])
                let open = try await Self.places(visitors, isCleared: false, shows: [])
                try #require(full.contains(opened.loungePlace) && !open.contains(opened.loungePlace))
                try #require(opened.reports.count == Planted.reports.count)
                let surfaces = ReadSurface.all(
                    known: full.intersection(open).sorted(),
                    hidden: full.subtracting(open).sorted(),
                    reports: opened.reports
                )
                for visitor in visitors {
                    for surface in surfaces where !surface.isOwn(of: visitor) {
                        let answer = try await visitor.get(surface.path, accept: surface.accept)
                        let name = "\(visitor.name): \(surface.path) \(surface.accept ?? "")"
                        #expect(answer.status == surface.expected(by: visitor), "\(name)")
                        let mayTell = answer.status == 200 ? Self.mayTell(surface, visitor) : []
                        var forbidden = never.filter { !mayTell.contains($0.text) }
                        if !visitor.isCleared || answer.status != 200 { forbidden += Planted.restricted + hidden }
                        #expect(answer.surface.found(forbidden) == [], "\(name)")
                    }
                }
                let description = try await Partner(address: daemon.addresses.http, token: "").read("/openapi.yaml")
                #expect(description.found(never) == [])
                #expect(await daemon.terminate() == 0)
            }
        }
    }

    /// Plays the shift, and is gone.
    private static func play(_ tokens: PlantedTokens, _ daemon: DaemonProcess, _ installation: Installation)
        async throws -> PlantedShift.Opened
    {
        let (feed, partner) = (
            daemon.addresses.feed, Partner(address: daemon.addresses.http, token: tokens.reporter)
        )
        let opened: PlantedShift.Opened = try await RawFeed.with(feed) { full in
            try await full.logIn(tokens.full)
            _ = try await full.ask("SUB desk FROM floor")
            let opened: PlantedShift.Opened = try await RawFeed.with(feed) { open in
                try await open.logIn(tokens.open)
                _ = try await open.ask("SUB desk FROM floor")
                return try await PlantedShift.play(partner, full, open, installation)
            }
            return opened
        }
        return opened
    }

    /// The places that a meeting is shown, whose list has what both views may know, and where.
    private static func places(
        _ visitors: [Visitor],
        isCleared: Bool,
        shows texts: [String]
    ) async throws -> Set<String> {
        let meeting = try #require(visitors.first { $0.role == .meeting && $0.isCleared == isCleared })
        let listed = try await meeting.get("/v1/hotspots")
        let shown = [Planted.hotel, Planted.last] + openPositions.sorted() + texts
        #expect(listed.surface.found(shown.map { Marker($0) }) == shown, "the eyes see what is there")
        let places = try JSONReader.read(bytes: Array(listed.body.utf8))["places"]?.array ?? []
        return Set(places.compactMap { $0["id"]?.string })
    }

    /// What of the texts that no event carries may stand here.
    private static func mayTell(_ surface: ReadSurface, _ visitor: Visitor) -> Set<String> {
        let positions: Set<String> =
            switch (surface.whereabouts, visitor.isCleared) {
            case (.unsaid, _): []
            case (.onMap, false), (.exact, false): openPositions
            case (.onMap, true): openPositions.union(hiddenPositions)
            case (.exact, true): openPositions.union(hiddenPositions).union(homePositions)
            }
        return visitor.isCleared ? positions.union([homeName]) : positions
    }
}
