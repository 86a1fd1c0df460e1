import Platform
import Testing

@testable import placeguard

@Suite struct StopPlanTests {
    @Test func `asks smartly, then fast, then immediately, and is bounded`() {
        #expect(StopPlan.steps.map(\.signal) == [ServerSignal.smart, ServerSignal.fast, ServerSignal.immediate])
        #expect(StopPlan.bound == .seconds(42))
    }

    @Test func `has nothing to do when the server is gone`() async throws {
        let gone = ProcessFacts.Identity(pid: Int32.max, startTicks: 1)
        #expect(try await StopPlan.carryOut(on: gone))
    }
}
