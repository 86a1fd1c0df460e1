import Testing

@testable import Postgres

struct PoolMachineTests {
    private let start = ContinuousClock.now

    private func machine(
        minimum: Int = 0,
        maximum: Int = 2,
        _ change: (inout PoolConfiguration) -> Void = { _ in }
    ) -> PoolMachine {
        var configuration = PoolConfiguration(
            minimum: minimum,
            maximum: maximum,
            idleTimeout: .seconds(60),
            maximumLifetime: .seconds(600)
        )
        configuration.backoff = Backoff(first: .seconds(1), limit: .seconds(8))
        change(&configuration)
        return PoolMachine(configuration)
    }

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func refusal(of waiter: Int, in actions: [PoolMachine.Action]) -> PostgresError? {
        for case .refuse(waiter, let error) in actions { return error }
        return nil
    }

    private let refused = PostgresError(.connection, "refused")

    @Test func `opens the minimum when it starts, two at a time`() {
        var machine = machine(minimum: 3, maximum: 5)
        #expect(machine.tick(now: start) == [.open(1), .open(2)])
        #expect(machine.opened(1, jitter: 0, now: start) == [.open(3)])
        #expect(machine.opened(2, jitter: 0, now: start) == [])
        #expect(machine.opened(3, jitter: 0, now: start) == [])
    }

    @Test func `opens for a borrower and lends it`() {
        var machine = machine()
        #expect(machine.lease(1, deadline: after(10), now: start) == [.open(1)])
        #expect(machine.opened(1, jitter: 0, now: after(1)) == [.grant(1, 1, idleFor: .zero)])
        #expect(machine.release(1, isUsable: true, now: after(2)) == [])
        #expect(machine.lease(2, deadline: after(10), now: after(5)) == [.grant(2, 1, idleFor: .seconds(3))])
    }

    @Test func `never opens more than the maximum`() {
        var machine = machine(maximum: 2)
        #expect(machine.lease(1, deadline: after(10), now: start) == [.open(1)])
        #expect(machine.lease(2, deadline: after(10), now: start) == [.open(2)])
        #expect(machine.lease(3, deadline: after(10), now: start) == [])
        #expect(machine.opened(1, jitter: 0, now: start) == [.grant(1, 1, idleFor: .zero)])
        #expect(machine.opened(2, jitter: 0, now: start) == [.grant(2, 2, idleFor: .zero)])
        #expect(machine.release(2, isUsable: true, now: start) == [.grant(3, 2, idleFor: .zero)])
    }

    @Test func `serves those who wait in the order of asking`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(100), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        for waiter in 2...4 { _ = machine.lease(waiter, deadline: after(100), now: start) }
        #expect(machine.cancel(3, now: start) == [])
        #expect(machine.release(1, isUsable: true, now: start) == [.grant(2, 1, idleFor: .zero)])
        #expect(machine.release(1, isUsable: true, now: start) == [.grant(4, 1, idleFor: .zero)])
    }

    @Test func `refuses at the deadline and not before`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(100), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(10), now: start)
        #expect(machine.nextDeadline == after(10))
        #expect(machine.tick(now: after(10) - .nanoseconds(1)) == [])
        #expect(refusal(of: 2, in: machine.tick(now: after(10)))?.code == .poolExhausted)
        #expect(machine.statistics.waiting == 0)
    }

    @Test func `the most recently used is lent first, so that the others grow old`() {
        var machine = machine(maximum: 2)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.lease(2, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.opened(2, jitter: 0, now: start)
        _ = machine.release(1, isUsable: true, now: after(1))
        _ = machine.release(2, isUsable: true, now: after(2))
        #expect(machine.lease(3, deadline: after(20), now: after(3)) == [.grant(3, 2, idleFor: .seconds(1))])
        _ = machine.release(2, isUsable: true, now: after(4))
        #expect(machine.nextDeadline == after(61))
        #expect(machine.tick(now: after(61)) == [.close(1)])
        #expect(machine.tick(now: after(64)) == [.close(2)])
    }

    @Test func `the minimum is kept however long it is idle`() {
        var machine = machine(minimum: 1, maximum: 2)
        _ = machine.tick(now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        #expect(machine.tick(now: after(500)) == [])
    }

    @Test func `a connection is replaced at the end of its life, which jitter varies`() {
        var machine = machine(minimum: 1, maximum: 2)
        _ = machine.tick(now: start)
        _ = machine.opened(1, jitter: 0.5, now: start)
        #expect(machine.tick(now: after(569)) == [])
        #expect(machine.tick(now: after(571)) == [.close(1), .open(2)])
    }

    @Test func `a connection on loan lives until it comes back`() {
        var machine = machine(maximum: 2)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 1, now: start)
        #expect(machine.tick(now: after(601)) == [])
        #expect(machine.release(1, isUsable: true, now: after(602)) == [.close(1)])
    }

    @Test func `one that is not usable is closed, and another opened for who waits`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(10), now: start)
        #expect(machine.release(1, isUsable: false, now: start) == [.close(1), .open(2)])
    }

    @Test func `a failure to connect is tried again after a pause that grows`() {
        var machine = machine(minimum: 1)
        #expect(machine.tick(now: start) == [.open(1)])
        #expect(machine.openFailed(1, refused, jitter: 0, now: start) == [])
        #expect(machine.nextDeadline == start + .milliseconds(500))
        #expect(machine.tick(now: start + .milliseconds(499)) == [])
        #expect(machine.tick(now: start + .milliseconds(500)) == [.open(2)])
        #expect(machine.openFailed(2, refused, jitter: 0, now: after(1)) == [])
        #expect(machine.nextDeadline == after(2))
        #expect(machine.tick(now: after(2)) == [.open(3)])
        #expect(machine.opened(3, jitter: 0, now: after(2)) == [])
        #expect(machine.statistics.failures == 0)
    }

    @Test func `after a failure one attempt at a time is made`() {
        var machine = machine(maximum: 4) { $0.connectConcurrency = 4 }
        for waiter in 1...4 { _ = machine.lease(waiter, deadline: after(100), now: start) }
        for id in 1...4 { #expect(machine.openFailed(id, refused, jitter: 0, now: start) == []) }
        #expect(machine.tick(now: after(4)) == [.open(5)])
        #expect(
            machine.opened(5, jitter: 0, now: after(4)) == [.grant(1, 5, idleFor: .zero), .open(6), .open(7), .open(8)]
        )
    }

    @Test func `when connecting has failed for long, borrowers are refused at once`() {
        var machine = machine { $0.failFastAfter = .seconds(5) }
        _ = machine.lease(1, deadline: after(100), now: start)
        _ = machine.openFailed(1, refused, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(100), now: after(4))
        #expect(machine.statistics.waiting == 2)
        let actions = machine.tick(now: after(5))
        #expect(actions == [.refuse(1, refused), .refuse(2, refused)])
        #expect(machine.lease(3, deadline: after(100), now: after(6)) == [.refuse(3, refused)])
        // Somebody goes on trying all the same.
        #expect(machine.statistics.opening == 1)
        #expect(machine.opened(2, jitter: 0, now: after(7)) == [])
        #expect(machine.lease(4, deadline: after(100), now: after(7)) == [.grant(4, 2, idleFor: .zero)])
    }

    @Test(arguments: ["28P01", "28000", "3D000"])
    func `a refusal that will not change is passed on at once`(code: String) {
        var machine = machine()
        let error = PostgresError(.connection, "refused", diagnostics: .error(code))
        _ = machine.lease(1, deadline: after(100), now: start)
        #expect(machine.openFailed(1, error, jitter: 0, now: start) == [.refuse(1, error)])
    }

    @Test func `with a connection open, a failure to open another refuses nobody`() {
        var machine = machine { $0.failFastAfter = .seconds(5) }
        _ = machine.lease(1, deadline: after(100), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(100), now: start)
        _ = machine.openFailed(2, refused, jitter: 0, now: start)
        #expect(!machine.tick(now: after(6)).contains(.refuse(2, refused)))
        #expect(machine.release(1, isUsable: true, now: after(7)) == [.grant(2, 1, idleFor: .zero)])
    }

    @Test func `a deadline that passes during an outage says so`() {
        var machine = machine { $0.failFastAfter = .seconds(500) }
        _ = machine.lease(1, deadline: after(3), now: start)
        _ = machine.openFailed(1, PostgresError(.connection, "x", diagnostics: .error("57P03")), jitter: 0, now: start)
        let error = refusal(of: 1, in: machine.tick(now: after(3)))
        #expect(error?.code == .poolExhausted)
        #expect(error?.sqlState == "57P03")
    }

    @Test func `a lost server takes the idle ones at once and those on loan when they come back`() {
        var machine = machine(maximum: 3) { $0.connectConcurrency = 3 }
        for waiter in 1...3 { _ = machine.lease(waiter, deadline: after(10), now: start) }
        for id in 1...3 { _ = machine.opened(id, jitter: 0, now: start) }
        _ = machine.release(3, isUsable: true, now: start)
        #expect(machine.serverLost(now: start) == [.close(3)])
        #expect(machine.release(1, isUsable: false, now: start) == [.close(1)])
        #expect(machine.release(2, isUsable: true, now: start) == [.close(2)])
    }

    @Test func `an idle connection that receives something is looked at, not lent meanwhile`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.release(1, isUsable: true, now: after(1))
        #expect(machine.becameReadable(1, now: after(2)) == [.check(1)])
        #expect(machine.lease(2, deadline: after(10), now: after(2)) == [])
        #expect(machine.checked(1, isAlive: true, now: after(3)) == [.grant(2, 1, idleFor: .seconds(2))])
    }

    @Test func `one that died takes the other idle ones with it`() {
        var machine = machine(minimum: 2, maximum: 2)
        _ = machine.tick(now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.opened(2, jitter: 0, now: start)
        #expect(machine.becameReadable(1, now: start) == [.check(1)])
        #expect(machine.checked(1, isAlive: false, now: start) == [.close(1), .close(2), .open(3), .open(4)])
    }

    @Test func `what arrives on the way back is looked at before the connection is lent again`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(10), now: start)
        #expect(machine.becameReadable(1, now: start) == [])
        #expect(machine.release(1, isUsable: true, now: start) == [.check(1)])
        #expect(machine.checked(1, isAlive: true, now: start) == [.grant(2, 1, idleFor: .zero)])
    }

    @Test func `what arrives while it is being opened or looked at is looked at too`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(10), now: start)
        #expect(machine.becameReadable(1, now: start) == [])
        #expect(machine.opened(1, jitter: 0, now: start) == [.check(1)])
        #expect(machine.becameReadable(1, now: start) == [])
        #expect(machine.checked(1, isAlive: true, now: start) == [.check(1)])
        #expect(machine.checked(1, isAlive: true, now: start) == [.grant(1, 1, idleFor: .zero)])
    }

    @Test func `a waiter past its deadline does not hold up the one behind it`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(100), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(5), now: start)
        _ = machine.lease(3, deadline: after(100), now: start)
        let actions = machine.release(1, isUsable: true, now: after(5))
        #expect(refusal(of: 2, in: actions)?.code == .poolExhausted)
        #expect(actions.last == .grant(3, 1, idleFor: .zero))
    }

    @Test func `shutting down serves those who wait, refuses others and closes all`() {
        var machine = machine(minimum: 1, maximum: 1)
        _ = machine.tick(now: start)
        _ = machine.lease(1, deadline: after(10), now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        _ = machine.lease(2, deadline: after(10), now: start)
        #expect(machine.shutDown(now: start) == [])
        #expect(refusal(of: 3, in: machine.lease(3, deadline: after(10), now: start))?.code == .shutdown)
        #expect(machine.release(1, isUsable: true, now: start) == [.grant(2, 1, idleFor: .zero)])
        #expect(machine.release(1, isUsable: true, now: start) == [.close(1), .finished])
    }

    @Test func `shutting down an idle pool is over at once`() {
        var machine = machine(minimum: 1)
        _ = machine.tick(now: start)
        _ = machine.opened(1, jitter: 0, now: start)
        #expect(machine.shutDown(now: start) == [.close(1), .finished])
        #expect(machine.shutDown(now: start) == [])
    }

    @Test func `aborting refuses those who wait and forgets what is being opened`() {
        var machine = machine(maximum: 1)
        _ = machine.lease(1, deadline: after(10), now: start)
        #expect(refusal(of: 1, in: machine.abort(now: start))?.code == .shutdown)
        #expect(machine.opened(1, jitter: 0, now: start) == [.close(1)])
    }

    @Test func `events about connections that are gone do nothing`() {
        var machine = machine()
        #expect(machine.release(7, isUsable: true, now: start) == [])
        #expect(machine.checked(7, isAlive: true, now: start) == [])
        #expect(machine.becameReadable(7, now: start) == [])
        #expect(machine.openFailed(7, refused, jitter: 0, now: start) == [])
        #expect(machine.cancel(7, now: start) == [])
        #expect(machine.statistics == PoolStatistics())
    }
}
