import Postgres
import Safeguarding
import Store
import StoreTestSupport
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct CommitConcurrencyTests {
    @Test func `the same new point in batches at once is one location`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let store = fixture.reports()
            let locations = try await withThrowingTaskGroup(of: [LocationID?].self) { group in
                for batch in 0..<8 {
                    group.addTask {
                        let reports = (0..<4).map { number in
                            // Ten metres apart, across the border between two lock cells (51.88).
                            SampleReport.make(
                                "\(batch)-\(number)",
                                at: SampleReport.metresNorth(Double(number % 2) * 10 - 5)
                            )
                        }
                        return try await store.commit(reports, prompts: SampleReport.noPrompts).map(\.location)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(locations).count == 1)
            #expect(locations.count == 32)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location") == 1)
        }
    }

    @Test func `a wide search and a narrow one at once make one location`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let store = fixture.reports()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        _ = try await store.commit(
                            [SampleReport.make("\(number)", accuracyMetres: number % 2 == 0 ? 2_000 : nil)],
                            prompts: SampleReport.noPrompts
                        )
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location") == 1)
        }
    }

    @Test func `the same references in many batches at once are stored once with one receipt each`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let store = fixture.reports()
            let reports = (0..<12).map { SampleReport.make("R-\($0)", at: SampleReport.metresNorth(Double($0) * 100)) }
            let rounds = try await withThrowingTaskGroup(of: [String: CommitOutcome].self) { group in
                for _ in 0..<8 {
                    let shuffled = reports.shuffled()
                    group.addTask {
                        let outcomes = try await store.commit(shuffled, prompts: SampleReport.noPrompts)
                        return Dictionary(uniqueKeysWithValues: zip(shuffled.map(\.reference), outcomes))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for report in reports {
                let outcomes = rounds.compactMap { $0[report.reference] }
                #expect(outcomes.count == 8)
                #expect(outcomes.count { $0.isCreated } == 1)
                #expect(outcomes.count { $0.isSame } == 7)
                #expect(Set(outcomes.map(\.receipt)).count == 1)
            }
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report") == 12)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.item") == 12)
        }
    }

    @Test func `a backend killed in the middle of a batch costs nothing and doubles nothing`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let store = fixture.reports()
            let reports = (0..<5).map { SampleReport.make("K-\($0)") }
            let outcomes = try await fixture.owner.withConnection { blocker in
                try await blocker.transaction { blocker in
                    // The batch comes as far as its due rows and waits there.
                    _ = try await blocker.query("LOCK TABLE placeguard.due IN ACCESS EXCLUSIVE MODE")
                    return try await withThrowingTaskGroup(of: [CommitOutcome].self) { group in
                        group.addTask { try await store.commit(reports, prompts: SampleReport.noPrompts) }
                        let stuck = try await fixture.backend(of: .intake, waitingFor: "Lock")
                        try await withConnection(fixture.database.settings) { connection in
                            _ = try await connection.query("SELECT pg_terminate_backend($1)", [.int32(stuck)])
                        }
                        _ = try await blocker.query("COMMIT AND CHAIN")
                        return try await group.next() ?? []
                    }
                }
            }
            #expect(outcomes.count == 5)
            #expect(outcomes.allSatisfy { $0.isCreated })
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report") == 5)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.due") == 1)
            let receipts = try await fixture.texts("SELECT receipt FROM placeguard.report_reference ORDER BY reference")
            #expect(outcomes.map(\.receipt) == receipts)
        }
    }

    @Test func `a commit whose answer was lost is recognised as the batch's own`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let source = LosesFirstAnswer(source: fixture.intake)
            let store = ReportRepository(source: source, activeSigns: SampleSigns.weights)
            let outcomes = try await store.commit(
                (0..<3).map { SampleReport.make("L-\($0)") },
                prompts: SampleReport.noPrompts
            )
            #expect(source.losses == 1)
            #expect(outcomes.allSatisfy { $0.isCreated })
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report") == 3)
            #expect(
                try await fixture.texts("SELECT receipt FROM placeguard.report_reference ORDER BY reference")
                    == outcomes.map(\.receipt)
            )
        }
    }

    @Test func `a server that stays away is reported as unavailable`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let source = LosesEveryAnswer(source: fixture.intake)
            let store = ReportRepository(source: source, activeSigns: SampleSigns.weights)
            await #expect(throws: StoreFailure.unavailable) {
                try await store.commit([SampleReport.make("L-1")], prompts: SampleReport.noPrompts)
            }
        }
    }

    @Test func `batches that meet in places, references and names at once all get through`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let store = fixture.reports()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for batch in 0..<12 {
                    group.addTask {
                        let reports = (0..<10).map { (number: Int) -> ValidatedReport in
                            let isOpen = number % 2 == 0
                            let metres = Double((batch * 3 + number) % 6 * 200)
                            return SampleReport.make(
                                "\((batch + number) % 15)",
                                agency: isOpen ? SamplePartners.cctv : SamplePartners.police,
                                at: SampleReport.metresNorth(metres),
                                name: number % 3 == 0 ? "Bandstand" : nil,
                                compartment: isOpen ? .openPartner : .policeIntel
                            )
                        }.shuffled()
                        _ = try await store.commit(reports, prompts: SampleReport.noPrompts)
                    }
                }
                try await group.waitForAll()
            }
            let dangling = try await fixture.count(
                """
                SELECT (SELECT count(*) FROM placeguard.item i
                        WHERE NOT EXISTS (SELECT FROM placeguard.report r WHERE r.id = i.report AND r.location = i.location))
                    + (SELECT count(*) FROM placeguard.report_reference f
                        WHERE NOT EXISTS (SELECT FROM placeguard.report r WHERE r.id = f.report))
                    + (SELECT count(*) FROM placeguard.report r
                        WHERE NOT EXISTS (SELECT FROM placeguard.report_reference f WHERE f.report = r.id))
                """
            )
            #expect(dangling == 0)
        }
    }
}

/// Lets the first body run to its end and then loses the connection, as a network does between COMMIT and its answer.
private final class LosesFirstAnswer: ConnectionSource {
    private let source: any ConnectionSource
    private let count = Atomic(0)

    init(source: any ConnectionSource) { self.source = source }

    var losses: Int { count.load(ordering: .relaxed) }

    func lend<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await source.lend { connection in
            let result = try await body(connection)
            if count.compareExchange(expected: 0, desired: 1, ordering: .relaxed).exchanged {
                _ = try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            return result
        }
    }
}

/// Loses the connection before anything is done, every time.
private struct LosesEveryAnswer: ConnectionSource {
    let source: any ConnectionSource

    func lend<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await source.lend { connection in
            _ = try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
            return try await body(connection)
        }
    }
}
