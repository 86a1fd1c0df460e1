import Synchronization
import Testing

@testable import placeguard

@Suite(.timeLimit(.minutes(10))) struct GateTests {
    private struct Failure: Error, Equatable {}

    @Test func `lets everybody through once it is open, before and after`() async throws {
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await gate.wait() } }
            gate.open()
            try await group.waitForAll()
        }
        try await gate.wait()
    }

    @Test func `turns everybody away once it has failed, and stays so`() async {
        let gate = Gate()
        gate.fail(Failure())
        gate.open()
        await #expect(throws: Failure()) { try await gate.wait() }
    }

    @Test func `stays open once it is open`() async throws {
        let gate = Gate()
        gate.open()
        gate.fail(Failure())
        try await gate.wait()
    }

    @Test func `a cancelled waiter leaves, the others stay`() async throws {
        let gate = Gate()
        async let patient: Void = gate.wait()
        await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await gate.wait() } }
            group.cancelAll()
            var cancelled = 0
            while let result = await group.nextResult() {
                if case .failure(let error) = result, error is CancellationError { cancelled += 1 }
            }
            #expect(cancelled == 50)
        }
        gate.open()
        try await patient
    }
}
