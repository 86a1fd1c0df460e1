import Testing

@testable import placeguard

@Suite struct RestartPolicyTests {
    @Test func `waits longer each time, to half a minute`() {
        var policy = RestartPolicy()
        policy.becameReady()
        var delays: [Duration] = []
        for attempt in 1...12 {
            guard case .restart(let delay, attempt) = policy.ended(after: .zero) else {
                Issue.record("gave up at attempt \(attempt)")
                return
            }
            delays.append(delay)
        }
        let milliseconds = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]
        #expect(delays == milliseconds.map { .milliseconds($0) })
    }

    @Test func `gives a server up that never came up, at the eighth attempt`() {
        var policy = RestartPolicy()
        for attempt in 1...7 {
            guard case .restart(_, attempt) = policy.ended(after: .zero) else {
                Issue.record("gave up at attempt \(attempt)")
                return
            }
        }
        #expect(policy.ended(after: .zero) == .giveUp(attempts: 8))
    }

    @Test func `never gives a server up that ran once`() {
        var policy = RestartPolicy()
        policy.becameReady()
        for _ in 1...1_000 {
            if case .giveUp = policy.ended(after: .zero) { Issue.record("gave up") }
        }
    }

    @Test(arguments: [(59_999, 3), (60_000, 1)]) func `forgets past failures after a steady minute`(
        milliseconds: Int,
        attempt: Int
    ) {
        var policy = RestartPolicy()
        policy.becameReady()
        _ = policy.ended(after: .zero)
        _ = policy.ended(after: .zero)
        guard case .restart(_, attempt) = policy.ended(after: .milliseconds(milliseconds)) else {
            Issue.record("not attempt \(attempt)")
            return
        }
    }
}
