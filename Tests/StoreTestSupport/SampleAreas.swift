package import Safeguarding
import Store

extension AreaBoundary {
    /// A square, give or take, a tenth of a degree high.
    package static func square(_ code: String, kind: String = "ward", west: Double, east: Double) -> AreaBoundary {
        AreaBoundary(
            code: code,
            name: code,
            kind: kind,
            geometry: """
                {"type":"Polygon","coordinates":[[[\(west),51.8],[\(east),51.8],[\(east),51.9],[\(west),51.9],[\(west),51.8]]]}
                """
        )
    }
}

extension StoreFixture {
    /// Imports a small ward that begins at this longitude.
    package func importArea(_ code: String, west: Double) async throws {
        let ward = AreaBoundary.square(code, west: west, east: west + 0.01)
        _ = try await PostgresLocationRegister(source: admin).upsert(areas: [ward])
    }
}
