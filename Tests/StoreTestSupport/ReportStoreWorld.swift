package import Safeguarding

/// A report store with the surroundings that a conformance test needs to set up.
package protocol ReportStoreWorld: Sendable {
    var store: any ReportStore { get }
    /// Adds a place as a register gives it.
    func add(_ place: RegisteredLocation) async throws -> LocationID
    /// The store's clock.
    func now() async throws -> Moment
}

/// The worlds that every conformance test runs in.
package enum ReportStoreKind: String, Sendable, CaseIterable {
    case memory, postgres

    /// Makes the world, with the sample partners in it, and ends it after the body.
    package func with(_ body: (any ReportStoreWorld) async throws -> Void) async throws {
        switch self {
        case .memory:
            let world = MemoryWorld()
            for (code, _) in SamplePartners.kinds { world.double.addAgency(code) }
            try await body(world)
        case .postgres:
            try await StoreFixture.with { fixture in
                try await fixture.addPartners()
                try await body(PostgresWorld(fixture: fixture))
            }
        }
    }
}

private struct MemoryWorld: ReportStoreWorld {
    static let start = Moment(seconds: 1_790_000_000)
    let double = MemoryReportStore(now: start)

    var store: any ReportStore { double }
    func add(_ place: RegisteredLocation) async throws -> LocationID { double.addPlace(place) }
    func now() async throws -> Moment { MemoryWorld.start }
}

private struct PostgresWorld: ReportStoreWorld {
    let fixture: StoreFixture

    var store: any ReportStore { fixture.reports() }

    func add(_ place: RegisteredLocation) async throws -> LocationID {
        try await fixture.addPlace(
            place.register,
            category: place.category,
            name: place.name,
            postcode: place.postcode,
            longitude: place.longitude,
            latitude: place.latitude,
            uprn: place.uprn
        )
    }

    func now() async throws -> Moment { try await fixture.now() }
}
