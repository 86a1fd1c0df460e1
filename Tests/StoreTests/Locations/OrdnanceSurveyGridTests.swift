import Foundation
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Grid references become positions as the Ordnance Survey says they do: its own test points of OSTN15.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct OrdnanceSurveyGridTests {
    /// A point of the test file: where it is on the grid, in metres, and on the ellipsoid, in degrees.
    private struct Point {
        var easting: Double
        var northing: Double
        var latitude: Double
        var longitude: Double

        /// On a sphere of the Earth's mean radius: metres apart, it is right to the millimetre.
        func metres(toLongitude longitude: Double, _ latitude: Double) -> Double {
            let north = (latitude - self.latitude) * .pi / 180 * 6_371_009
            let east = (longitude - self.longitude) * .pi / 180 * 6_371_009 * cos(latitude * .pi / 180)
            return (north * north + east * east).squareRoot()
        }
    }

    private static var points: [Point] {
        get throws {
            let text = try SharedData.text("osgb-test/ostn15-joined-with-helmert.csv")
            return try text.split(whereSeparator: \.isNewline).dropFirst().map { line in
                let numbers = line.split(separator: ",").dropFirst().compactMap { Double($0) }
                return try #require(
                    numbers.count >= 4
                        ? Point(easting: numbers[2], northing: numbers[3], latitude: numbers[0], longitude: numbers[1])
                        : nil
                )
            }
        }
    }

    /// Without the survey's grid of shifts PROJ converts by seven parameters, which those points show to be up to 4.94 m
    /// off; a report's whole metre adds up to 1.42 m. Both are well within the 25 m in which points are one place.
    @Test(.enabled(if: SharedData.has("osgb-test"), "the Ordnance Survey's test points are not here"))
    func `every test point of the Ordnance Survey is found within the error of the conversion`() async throws {
        try await StoreFixture.with { fixture async throws in
            try await fixture.addPartners()
            let points = try OrdnanceSurveyGridTests.points
            #expect(points.count == 40)
            let reports = points.enumerated().map { index, point in
                SampleReport.make(
                    "os-\(index)",
                    at: .grid(easting: Int(point.easting), northing: Int(point.northing), halfWidth: 0)
                )
            }
            let outcomes = try await fixture.reports().commit(reports, prompts: SampleReport.noPrompts)
            #expect(outcomes.count { $0.report != nil } == points.count)
            let found = try await fixture.texts(
                """
                SELECT r.reference || ' ' || ST_X(l.position) || ' ' || ST_Y(l.position)
                FROM placeguard.report r JOIN placeguard.location l ON l.id = r.location
                """
            )
            #expect(found.count == points.count)
            let distances = try found.map { row in
                let parts = row.split(separator: " ")
                let point = points[try #require(parts[0].split(separator: "-").last.flatMap { Int($0) })]
                return point.metres(toLongitude: try #require(Double(parts[1])), try #require(Double(parts[2])))
            }
            let worst = try #require(distances.max())
            #expect(worst <= 4.94 + 1.42, "\(worst) m")
            let median = distances.sorted()[distances.count / 2]
            #expect(median <= 1.77 + 1.42, "\(median) m")
        }
    }
}
