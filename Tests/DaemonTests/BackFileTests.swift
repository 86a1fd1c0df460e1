import AlertFeed
import Foundation
import Synchronization
import TestSupport
import Testing

/// A back-file of years beside live reports: nobody is flooded by the one, and nobody waits for the other.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct BackFileTests {
    /// Rows of the file; `Tests/run --long` loads the full million.
    private static let rows = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] == nil ? 20_000 : 1_000_000
    private static let places = 50

    @Test(.timeLimit(.minutes(60)))
    func `live immediate reports are told while a back-file runs, and the file itself is one summary`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let file = try Self.writeFile(in: installation.state)
            let daemon = try await installation.start()
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed)

            let isLoaded = Atomic(false)
            async let loading = load(file, installation, isLoaded)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "live")
            var toldMeanwhile = 0
            while !isLoaded.load(ordering: .acquiring) {
                #expect(await reporter.sendUrgent(to: daemon.addresses.http))
                let sent = reporter.receipts.count
                await follower.until { $0.count { $0.urgency == "immediate" } >= sent }
                if !isLoaded.load(ordering: .acquiring) { toldMeanwhile += 1 }
            }
            #expect(try await loading.contains("\(Self.rows) rows: \(Self.rows) stored"))
            #expect(toldMeanwhile >= 3, "the file was loaded before anything could be told beside it")

            await follower.until { $0.contains { $0.type == "back-file" } }
            // Places that the file left red or unrated are raised after the summary; the last one ends the count.
            let live = reporter.receipts.count
            let red = try await installation.placesLeftUnsettled()
            await follower.reached(live + 1 + red)
            let events = follower.events
            #expect(events.count { $0.urgency == "immediate" } == live, "none of them from the file")
            #expect(events.count { $0.type == "back-file" } == 1)
            #expect(events.count <= live + 1 + Self.places)
            let beforeSummary = events.prefix { $0.type != "back-file" }
            #expect(
                beforeSummary.allSatisfy { $0.urgency == "immediate" },
                "nothing is told of the file before its summary"
            )
            #expect(follower.faults.isEmpty)

            #expect(await daemon.terminate() == 0)
            await following
        }
    }

    private func load(
        _ file: String,
        _ installation: Installation,
        _ isLoaded: borrowing Atomic<Bool>
    ) async throws -> String {
        defer { isLoaded.store(true, ordering: .releasing) }
        return try await installation.placeguard(
            "import",
            "reports",
            file,
            "--agency",
            "licensing",
            "--mapping",
            file + ".yaml",
            "--backfile"
        )
    }

    /// Rows of severity 4 at points of their own, two years deep.
    private static func writeFile(in directory: String) throws -> String {
        let file = directory + "/years.csv"
        var text = "reference,observed,longitude,latitude\n"
        for row in 1...rows {
            let day = row % 28 + 1
            let month = row % 12 + 1
            text += "years-\(row),2025-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day),"
            text += "2.\(row % places + 10),54.6\n"
        }
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        try """
        mapping: years
        about: A made-up back-file
        template: safeguarding
        reference: {column: reference}
        fields:
          observed: observed
          location.longitude: longitude
          location.latitude: latitude
          attribution: {constant: nearby}
          knowledge: {constant: seen}
          signs: {constant: adult-controls-child}
        """.write(toFile: file + ".yaml", atomically: false, encoding: .utf8)
        return file
    }
}
