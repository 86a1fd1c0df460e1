import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(10)))
struct TurnQueueTests {
    @Test func `one at a time`() async throws {
        let queue = TurnQueue()
        let now = Guarded(0)
        let most = Guarded(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await queue.take()
                    let inside = now.update { now in
                        now += 1
                        return now
                    }
                    most.update { $0 = max($0, inside) }
                    await Task.yield()
                    now.update { $0 -= 1 }
                    queue.give()
                }
            }
            try await group.waitForAll()
        }
        #expect(most.value == 1)
        #expect(queue.takeIfFree())
    }

    @Test func `in the order of asking`() async throws {
        let queue = TurnQueue()
        try await queue.take()
        let order = Guarded<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    try await queue.take()
                    order.update { $0.append(number) }
                    queue.give()
                }
                // The next is started when this one waits.
                try await eventually { queue.waiterCount == number + 1 }
            }
            queue.give()
            try await group.waitForAll()
        }
        #expect(order.value == Array(0..<10))
    }

    @Test func `a cancelled waiter leaves the queue, and the others move up`() async throws {
        let queue = TurnQueue()
        try await queue.take()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    try await queue.take()
                    return true
                } catch {
                    return error.code != .cancelled
                }
            }
            group.cancelAll()
            #expect(await group.next() == false)
        }
        #expect(queue.waiterCount == 0)
        queue.give()
        #expect(queue.takeIfFree())
        #expect(!queue.takeIfFree())
    }

    @Test func `a waiter that is not cancellable stays`() async throws {
        let queue = TurnQueue()
        try await queue.take()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await queue.take(cancellable: false) }
            group.cancelAll()
            try await eventually { queue.waiterCount == 1 }
            queue.give()
            try await group.waitForAll()
        }
        #expect(!queue.takeIfFree())
    }
}
