import Foundation
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(10)))
struct BlockingThreadsTests {
    @Test func `returns what the call returns`() async throws {
        let reactor = try EpollReactor()
        let value = try await reactor.blockingThreads.run(
            deadline: .now + .seconds(30),
            cancellable: true,
            readiness: reactor
        ) { 42 }
        #expect(value == 42)
    }

    @Test func `gives a call up at the deadline, and its result is dropped`() async throws {
        let reactor = try EpollReactor()
        let gate = Gate()
        let value = try await reactor.blockingThreads.run(
            deadline: .now + .milliseconds(10),
            cancellable: true,
            readiness: reactor
        ) {
            gate.wait()
            return 42
        }
        #expect(value == nil)
        gate.open()
    }

    @Test func `gives a call up when the task is cancelled`() async throws {
        let reactor = try EpollReactor()
        let gate = Gate()
        await withTaskGroup(of: Int?.self) { group in
            group.addTask {
                (try? await reactor.blockingThreads.run(
                    deadline: .now + .seconds(3600),
                    cancellable: true,
                    readiness: reactor
                ) {
                    gate.wait()
                    return 42
                }) ?? nil
            }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        gate.open()
    }

    @Test func `refuses one thread too many and takes calls again later`() async throws {
        let reactor = try EpollReactor()
        let gate = Gate()
        let limit = BlockingThreads.maximumThreads
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0...limit {
                group.addTask {
                    do {
                        _ = try await reactor.blockingThreads.run(
                            deadline: .now + .seconds(3600),
                            cancellable: false,
                            readiness: reactor
                        ) { gate.wait() }
                        return false
                    } catch {
                        return true
                    }
                }
            }
            // The one that is refused comes back first: the others wait at the gate.
            let first = await group.next()
            gate.open()
            return await group.reduce(into: [first]) { $0.append($1) }.count { $0 == true }
        }
        #expect(refused == 1)
    }

    /// Holds threads back until it is opened.
    private final class Gate: Sendable {
        private let condition = NSCondition()
        private let isOpen = Guarded(false)

        func wait() {
            condition.lock()
            while !isOpen.value { condition.wait() }
            condition.unlock()
        }

        func open() {
            condition.lock()
            isOpen.update { $0 = true }
            condition.broadcast()
            condition.unlock()
        }
    }
}
