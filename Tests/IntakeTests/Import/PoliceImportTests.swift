import Safeguarding
import TestSupport
import Testing

@testable import Intake

@Suite(
    "Two years of street-level crime",
    .enabled(if: SharedData.has("police-bedfordshire/street"), "reference data is absent")
)
struct PoliceImportTests {
    private static func load(_ names: some Sequence<String>, into store: MemoryReportStore) async throws -> (
        counts: ImportCounts, rejects: Int
    ) {
        let mapping = try ShippedMappingsTests.mapping("police-street")
        let validator = ReportValidator(rules: ShippedMappingsTests.rules(for: mapping), key: Sample.key)
        let load = ReportImport(store: store, runs: MemoryImportRuns(), validator: validator, mapping: mapping)
        var total = ImportCounts()
        let observer = CollectingObserver()
        for name in names {
            let request = ReportImport.Request(
                principal: Sample.principal(.community, code: "open-data"),
                fileDigest: [],
                isBackFile: true
            )
            let bytes = try SharedData.bytes("police-bedfordshire/street/\(name)")
            let counts = try await load.run(request, reading: Chunks(bytes), observer: observer).counts
            total.rows += counts.rows
            total.created += counts.created
            total.same += counts.same
            total.corrected += counts.corrected
            total.reused += counts.reused
            total.refused += counts.refused
            total.unlocated += counts.unlocated
        }
        return (total, observer.rejects.split(separator: UInt8(ascii: "\n")).count)
    }

    @Test func `gives exactly the counts of its README, and the same reports when run again`() async throws {
        let store = MemoryReportStore()
        let names = SharedData.names(in: "police-bedfordshire/street")
        let (first, rejects) = try await Self.load(names, into: store)
        var expected = ImportCounts()
        expected.rows = 120_588
        expected.created = 120_404
        expected.same = 130
        expected.reused = 54
        expected.unlocated = 3_832
        #expect(first == expected)
        #expect(store.count == 120_404)
        let digests = store.reports.filter { $0.signs == ["anti-social-behaviour"] }
        #expect(digests.count == 23_528)
        // A rejects file each for the files with a repeated id, and 54 rows in them.
        #expect(rejects > 54)

        let (second, _) = try await Self.load(names.prefix(2), into: store)
        #expect(second.created == 0 && second.rows > 0)
        #expect(second.same + second.reused == second.rows)
        #expect(store.count == 120_404)
    }
}
