import Safeguarding
import Testing

@testable import Store

/// Small counts are not told, nor given away by totals.
struct ReportCountsTests {
    @Test(
        arguments: [
            ([], ShownCount.exact(0)), ([1], .below(5)), ([4], .below(5)), ([5], .exact(5)), ([5, 7], .exact(12)),
            ([10, 2], .below(15)), ([1, 1], .below(9)), ([20, 4, 3], .below(29)),
        ] as [([Int], ShownCount)]
    )
    func `a total is as vague as its vaguest part`(reports: [Int], total: ShownCount) {
        let counts = ReportCounts(
            kinds: Array([AgencyKind.licensing, .cctv, .police].prefix(reports.count)),
            reports: reports,
            total: reports.reduce(0, +),
            exactly: false
        )
        #expect(counts.total == total)
        if case .below(let bound) = counts.total { #expect(reports.reduce(0, +) < bound) }
        #expect(counts.byKind.map(\.count) == reports.map { ShownCount.shown($0, exactly: false) })
    }

    @Test func `with clearance every count is exact, and kinds without a report are left out`() {
        let counts = ReportCounts(kinds: [.licensing, .cctv, .police], reports: [1, 0, 3], total: 6, exactly: true)
        #expect(counts.total == .exact(6))
        #expect(counts.byKind.map(\.kind) == [.licensing, .police])
        #expect(counts.byKind.map(\.count) == [.exact(1), .exact(3)])
    }

    @Test func `a mark is read back and nothing else is`() {
        let mark = RankMark(listOrder: 4, residual: 20, location: LocationID(UniqueID(high: 1, low: 2)))
        #expect(RankMark(mark.text) == mark)
        let id = mark.location.text
        for text in [
            "", "4.20", "0.20.\(id)", "6.20.\(id)", "4.26.\(id)", "4.0.\(id)", "4.20.\(id).", "x.20.\(id)", "4.20.loc_",
        ] {
            #expect(RankMark(text) == nil, "\(text)")
        }
    }
}
