import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What a commit does in the database beyond its answers.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct CommitTests {
    private func commit(_ fixture: StoreFixture, _ reports: ValidatedReport...) async throws -> [CommitOutcome] {
        try await fixture.reports().commit(reports, prompts: SampleReport.noPrompts)
    }

    @Test func `a report has one row everywhere, and two with two signs`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(
                fixture,
                SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.other], narrative: [0x61])
            )
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report_reference") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report_narrative") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.item") == 2)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.due") == 1)
        }
    }

    @Test func `the narrative is kept byte for byte, NUL and broken UTF-8 included`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let words: [UInt8] = [0x00, 0xFF, 0xC3, 0x28, 0x0D, 0x0A, 0x09, 0x41]
            let outcome = try await commit(fixture, SampleReport.make("A-1", narrative: words))[0]
            let form = try await fixture.reports().currentForm(
                of: #require(outcome.report),
                agency: SamplePartners.licensing
            )
            #expect(form?.narrative == words)
        }
    }

    @Test func `one row that cannot be stored is refused by itself, wherever it stands`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            for poisoned in [0, 3, 6] {
                let reports = (0..<7).map { number in
                    // U+0000 is no text for PostgreSQL (22021).
                    SampleReport.make(
                        "P-\(poisoned)-\(number)",
                        actor: number == poisoned ? "agency:\u{0}" : "agency:marlowick-licensing"
                    )
                }
                let outcomes = try await fixture.reports().commit(reports, prompts: SampleReport.noPrompts)
                for (number, outcome) in outcomes.enumerated() {
                    if number == poisoned {
                        #expect(outcome.reason == .badUnicode)
                    } else {
                        #expect(outcome.isCreated)
                    }
                }
            }
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.report") == 18)
        }
    }

    @Test func `two poisoned rows in one batch are both found`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let reports = (0..<9).map { number in
                SampleReport.make("P-\(number)", actor: [2, 7].contains(number) ? "agency:\u{0}" : "agency:a")
            }
            let outcomes = try await fixture.reports().commit(reports, prompts: SampleReport.noPrompts)
            #expect(outcomes.map(\.isCreated) == (0..<9).map { ![2, 7].contains($0) })
        }
    }

    @Test func `a long narrative is refused by the schema although intake let it through`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            for (length, isStored) in [(31_999, true), (32_000, true), (32_001, false)] {
                let outcome = try await commit(
                    fixture,
                    SampleReport.make("N-\(length)", narrative: Array(repeating: 0x61, count: length))
                )[0]
                #expect(outcome.isCreated == isStored)
            }
        }
    }

    @Test func `due rows: one for each place with the most urgent priority, one for each unlocated report`()
        async throws
    {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let outcomes = try await commit(
                fixture,
                SampleReport.make("A-1"),
                SampleReport.make("A-2", signs: [SampleSigns.grave]),
                SampleReport.make("A-3", at: .none),
                SampleReport.make("A-4", at: .none, happeningNow: true)
            )
            let rows = try await fixture.owner.withConnection { connection in
                try await connection.query(
                    "SELECT kind, subject, priority FROM placeguard.due ORDER BY kind, priority"
                ).map { row in "\(try row.text(0)) \(UniqueID(try row.uuid(1)).text) \(try row.int16(2))" }
            }
            let place = try #require(outcomes[0].location).value.text
            let calm = try #require(outcomes[2].report).value.text
            let urgent = try #require(outcomes[3].report).value.text
            #expect(rows == ["location \(place) 0", "unlocated \(urgent) 0", "unlocated \(calm) 1"])
        }
    }

    @Test func `a back-file comes last, belongs to its run, and its unlocated reports wait for the summary`()
        async throws
    {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let runs = PostgresImportRuns(source: fixture.intake)
            let run = try await runs.begin(
                agency: SamplePartners.licensing,
                fileDigest: Array(repeating: 1, count: 32),
                mapping: "sample",
                isBackFile: true,
                actor: "admin:tests"
            )
            _ = try await commit(
                fixture,
                SampleReport.make(
                    "A-1",
                    signs: [SampleSigns.grave],
                    happeningNow: true,
                    importRun: run,
                    isBackFile: true
                ),
                SampleReport.make("A-2", at: .none, importRun: run, isBackFile: true)
            )
            #expect(
                try await fixture.texts("SELECT kind || priority || (import_run IS NOT NULL) FROM placeguard.due") == [
                    "location3true"
                ]
            )
            // It waits a little for more of the same file.
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM placeguard.due d, placeguard.report r WHERE d.due_at = r.received + interval '5 s'"
                ) == 2
            )
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.import_run_location") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.item WHERE is_back_file") == 2)
        }
    }

    @Test func `one audit row for each actor of a batch, with a digest and no words`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(
                fixture,
                SampleReport.make("A-1", actor: "person:ann"),
                SampleReport.make("A-2", actor: "person:ann"),
                SampleReport.make("A-3", agency: SamplePartners.cctv)
            )
            let rows = try await fixture.texts(
                """
                SELECT actor || ' ' || action || ' ' || subject || ' ' || detail || ' ' || octet_length(digest)
                FROM placeguard.audit_entry WHERE action = 'report.create' ORDER BY actor
                """
            )
            #expect(
                rows == [
                    "agency:marlowick-cctv report.create marlowick-cctv reports=1 32",
                    "person:ann report.create marlowick-licensing reports=2 32",
                ]
            )
        }
    }

    @Test func `a refused batch leaves no trace, not even in the audit`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(fixture, SampleReport.make("A-1", observedFrom: Moment(seconds: 0)))
            #expect(
                try await fixture.count("SELECT count(*) FROM placeguard.audit_entry WHERE action LIKE 'report%'") == 0
            )
            #expect(try await fixture.count("SELECT count(*) FROM placeguard.location") == 0)
        }
    }

    @Test func `a self-report counts only where the agency or the person is linked to the place`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let place = try await fixture.addPlace("fhrs:1")
            let other = try await fixture.addPlace("fhrs:2")
            let agencies = AgencyDirectory(source: fixture.admin)
            let people = PersonDirectory(source: fixture.admin)
            try await agencies.link(agency: SamplePartners.taxis, to: place, as: .operator, by: "admin:tests")
            try await people.add(NewPerson(code: "ann", agency: SamplePartners.cctv, name: "Ann"), by: "admin:tests")
            try await people.link(person: "ann", to: place, as: .employer, by: "admin:tests")
            _ = try await commit(
                fixture,
                SampleReport.make("1", agency: SamplePartners.taxis, at: .id(place), selfReport: true),
                SampleReport.make("2", agency: SamplePartners.taxis, at: .id(place)),
                SampleReport.make("3", agency: SamplePartners.taxis, at: .id(other), selfReport: true),
                SampleReport.make("4", agency: SamplePartners.cctv, at: .id(place), selfReport: true),
                SampleReport.make(
                    "5",
                    agency: SamplePartners.cctv,
                    actor: "person:ann",
                    at: .id(place),
                    selfReport: true
                )
            )
            let flags = try await fixture.texts(
                """
                SELECT r.reference || ' ' || r.self_report_claimed || ' ' || i.self_report
                FROM placeguard.report r JOIN placeguard.item i ON i.report = r.id ORDER BY r.reference
                """
            )
            #expect(flags == ["1 true true", "2 false false", "3 true false", "4 true false", "5 true true"])
        }
    }

    @Test func `a shared originator value seen only from other kinds of agency is marked`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let value = try #require(OriginatorHash(bytes: Array(repeating: UInt8(7), count: 32)))
            for (reference, agency, scheme) in [
                ("1", SamplePartners.police, "email"), ("2", SamplePartners.police, "email"),
                ("3", SamplePartners.taxis, "email"), ("4", SamplePartners.taxis, "email"),
                ("5", SamplePartners.cctv, nil),
            ] {
                _ = try await commit(
                    fixture,
                    SampleReport.make(reference, agency: agency, originator: value, originatorScheme: scheme)
                )
            }
            let marks = try await fixture.texts(
                """
                SELECT r.reference || ' ' || i.originator_unconfirmed
                FROM placeguard.report r JOIN placeguard.item i ON i.report = r.id ORDER BY r.reference
                """
            )
            #expect(marks == ["1 false", "2 false", "3 true", "4 false", "5 false"])
        }
    }

    @Test func `a journey links two places, and an end nobody knows is null`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            _ = try await commit(
                fixture,
                SampleReport.make(
                    "1",
                    journeyFrom: SampleReport.metresNorth(500),
                    journeyTo: SampleReport.metresNorth(900)
                ),
                SampleReport.make("2", journeyFrom: SampleReport.metresNorth(500), journeyTo: .register("fhrs:none"))
            )
            let rows = try await fixture.texts(
                """
                SELECT (j.from_location IS NOT NULL) || ' ' || (j.to_location IS NOT NULL)
                FROM placeguard.journey j JOIN placeguard.report r ON r.id = j.report ORDER BY r.reference
                """
            )
            #expect(rows == ["true true", "true false"])
            #expect(try await fixture.count("SELECT count(DISTINCT from_location) FROM placeguard.journey") == 1)
        }
    }

    @Test func `ids are version 7, carry the server's time and sort with it`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.addPartners()
            let before = try await fixture.now()
            let report = try #require(try await commit(fixture, SampleReport.make("A-1"))[0].report)
            let after = try await fixture.now()
            #expect(report.value.high >> 12 & 15 == 7)
            #expect(report.value.low >> 62 == 2)
            let seconds = Int64(report.value.high >> 16) / 1_000
            #expect((before.seconds...after.seconds).contains(seconds))
            #expect(try await fixture.count("SELECT count(*) FROM ONLY placeguard.report_default") == 0)
        }
    }
}
