import Testing

@testable import Postgres

/// Random events against a world that knows what a pool may do and records an issue when it does something else.
struct PoolMachinePropertyTests {
    @Test(arguments: 0..<40)
    func `whatever happens, nothing illegal is asked and nobody is forgotten`(_: Int) {
        let seed = UInt64.random(in: 0..<(.max))
        var world = World(seed: seed)
        for _ in 0..<2_000 { world.step() }
        world.finish()
        #expect(world.violations == [], "seed \(seed)")
    }

    /// A pool's surroundings: connections that open, fail and die, borrowers that come, wait, give up and return.
    private struct World {
        private var random: SplitMix64
        private var now = ContinuousClock.now
        private let configuration: PoolConfiguration
        private var machine: PoolMachine

        private var opening: Set<Int> = []
        private var checking: Set<Int> = []
        private var idle: Set<Int> = []
        private var leased: [Int: Int] = [:]
        private var waiting: [(id: Int, deadline: ContinuousClock.Instant)] = []
        private var lastWaiter = 0
        private var isShuttingDown = false
        private var isFinished = false
        private(set) var violations: Set<String> = []

        init(seed: UInt64) {
            random = SplitMix64(state: seed)
            var configuration = PoolConfiguration(
                minimum: Int.random(in: 0...3, using: &random),
                maximum: Int.random(in: 3...6, using: &random),
                idleTimeout: .seconds(Int.random(in: 1...30, using: &random)),
                maximumLifetime: .seconds(Int.random(in: 10...100, using: &random))
            )
            configuration.connectConcurrency = Int.random(in: 1...3, using: &random)
            configuration.backoff = Backoff(first: .milliseconds(100), limit: .seconds(5))
            configuration.failFastAfter = .seconds(Int.random(in: 1...20, using: &random))
            self.configuration = configuration
            machine = PoolMachine(configuration)
            let actions = machine.tick(now: now)
            perform(actions)
        }

        mutating func step() {
            now = now + .milliseconds(Int.random(in: 0...400, using: &random))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25: lease()
            case 25..<50: release(isUsable: true)
            case 50..<53: release(isUsable: false)
            case 53..<56: cancelSomebody()
            case 56..<76: open(succeeds: true)
            case 76..<80: open(succeeds: false)
            case 80..<83: readable()
            case 83..<92: check()
            case 92..<93: perform(machine.serverLost(now: now))
            default: break
            }
            if let due = machine.nextDeadline, due <= now { perform(machine.tick(now: now)) }
            verify()
        }

        /// Shuts down and lets everything come to its end.
        mutating func finish() {
            isShuttingDown = true
            perform(machine.shutDown(now: now))
            for _ in 0..<10_000 where !isFinished {
                now = now + .milliseconds(100)
                open(succeeds: Bool.random(using: &random))
                check()
                release(isUsable: true)
                perform(machine.tick(now: now))
            }
            if !isFinished { violations.insert("did not finish: \(machine.statistics)") }
            if !waiting.isEmpty { violations.insert("forgot \(waiting.count) waiters") }
            if !(idle.isEmpty && leased.isEmpty && opening.isEmpty && checking.isEmpty) {
                violations.insert("finished with connections left")
            }
        }

        private mutating func lease() {
            lastWaiter += 1
            let deadline = now + .milliseconds(Int.random(in: 0...3_000, using: &random))
            waiting.append((lastWaiter, deadline))
            perform(machine.lease(lastWaiter, deadline: deadline, now: now))
        }

        private mutating func release(isUsable: Bool) {
            guard let id = leased.keys.randomElement(using: &random) else { return }
            leased[id] = nil
            idle.insert(id)
            perform(machine.release(id, isUsable: isUsable, now: now))
        }

        private mutating func cancelSomebody() {
            guard let waiter = waiting.randomElement(using: &random) else { return }
            waiting.removeAll { $0.id == waiter.id }
            perform(machine.cancel(waiter.id, now: now))
        }

        private mutating func open(succeeds: Bool) {
            guard let id = opening.randomElement(using: &random) else { return }
            opening.remove(id)
            let jitter = Double.random(in: 0..<1, using: &random)
            if succeeds {
                idle.insert(id)
                perform(machine.opened(id, jitter: jitter, now: now))
            } else {
                perform(machine.openFailed(id, PostgresError(.connection, "refused"), jitter: jitter, now: now))
            }
        }

        /// Something arrives on any connection, or the news of it comes late, when the connection is gone.
        private mutating func readable() {
            let known = idle.union(leased.keys).union(opening).union(checking).union([lastWaiter])
            guard let id = known.randomElement(using: &random) else { return }
            perform(machine.becameReadable(id, now: now))
        }

        private mutating func check() {
            guard let id = checking.randomElement(using: &random) else { return }
            checking.remove(id)
            idle.insert(id)
            perform(machine.checked(id, isAlive: Int.random(in: 0..<4, using: &random) > 0, now: now))
        }

        private mutating func perform(_ actions: [PoolMachine.Action]) {
            for action in actions {
                switch action {
                case .open(let id):
                    if !opening.insert(id).inserted { violations.insert("opened \(id) twice") }
                case .close(let id):
                    if idle.remove(id) == nil { violations.insert("closed \(id), which is not idle") }
                case .check(let id):
                    if idle.remove(id) == nil { violations.insert("checked \(id), which is not idle") }
                    checking.insert(id)
                case .grant(let waiter, let id, let idleFor):
                    if idle.remove(id) == nil { violations.insert("lent \(id), which is not idle") }
                    if waiting.first?.id != waiter { violations.insert("served \(waiter) out of turn") }
                    if waiting.contains(where: { $0.id == waiter && $0.deadline <= now }) {
                        violations.insert("served \(waiter) after its deadline")
                    }
                    if idleFor < .zero { violations.insert("idle for a negative time") }
                    waiting.removeAll { $0.id == waiter }
                    leased[id] = waiter
                case .refuse(let waiter, let error):
                    guard let index = waiting.firstIndex(where: { $0.id == waiter }) else {
                        violations.insert("refused \(waiter), who does not wait")
                        continue
                    }
                    if error.code == .poolExhausted, waiting[index].deadline > now {
                        violations.insert("refused \(waiter) before its deadline")
                    }
                    waiting.remove(at: index)
                case .finished:
                    if !isShuttingDown || isFinished { violations.insert("finished out of place") }
                    isFinished = true
                }
            }
        }

        private mutating func verify() {
            let total = opening.count + checking.count + idle.count + leased.count
            if total > configuration.maximum { violations.insert("\(total) connections") }
            if opening.count > configuration.connectConcurrency { violations.insert("\(opening.count) attempts") }
            if let due = machine.nextDeadline, due <= now {
                violations.insert("a deadline that stays due: a busy loop")
            }
            if !waiting.isEmpty, !idle.isEmpty { violations.insert("somebody waits while a connection is idle") }
            let statistics = machine.statistics
            if statistics.leased != leased.count || statistics.waiting != waiting.count
                || statistics.opening != opening.count || statistics.idle != idle.count + checking.count
            {
                violations.insert("the pool believes \(statistics)")
            }
        }
    }

    /// A small generator with a printable state (Steele, Lea and Flood, 2014).
    private struct SplitMix64: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
