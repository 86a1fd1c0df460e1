import AlertFeed
import Foundation
import TestSupport
import Testing

/// The demonstration on open police data, as an engineer would run it: loaded, located, scored, told and printed.
///
/// One month of Bedfordshire; `Tests/run --long` loads the two years and holds the counts to those of the data.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: PoliceFiles.monthly.count == 24, "the police files are not there: PLACEGUARD_SHARED_DATA")
)
struct PoliceDemonstrationTests {
    private static let isLong = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] != nil

    @Test(.timeLimit(.minutes(30)))
    func `police files load as a back-file, and every output says what they are not`() async throws {
        try await Installation.onTestCluster { installation in
            let deploy = Repository.root.appending(path: "Deploy")
            _ = try await installation.placeguard("migrate")
            let template = deploy.appending(path: "templates/police-open-data.yaml").path
            _ = try await installation.placeguard("template", "activate", template)
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed)

            var total = Counts()
            let files = Self.isLong ? PoliceFiles.monthly : Array(PoliceFiles.monthly.prefix(1))
            for source in files {
                // Rejects are written beside the file.
                let file = installation.state + "/" + source.lastPathComponent
                try FileManager.default.copyItem(atPath: source.path, toPath: file)
                let output = try await installation.placeguard(
                    "import",
                    "reports",
                    file,
                    "--agency",
                    "licensing",
                    "--mapping",
                    deploy.appending(path: "mappings/police-street.yaml").path,
                    "--backfile"
                )
                total.add(try #require(Counts(output), "\(output)"))
            }
            #expect(total.refused == 0)
            #expect(total.stored + total.same + total.reused == total.rows)
            if Self.isLong {
                #expect(total == Counts(rows: 120_588, stored: 120_404, unlocated: 3_832, same: 130, reused: 54))
            } else {
                #expect(total.rows == 5_082 && total.stored > 5_000 && total.unlocated > 0)
            }

            await follower.until { events in events.count { $0.type == "back-file" } >= files.count }
            #expect(!follower.events.contains { $0.urgency == "immediate" })

            let notice = "no safeguarding evidence"
            let text = try await installation.placeguard("briefing", "operational", "--format", "text")
            #expect(text.contains("DEMONSTRATION - NOT SAFEGUARDING EVIDENCE") && text.contains(notice))
            for format in ["html", "json", "csv", "geojson"] {
                let output = try await installation.placeguard("briefing", "operational", "--format", format)
                #expect(output.contains("NOT SAFEGUARDING EVIDENCE"), "\(format)")
            }
            #expect(await daemon.terminate() == 0)
            await following
        }
    }
}

private enum PoliceFiles {
    /// Oldest first; none where the data is absent.
    static let monthly: [URL] = {
        let folder = "police-bedfordshire/street"
        return SharedData.names(in: folder).filter { $0.hasSuffix(".csv") }
            .map { SharedData.root.appending(path: "\(folder)/\($0)") }
    }()
}

/// What an import says that it did.
private struct Counts: Hashable {
    var rows = 0
    var stored = 0
    var unlocated = 0
    var same = 0
    var reused = 0
    var refused = 0

    init(rows: Int = 0, stored: Int = 0, unlocated: Int = 0, same: Int = 0, reused: Int = 0) {
        (self.rows, self.stored, self.unlocated, self.same, self.reused) = (rows, stored, unlocated, same, reused)
    }

    init?(_ output: String) {
        let numbers = output.matches(of: /[0-9]+/).prefix(7).compactMap { Int($0.output) }
        guard numbers.count == 7 else { return nil }
        // Rows, stored, of them unlocated, the same, corrections, under a reused reference, refused.
        self.init(rows: numbers[0], stored: numbers[1], unlocated: numbers[2], same: numbers[3], reused: numbers[5])
        refused = numbers[6]
    }

    mutating func add(_ other: Counts) {
        rows += other.rows
        stored += other.stored
        unlocated += other.unlocated
        same += other.same
        reused += other.reused
        refused += other.refused
    }
}
