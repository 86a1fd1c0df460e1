import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct PostgresImportRunsTests {
    private func begin(_ fixture: StoreFixture, digest: UInt8 = 1, isBackFile: Bool = true) async throws -> Int64 {
        try await PostgresImportRuns(source: fixture.intake).begin(
            agency: SamplePartners.licensing,
            fileDigest: Array(repeating: digest, count: 32),
            mapping: "sample",
            isBackFile: isBackFile,
            actor: "admin:tests"
        )
    }

    @Test func `an interrupted run goes on, another file is another run`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let run = try await begin(fixture)
            #expect(try await begin(fixture) == run)
            #expect(try await begin(fixture, digest: 2) != run)
            #expect(try await begin(fixture, isBackFile: false) != run)
        }
    }

    @Test func `a finished run is done: the same file again is a new one`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let run = try await begin(fixture)
            try await PostgresImportRuns(source: fixture.intake).finish(run, counts: "{\"stored\":1}")
            #expect(try await begin(fixture) != run)
        }
    }

    @Test func `finishing a back-file puts its summary on the due list, once`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let runs = PostgresImportRuns(source: fixture.intake)
            let run = try await begin(fixture)
            try await runs.finish(run, counts: "{\"stored\":1}")
            try await runs.finish(run, counts: "{\"stored\":2}")
            #expect(
                try await fixture.texts("SELECT kind || ' ' || priority || ' ' || import_run FROM placeguard.due")
                    == ["import-run 3 \(run)"]
            )
            #expect(try await fixture.texts("SELECT counts::text FROM placeguard.import_run") == ["{\"stored\": 1}"])
            let live = try await begin(fixture, isBackFile: false)
            try await runs.finish(live, counts: "{}")
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.due") == 1)
        }
    }

    @Test func `two at once begin one run`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let runs = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<4 { group.addTask { try await begin(fixture) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(runs.count == 1)
        }
    }
}
