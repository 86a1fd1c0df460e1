import NIOCore
import Testing

@testable import Web

/// Counting connections, and when the server is empty.
@Suite struct ConnectionTests {
    private static func census(perAddress: Int, total: Int) -> ConnectionCensus {
        _ = TestBed.metrics
        var limits = WebLimits()
        limits.connectionsPerAddress = perAddress
        limits.connections = total
        return ConnectionCensus(limits: limits)
    }

    @Test func `an address gets its share, as many again are refused with words, further ones are cut`() {
        let census = ConnectionTests.census(perAddress: 2, total: 100)
        let admissions = (0..<5).map { _ in census.enter("192.0.2.1") }
        #expect(admissions == [.welcome, .welcome, .refused(.tooManyFromAddress), .refused(.tooManyFromAddress), .cut])
        #expect(census.enter("192.0.2.2") == .welcome)
        census.leave("192.0.2.1")
        census.leave("192.0.2.1")
        census.leave("192.0.2.1")
        #expect(census.enter("192.0.2.1") == .welcome)
        #expect(census.total == 3)
    }

    @Test func `all addresses together have a limit too`() {
        let census = ConnectionTests.census(perAddress: 10, total: 2)
        #expect(
            (0..<5).map { census.enter("192.0.2.\($0)") } == [
                .welcome, .welcome, .refused(.tooMany), .refused(.tooMany), .cut,
            ]
        )
    }

    @Test func `a request's body is complete when its own last part has come, not that of another`() {
        let facts = ConnectionFacts(address: "192.0.2.1")
        facts.requestBegan()
        #expect(!facts.isBodyComplete)
        facts.requestCompleted()
        #expect(facts.isBodyComplete)
        facts.requestBegan()
        #expect(!facts.isBodyComplete)
    }

    @Test func `a draining gate lets nobody in and opens when the last has left`() async {
        let gate = DrainGate()
        #expect(gate.enter())
        #expect(gate.enter())
        gate.drain()
        #expect(!gate.enter())
        async let empty: Void = gate.untilEmpty()
        gate.leave()
        #expect(gate.active == 1)
        gate.leave()
        await empty
        #expect(gate.active == 0)
    }

    @Test func `a pass keeps the gate until it is let go`() {
        let gate = DrainGate()
        #expect(gate.enter())
        do {
            let pass = gate.pass()
            gate.leave()
            #expect(gate.active == 1)
            withExtendedLifetime(pass) {}
        }
        #expect(gate.active == 0)
    }

    @Test func `waiting at the gate ends when the task is cancelled`() async {
        let gate = DrainGate()
        #expect(gate.enter())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gate.untilEmpty() }
            group.cancelAll()
            await group.waitForAll()
        }
        #expect(gate.active == 1)
    }

    @Test func `a handoff gives each value once and in order`() async {
        let handoff = Handoff<Int>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for value in 0..<1_000 { #expect(await handoff.give(value)) }
                handoff.finish()
            }
            var taken: [Int] = []
            while let value = await handoff.take() { taken.append(value) }
            #expect(taken == Array(0..<1_000))
        }
    }

    @Test func `a giver whose value nobody takes is told so`() async {
        let handoff = Handoff<Int>()
        handoff.finish()
        #expect(await handoff.give(1) == false)
        #expect(await handoff.take() == nil)
    }

    @Test func `either side of a handoff ends when the other is cancelled`() async {
        for isGiver in [true, false] {
            let handoff = Handoff<Int>()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    if isGiver { _ = await handoff.give(1) } else { _ = await handoff.take() }
                }
                group.cancelAll()
                await group.waitForAll()
            }
            #expect(await handoff.give(2) == false)
        }
    }
}
