import Safeguarding
import TestSupport
import Testing

@Suite struct `Identifiers` {
    private static let text = "0192f0c4-1234-7abc-8def-0123456789ab"

    @Test func `are read and written in the canonical form`() throws {
        let id = try #require(UniqueID(Self.text))
        #expect(id.high == 0x0192_f0c4_1234_7abc)
        #expect(id.low == 0x8def_0123_4567_89ab)
        #expect(id.text == Self.text)
        #expect(UniqueID(Self.text.uppercased()) == id)
        #expect(UniqueID(high: 0, low: 0).text == "00000000-0000-0000-0000-000000000000")
        #expect(UniqueID(high: .max, low: .max).text == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    @Test(arguments: [
        "", "0192f0c4-1234-7abc-8def-0123456789a", "0192f0c4-1234-7abc-8def-0123456789abc",
        "0192f0c412347abc8def0123456789ab0000", "0192f0c4-1234-7abc-8def_0123456789ab",
        "0192f0c4-1234-7abc-8def-0123456789ag",
        "{192f0c4-1234-7abc-8def-0123456789a}", "0192f0c-41234-7abc-8def-0123456789ab",
        " 192f0c4-1234-7abc-8def-0123456789ab",
    ])
    func `refuse every other form`(text: String) {
        #expect(UniqueID(text) == nil)
    }

    @Test func `carry their kind, and one kind is not another`() throws {
        let report = try #require(ReportID("rpt_" + Self.text))
        #expect(report.text == "rpt_" + Self.text)
        #expect("\(report)" == report.text)
        #expect(ReportID(Self.text) == nil)
        #expect(ReportID("loc_" + Self.text) == nil)
        #expect(LocationID("loc_" + Self.text)?.value == report.value)
        #expect(AlertID("alt_" + Self.text) != nil)
        #expect(BriefingID("brf_" + Self.text) != nil)
        #expect(ReportID("RPT_" + Self.text) == nil)
    }

    @Test(arguments: UInt64(1)...10)
    func `sort as their texts do`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let ids = (0..<4).map { _ in
                ReportID(
                    UniqueID(
                        high: UInt64.random(in: 0...3, using: &generator) << 62,
                        low: UInt64.random(in: 0...UInt64.max, using: &generator)
                    )
                )
            }
            #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted(), "seed \(seed)")
        }
    }
}
