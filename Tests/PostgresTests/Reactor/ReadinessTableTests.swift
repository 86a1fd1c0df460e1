import Synchronization
import Testing

@testable import Postgres

struct ReadinessTableTests {
    private let start = ContinuousClock.now

    /// Collects the outcomes of waits.
    private final class Outcomes: Sendable {
        let list = Mutex<[String]>([])

        func callback(_ name: String) -> WaitCallback {
            { outcome in self.list.withLock { $0.append("\(name) \(outcome)") } }
        }
    }

    @Test func `a token of an earlier use finds nothing`() {
        var table = ReadinessTable()
        let old = table.register(7)
        #expect(table.deregister(old)?.descriptor == 7)
        let new = table.register(7)
        #expect(new.slot == old.slot)
        #expect(new != old)
        #expect(table.arm(old, deadline: nil) { _ in } == nil)
        #expect(table.arm(new, deadline: nil) { _ in } != nil)
        #expect(table.take(old) == nil)
        #expect(table.deregister(old) == nil)
        #expect(table.take(new) != nil)
    }

    @Test func `a wait is taken once`() {
        var table = ReadinessTable()
        let token = table.register(3)
        _ = table.arm(token, deadline: nil) { _ in }
        #expect(table.take(token) != nil)
        #expect(table.take(token) == nil)
    }

    @Test func `a second wait displaces the first`() {
        var table = ReadinessTable()
        let outcomes = Outcomes()
        let token = table.register(3)
        _ = table.arm(token, deadline: nil, outcomes.callback("first"))
        let armed = table.arm(token, deadline: nil, outcomes.callback("second"))
        armed?.displaced?(.cancelled)
        table.take(token)?(.ready(.read))
        #expect(outcomes.list.withLock { $0 } == ["first cancelled", "second ready(Postgres.Interest(rawValue: 1))"])
    }

    @Test func `only an earlier deadline wakes`() {
        var table = ReadinessTable()
        let first = table.register(3)
        let second = table.register(4)
        #expect(table.arm(first, deadline: start + .seconds(10)) { _ in }?.wakes == true)
        #expect(table.arm(second, deadline: start + .seconds(11)) { _ in }?.wakes == false)
        #expect(table.arm(second, deadline: start + .seconds(10)) { _ in }?.wakes == false)
        #expect(table.arm(second, deadline: start + .seconds(9)) { _ in }?.wakes == true)
        #expect(table.arm(second, deadline: nil) { _ in }?.wakes == false)
    }

    @Test func `deadlines expire at their moment and not before`() {
        var table = ReadinessTable()
        let outcomes = Outcomes()
        let token = table.register(3)
        _ = table.arm(token, deadline: start + .seconds(2), outcomes.callback("wait"))
        let timer = table.makeTimer()
        _ = table.schedule(timer, at: start + .seconds(1), outcomes.callback("timer"))
        #expect(table.nextCheck == start + .seconds(1))
        #expect(table.expire(at: start + .milliseconds(999)).isEmpty)
        for callback in table.expire(at: start + .seconds(1)) { callback(.timedOut) }
        #expect(outcomes.list.withLock { $0 } == ["timer timedOut"])
        #expect(table.nextCheck == start + .seconds(2))
        for callback in table.expire(at: start + .seconds(5)) { callback(.timedOut) }
        #expect(outcomes.list.withLock { $0 } == ["timer timedOut", "wait timedOut"])
        #expect(table.nextCheck == nil)
    }

    @Test func `a wait that ended in time does not expire`() {
        var table = ReadinessTable()
        let token = table.register(3)
        _ = table.arm(token, deadline: start) { _ in Issue.record("called back twice") }
        _ = table.take(token)
        #expect(table.expire(at: start + .seconds(1)).isEmpty)
        #expect(table.nextCheck == nil)
    }

    @Test func `a timer set anew has only its new moment`() {
        var table = ReadinessTable()
        let outcomes = Outcomes()
        let timer = table.makeTimer()
        _ = table.schedule(timer, at: start + .seconds(1), outcomes.callback("old"))
        let (displaced, wakes) = table.schedule(timer, at: start + .seconds(3), outcomes.callback("new"))
        displaced?(.cancelled)
        #expect(!wakes)
        #expect(table.expire(at: start + .seconds(2)).isEmpty)
        #expect(table.expire(at: start + .seconds(3)).count == 1)
        #expect(outcomes.list.withLock { $0 } == ["old cancelled"])
    }

    @Test func `slots are used again, so the table does not grow with use`() {
        var table = ReadinessTable()
        for descriptor in Int32(0)..<1000 {
            let token = table.register(descriptor)
            #expect(token.slot == 0)
            _ = table.deregister(token)
        }
        #expect(table.descriptorCount == 0)
    }

    @Test func `the bits of a token are the token`() {
        let token = ReadinessToken(slot: 0xDEAD_BEEF, generation: 0xFEED_FACE)
        #expect(ReadinessToken(bits: token.bits) == token)
    }
}
