import Safeguarding
import Testing

@testable import Intake

@Suite("Import of reports")
struct ReportImportTests {
    private static let yaml = """
        mapping: test
        template: safeguarding
        reference: {column: No, prefix: "T-", otherwise: row-digest}
        revision: Rev
        time: {format: dd/MM/yyyy HH:mm}
        fields:
          observed: When
          location.longitude: Lon
          location.latitude: Lat
          signs: {column: Sign, split: ";", values: {debt: shop-tick-debt, alone: place-named-by-child, none: ""}}
          knowledge: {constant: seen}
          happeningNow: {column: Now, values: {y: "true", n: "false"}}
          narrative: Words
        """

    private static let header = "No,Rev,When,Lon,Lat,Sign,Now,Words\n"

    private static func run(
        _ csv: [UInt8],
        yaml: String = yaml,
        store: MemoryReportStore = MemoryReportStore(),
        runs: MemoryImportRuns = MemoryImportRuns(),
        observer: CollectingObserver = CollectingObserver(),
        backFile: Bool = true,
        pieces: Int = 997
    ) async throws -> ReportImport.Summary {
        let mapping = try MappingReader.read(yaml: yaml)
        let load = ReportImport(store: store, runs: runs, validator: Sample.validator, mapping: mapping)
        let request = ReportImport.Request(principal: Sample.principal(), fileDigest: [1], isBackFile: backFile)
        return try await load.run(request, reading: Chunks(csv, of: pieces), observer: observer)
    }

    private static func run(
        _ csv: String,
        store: MemoryReportStore = MemoryReportStore(),
        observer: CollectingObserver = CollectingObserver()
    ) async throws -> ImportCounts {
        try await run(Array((header + csv).utf8), store: store, observer: observer).counts
    }

    @Test func `counts what becomes of every row`() async throws {
        let csv =
            row("1") + row("1") + row("1", sign: "alone") + row("2", lon: "", lat: "") + row("3", sign: "unheard of")
            + row("4", rev: "1")
            + row("4", rev: "2", words: "better") + row("4", rev: "2", words: "other") + row("", words: "x")
            + row("", words: "x") + row("5", when: "1/1/99")
        var expected = ImportCounts()
        expected.rows = 11
        expected.created = 5
        expected.same = 1
        expected.corrected = 1
        expected.reused = 2
        expected.refused = 2
        expected.unlocated = 1
        let store = MemoryReportStore()
        #expect(try await Self.run(csv, store: store) == expected)
        #expect(store.count == 5)
    }

    @Test func `is safe to run again`() async throws {
        let csv = row("1") + row("", words: "x") + row("", words: "x") + row("2", sign: "?")
        let store = MemoryReportStore()
        let first = try await Self.run(csv, store: store)
        let second = try await Self.run(csv, store: store)
        #expect(first.created == 3 && first.refused == 1)
        #expect(second.created == 0 && second.same == 3 && second.refused == 1)
        #expect(store.count == 3)
    }

    @Test func `names row, column, class of the value and reason, and never the value`() async throws {
        let observer = CollectingObserver()
        _ = try await Self.run(
            row("1", when: "20-11-2026") + row("2", sign: "secret") + row("3", now: "7")
                + row("4", lon: "51.9", lat: "-0.4") + row("5", rev: "x")
                + row("a b") + row("6", sign: "none") + row("7", lat: "") + "8,,\n",
            observer: observer
        )
        #expect(
            observer.faults.map {
                "\($0.row) \($0.column ?? "-") \($0.valueClass?.rawValue ?? "-") \($0.reason.rawValue)"
            } == [
                "2 When date bad-time", "3 Sign text unknown-value", "4 Now number unknown-value",
                "5 Lon number bad-coordinates", "6 Rev text wrong-type",
                "7 No text bad-reference", "8 Sign text missing-field", "9 Lon number bad-coordinates",
                "10 - - bad-csv",
            ]
        )
        #expect(!observer.faults.map(\.text).joined().contains("secret"))
    }

    @Test func `gives back a rejects file that can be mended and sent again`() async throws {
        let store = MemoryReportStore()
        let observer = CollectingObserver()
        let csv = row("1") + row("2", sign: "=cmd()") + row("", lon: "-0.5", sign: "typo", words: "\"a, \"\"b\"\"\"")
        let first = try await Self.run(csv, store: store, observer: observer)
        #expect(first.created == 1 && first.refused == 2)
        let rejects = String(decoding: observer.rejects, as: UTF8.self)
        let lines = rejects.split(separator: "\r\n")
        #expect(lines[0] == "No,Rev,When,Lon,Lat,Sign,Now,Words,placeguard_reference,placeguard_fault")
        #expect(
            lines[1].hasPrefix("2,,20/11/2026 21:15,'-0.4229,51.87998,'=cmd(),n,w,,\"row 3: Sign (text): unknown-value")
        )
        #expect(lines[2].contains("'-0.5,51.87998,typo,n,\"a, \"\"b\"\"\","))

        let mended = rejects.replacing("'=cmd()", with: "debt").replacing("typo", with: "alone")
        let again = CollectingObserver()
        let second = try await Self.run(Array(mended.utf8), store: store, observer: again)
        #expect(second.counts.created == 2 && again.faults.isEmpty)
        let longitudes = store.reports.compactMap {
            if case .point(let longitude, _) = $0.location.form { longitude } else { nil }
        }
        #expect(longitudes.sorted() == [-5_000_000, -4_229_000, -4_229_000])
        #expect(store.reports.contains { $0.narrative == Array("a, \"b\"".utf8) })
        let third = try await Self.run(Array(mended.utf8), store: store)
        #expect(third.counts.same == 2 && third.counts.created == 0)
    }

    @Test func `keeps a mended row the row it was`() async throws {
        let store = MemoryReportStore()
        let observer = CollectingObserver()
        // Mended, the second row reads like the first: without its reference it would be taken for it.
        _ = try await Self.run(row("", sign: "debt") + row("", sign: "dept"), store: store, observer: observer)
        let mended = String(decoding: observer.rejects, as: UTF8.self).replacing("dept", with: "debt")
        let second = try await Self.run(Array(mended.utf8), store: store)
        #expect(second.counts.created == 1 && store.count == 2)
    }

    @Test func `tells identical rows apart by their ordinal, whatever their quoting`() async throws {
        let store = MemoryReportStore()
        let a = Array((Self.header + row("", words: "x") + row("", words: "x") + row("", words: "y")).utf8)
        _ = try await Self.run(a, store: store)
        #expect(store.count == 3)
        let quoted = Array(
            (Self.header + row("", words: "\"y\"") + row("", words: "\"x\"") + row("", words: "x")).replacing(
                "\n",
                with: "\r\n"
            ).utf8
        )
        let second = try await Self.run(quoted, store: store)
        #expect(second.counts.same == 3)
    }

    @Test func `commits in batches, in order, and says how far it is`() async throws {
        let store = MemoryReportStore()
        let observer = CollectingObserver()
        let runs = MemoryImportRuns()
        let csv = Array((Self.header + (0..<4_500).map { row("\($0)") }.joined()).utf8)
        let summary = try await Self.run(csv, store: store, runs: runs, observer: observer, pieces: 65_536)
        #expect(store.batches == [2_000, 2_000, 500])
        #expect(observer.rows.map(\.row) == Array(2...4_501))
        #expect(observer.progress.map(\.counts.rows) == [2_000, 4_000, 4_500])
        #expect(observer.progress.last?.bytes == csv.count)
        #expect(runs.begun == 1 && runs.finished == [summary.counts.json.text])
        #expect(Set(store.reports.map(\.importRun)) == [1] && store.reports.allSatisfy(\.isBackFile))
    }

    @Test func `gives no prompts about the past`() async throws {
        let csv = Array((Self.header + row("1", now: "y")).utf8)
        for (backFile, expected) in [(true, false), (false, true)] {
            let observer = CollectingObserver()
            _ = try await Self.run(csv, observer: observer, backFile: backFile)
            guard case .stored(.created(let receipt))? = observer.rows.first?.outcome else {
                Issue.record("not created")
                return
            }
            #expect(receipt.contains("call-999") == expected)
        }
    }

    @Test func `names the columns that nothing is made of`() async throws {
        let csv = Array(
            (Self.header.replacing("Words", with: "Words,Live,Camera") + row("1").dropLast() + ",yes,7\n").utf8
        )
        #expect(try await Self.run(csv).unmappedColumns == ["Live", "Camera"])
    }

    @Test(arguments: [
        ("", "bad-csv"), ("No,Rev,When,Lon,Lat,Sign,Now\n1\n", "missing-column"),
        ("No,No,Rev,When,Lon,Lat,Sign,Now,Words\n", "bad-csv"),
        ("No,Rev,When,Lon,Lat,Sign,Now,\"Wor\"ds\n", "bad-csv"),
    ])
    func `refuses a file whose header does not fit, before it begins`(_ csv: String, _ reason: String) async throws {
        let runs = MemoryImportRuns()
        do {
            _ = try await Self.run(Array(csv.utf8), runs: runs)
            Issue.record("not refused")
        } catch let error as InvalidReport {
            #expect(error.faults.map(\.reason.rawValue).contains(reason))
        }
        #expect(runs.begun == 0)
    }

    @Test func `suggests the column that was meant`() async throws {
        do {
            _ = try await Self.run(Array(Self.header.replacing("Words", with: "Wrods").utf8))
        } catch let error as InvalidReport {
            #expect(error.faults.map(\.field) == ["Words"] && error.faults.map(\.accepted) == ["Wrods?"])
        }
    }

    @Test func `refuses a mapping of another template, or with signs that the template has not`() async throws {
        for (change, reason) in [
            ("template: other", RefusalReason.mappingOfOtherTemplate), ("template: safeguarding", .unknownSign),
        ] {
            let yaml = Self.yaml.replacing("template: safeguarding", with: change).replacing(
                "alone: place-named-by-child",
                with: "alone: place-named-by-kid"
            )
            do {
                _ = try await Self.run(Array(Self.header.utf8), yaml: yaml)
                Issue.record("not refused")
            } catch let error as InvalidReport {
                #expect(error.faults.map(\.reason) == [reason])
            }
        }
    }

    @Test func `reads what spreadsheets on Windows save`() async throws {
        let store = MemoryReportStore()
        let yaml = Self.yaml.replacing("reference:", with: "encoding: windows-1252\nreference:")
        let csv = Array(Self.header.utf8) + Array(row("1", words: "~").utf8).map { $0 == UInt8(ascii: "~") ? 0x80 : $0 }
        _ = try await Self.run(csv, yaml: yaml, store: store)
        #expect(store.reports.first?.narrative == Array("\u{20AC}".utf8))
        let observer = CollectingObserver()
        _ = try await Self.run(csv, observer: observer)
        #expect(observer.faults.map(\.reason) == [.badUnicode] && observer.faults.map(\.valueClass) == [.binary])
    }

    @Test func `settles what is under way when the file breaks off, and goes on when it is run again`() async throws {
        let store = MemoryReportStore()
        let csv = Array((Self.header + (0..<3_000).map { row("\($0)") }.joined()).utf8)
        var chunks = Chunks(csv, of: 10_000)
        chunks.breaksOff = true
        let load = ReportImport(
            store: store,
            runs: MemoryImportRuns(),
            validator: Sample.validator,
            mapping: try MappingReader.read(yaml: Self.yaml)
        )
        let request = ReportImport.Request(principal: Sample.principal(), fileDigest: [1], isBackFile: true)
        let observer = CollectingObserver()
        await #expect(throws: Chunks.BrokenOff.self) {
            try await load.run(request, reading: chunks, observer: observer)
        }
        #expect(store.count == 2_000 && observer.rows.count == 2_000)
        let counts = try await Self.run(csv, store: store).counts
        #expect(counts.same == 2_000 && counts.created == 1_000)
    }

    @Test func `stops where the store does`() async throws {
        let store = MemoryReportStore()
        let runs = MemoryImportRuns()
        store.fail(with: StoreFailure.storageFull)
        await #expect(throws: StoreFailure.storageFull) {
            try await Self.run(Array((Self.header + row("1")).utf8), store: store, runs: runs)
        }
        #expect(runs.finished.isEmpty, "the run stays open and is taken up again")
    }
}

/// One line of the tests' CSV.
private func row(
    _ number: String,
    rev: String = "",
    when: String = "20/11/2026 21:15",
    lon: String = "-0.4229",
    lat: String = "51.87998",
    sign: String = "debt",
    now: String = "n",
    words: String = "w"
) -> String {
    [number, rev, when, lon, lat, sign, now, words].joined(separator: ",") + "\n"
}
