import Safeguarding
import StoreTestSupport
import Testing

@testable import Store

struct BatchPlanTests {
    @Test func `leaders are sorted by agency and reference, so that two batches meet in one order`() {
        let reports = [
            SampleReport.make("B"), SampleReport.make("A"), SampleReport.make("A", agency: SamplePartners.cctv),
        ]
        #expect(BatchPlan(reports, among: [0, 1, 2]).leaders == [2, 1, 0])
    }

    @Test func `the first report of a reference leads the others`() {
        let reports = [SampleReport.make("A"), SampleReport.make("B"), SampleReport.make("A"), SampleReport.make("A")]
        let plan = BatchPlan(reports, among: [0, 1, 2, 3])
        #expect(plan.leaders == [0, 1])
        #expect(plan.followers.map(\.index) == [2, 3])
        #expect(plan.followers.map(\.leader) == [0, 0])
    }

    @Test func `references are compared byte by byte`() {
        let reports = [SampleReport.make("a"), SampleReport.make("B"), SampleReport.make("a1"), SampleReport.make("_")]
        #expect(BatchPlan(reports, among: [0, 1, 2, 3]).leaders == [1, 3, 0, 2])
    }

    @Test func `only the indices asked for are planned`() {
        let reports = [SampleReport.make("A"), SampleReport.make("B"), SampleReport.make("A")]
        let plan = BatchPlan(reports, among: [2, 1])
        #expect(plan.leaders == [2, 1])
        #expect(plan.followers.isEmpty)
    }
}
