import Safeguarding
import Synchronization
import Testing

@testable import AlertFeed

@Suite(.timeLimit(.minutes(1)))
struct TurnstileTests {
    @Test(arguments: [1, 2, 8])
    func `never more than its places are taken`(_ places: Int) async throws {
        let turnstile = Turnstile(places: places)
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turnstile.withPlace {
                        inside.enter()
                        for _ in 0..<5 { await Task.yield() }
                        inside.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.counts.now == 0)
        #expect((1...places).contains(inside.counts.most))
    }

    @Test func `whoever is cancelled while waiting leaves no place taken`() async throws {
        let turnstile = Turnstile(places: 1)
        let gate = Doorbell()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let entered = Doorbell()
            group.addTask {
                try await turnstile.withPlace {
                    entered.ring()
                    _ = await gate.wait(after: 0)
                }
            }
            _ = await entered.wait(after: 0)
            await withTaskGroup(of: Void.self) { waiters in
                for _ in 0..<50 {
                    waiters.addTask {
                        do {
                            try await turnstile.withPlace {}
                            Issue.record("a cancelled waiter was let in")
                        } catch {
                            #expect(error is CancellationError)
                        }
                    }
                }
                waiters.cancelAll()
            }
            gate.ring()
            try await group.waitForAll()
        }
        try await turnstile.withPlace {}
    }
}

private final class Inside: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var counts: (now: Int, most: Int) { state.withLock { $0 } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}
