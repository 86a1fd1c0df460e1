import DequeModule
package import Logging
import ServiceLifecycle
import Synchronization

/// Lends connections, up to a maximum, to whoever asks first.
///
/// A service: its `run()` makes and checks the connections, so nobody is served before it has been started. On
/// graceful shutdown it refuses new borrowers, waits for those that have or await a connection, and returns.
///
/// What to do is decided by `PoolMachine`; here it is done. Locking: one lock over the machine and what belongs to it,
/// under which the timer is set (so the reactor's lock comes after it); continuations are resumed and connections used
/// outside of it.
package final class ConnectionPool: Service {
    private let settings: ConnectionSettings
    private let configuration: PoolConfiguration
    private let readiness: any Readiness
    private let logger: Logger
    private let timer: ReadinessTimer
    private let state: Mutex<State>

    private struct State {
        var machine: PoolMachine
        var sessions: [PoolMachine.ConnectionID: Session] = [:]
        var borrowers: [PoolMachine.WaiterID: CheckedContinuation<Grant, Never>] = [:]
        var lastWaiter = 0
        /// What `run()` has to do; at most a few for each connection.
        var work: Deque<PoolMachine.Action> = []
        var runner: CheckedContinuation<Void, Never>?
        var timerDeadline: ContinuousClock.Instant?
        /// Whether `run()` has been cancelled, so that nobody is left to close connections one by one.
        var isAbandoned = false
    }

    /// What a borrower gets.
    private enum Grant: Sendable {
        case lent(Loan)
        case refused(PostgresError)
    }

    private struct Loan: Sendable {
        var id: PoolMachine.ConnectionID
        var session: Session
        var idleFor: Duration
    }

    /// Makes a pool; it opens connections when it runs.
    package init(
        settings: ConnectionSettings,
        configuration: PoolConfiguration = PoolConfiguration(),
        logger: Logger,
        readiness: any Readiness
    ) {
        self.settings = settings
        self.configuration = configuration
        self.logger = logger
        self.readiness = readiness
        timer = readiness.makeTimer()
        state = Mutex(State(machine: PoolMachine(configuration)))
    }

    /// How many connections are in use, idle and being made, and how many borrowers wait.
    package var statistics: PoolStatistics { state.withLock { $0.machine.statistics } }
}

/// Borrowing.
extension ConnectionPool {
    /// Lends a connection to the body; it is returned, and cleaned up if need be, when the body ends.
    ///
    /// - Parameter deadline: How long to wait for one, `leaseDeadline` if nil.
    /// - Throws: `poolExhausted` when the deadline passes, `connection` (or what the server said) when the server has
    ///   been out of reach for a while, `shutdown`, `cancelled`; else what the body throws.
    package func withConnection<R>(
        deadline: Duration? = nil,
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        let loan = try await borrow(until: .now + (deadline ?? configuration.leaseDeadline))
        let connection = Connection(session: loan.session, lease: loan.session.beginLease())
        do {
            let result = try await body(connection)
            await giveBack(loan)
            return result
        } catch {
            await giveBack(loan)
            throw error
        }
    }

    /// Waits for a connection that answers.
    private func borrow(until deadline: ContinuousClock.Instant) async throws(PostgresError) -> Loan {
        while true {
            let loan = try await nextLoan(deadline)
            guard loan.idleFor >= configuration.validateAfterIdle else { return loan }
            if await loan.session.probe(within: configuration.validationTimeout) { return loan }
            await giveBack(loan)
        }
    }

    private func nextLoan(_ deadline: ContinuousClock.Instant) async throws(PostgresError) -> Loan {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let grant = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                step { state, now in
                    state.borrowers[id] = continuation
                    return state.machine.lease(id, deadline: deadline, now: now)
                }
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
        switch grant {
        case .lent(let loan): return loan
        case .refused(let error): throw error
        }
    }

    private func cancel(_ id: PoolMachine.WaiterID) {
        step { state, now in state.machine.cancel(id, now: now) }
        let borrower = state.withLock { $0.borrowers.removeValue(forKey: id) }
        borrower?.resume(
            returning: .refused(PostgresError(.cancelled, "cancelled while waiting for a connection"))
        )
    }

    /// Takes a connection back, rolled back if it was left in a transaction.
    private func giveBack(_ loan: Loan) async {
        let condition = await loan.session.endLease(watcher(of: loan.id))
        step { state, now in
            let lost = condition == .serverLost ? state.machine.serverLost(now: now) : []
            return lost + state.machine.release(loan.id, isUsable: condition == .usable, now: now)
        }
    }

    /// Tells the machine when something arrives on a connection while it is idle, which mostly is the news of its end.
    ///
    /// Set before the connection is returned: after that it may be on loan again, and a wait set then would end the
    /// borrower's. The borrower's first wait ends this one.
    private func watcher(of id: PoolMachine.ConnectionID) -> @Sendable () -> Void {
        { [weak self] in self?.step { state, now in state.machine.becameReadable(id, now: now) } }
    }
}

/// Acting.
extension ConnectionPool {
    /// Feeds the machine an event and does what it says.
    private func step(_ event: (inout State, ContinuousClock.Instant) -> [PoolMachine.Action]) {
        let now = ContinuousClock.now
        let effects = state.withLock { state in
            var effects = Effects()
            for action in event(&state, now) { effects.add(action, to: &state) }
            if !state.work.isEmpty { effects.runner = state.runner.take() }
            setTimer(&state)
            return effects
        }
        for (borrower, grant) in effects.grants { borrower.resume(returning: grant) }
        effects.runner?.resume()
    }

    /// What is left to do outside the lock.
    private struct Effects {
        var grants: [(CheckedContinuation<Grant, Never>, Grant)] = []
        var runner: CheckedContinuation<Void, Never>?
        /// Connections closed by letting go of them.
        var dropped: [Session] = []

        mutating func add(_ action: PoolMachine.Action, to state: inout State) {
            switch action {
            case .grant(let waiter, let connection, let idleFor):
                guard let borrower = state.borrowers.removeValue(forKey: waiter),
                    let session = state.sessions[connection]
                else { return }
                grants.append((borrower, .lent(Loan(id: connection, session: session, idleFor: idleFor))))
            case .refuse(let waiter, let error):
                guard let borrower = state.borrowers.removeValue(forKey: waiter) else { return }
                grants.append((borrower, .refused(error)))
            case .close(let connection) where state.isAbandoned:
                if let session = state.sessions.removeValue(forKey: connection) { dropped.append(session) }
            case .open, .close, .check, .finished:
                if !state.isAbandoned { state.work.append(action) }
            }
        }
    }

    private func setTimer(_ state: inout State) {
        let deadline = state.machine.nextDeadline
        guard deadline != state.timerDeadline else { return }
        state.timerDeadline = deadline
        guard let deadline else { return readiness.unschedule(timer, outcome: .cancelled) }
        readiness.schedule(timer, at: deadline) { [weak self] outcome in
            guard outcome == .timedOut else { return }
            self?.step { state, now in
                state.timerDeadline = nil
                return state.machine.tick(now: now)
            }
        }
    }
}

/// Running.
extension ConnectionPool {
    /// Makes, checks and closes connections until shutdown; to be called once.
    ///
    /// On graceful shutdown it returns when the last connection has come back, on cancellation at once; connections
    /// that come back later are closed then.
    package func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    step { state, now in state.machine.tick(now: now) }
                    while let action = await nextWork() {
                        switch action {
                        case .open(let id): group.addTask { await self.open(id) }
                        case .check(let id): group.addTask { await self.check(id) }
                        case .close(let id): group.addTask { await self.close(id) }
                        case .grant, .refuse, .finished: break
                        }
                    }
                }
            } onGracefulShutdown: {
                self.step { state, now in state.machine.shutDown(now: now) }
            }
        } onCancel: {
            self.abandon()
        }
    }

    /// The next thing for `run()` to do; nil when there is nothing left to do for good.
    private func nextWork() async -> PoolMachine.Action? {
        while true {
            let (action, isOver) = state.withLock { state in
                let action = state.work.popFirst()
                return (action, state.isAbandoned || action == .finished)
            }
            if isOver { return nil }
            if let action { return action }
            await withCheckedContinuation { continuation in
                let isNeeded = state.withLock { state in
                    let isIdle = state.work.isEmpty && !state.isAbandoned
                    if isIdle { state.runner = continuation }
                    return isIdle
                }
                if !isNeeded { continuation.resume() }
            }
        }
    }

    /// Gives up all at once, because `run()` has been cancelled.
    private func abandon() {
        let (dropped, runner) = state.withLock { state in
            state.isAbandoned = true
            state.work = []
            let leased = state.machine.leasedConnections
            let dropped = state.sessions.filter { !leased.contains($0.key) }
            for id in dropped.keys { state.sessions[id] = nil }
            return (dropped, state.runner.take())
        }
        step { state, now in state.machine.abort(now: now) }
        runner?.resume()
        _ = dropped
    }

    private func open(_ id: PoolMachine.ConnectionID) async {
        do throws(PostgresError) {
            let session = try await Session.connect(settings, readiness: readiness, logger: logger)
            await session.watchIdle(watcher(of: id))
            let hadFailed = statistics.failures > 0
            step { state, now in
                state.sessions[id] = session
                return state.machine.opened(id, jitter: .random(in: 0..<1), now: now)
            }
            if hadFailed { logger.notice("the database can be reached again") }
        } catch {
            let isFirst = statistics.failures == 0
            step { state, now in state.machine.openFailed(id, error, jitter: .random(in: 0..<1), now: now) }
            if isFirst, error.code != .cancelled {
                logger.warning("the database cannot be reached", metadata: ["pg.error": "\(error)"])
            }
        }
    }

    private func check(_ id: PoolMachine.ConnectionID) async {
        guard let session = state.withLock({ $0.sessions[id] }) else { return }
        let isAlive = await session.checkIdle()
        if isAlive { await session.watchIdle(watcher(of: id)) }
        step { state, now in state.machine.checked(id, isAlive: isAlive, now: now) }
    }

    private func close(_ id: PoolMachine.ConnectionID) async {
        guard let session = state.withLock({ $0.sessions.removeValue(forKey: id) }) else { return }
        await session.close()
    }
}
