import DequeModule

/// Who has which connection, who waits, and when what is due: the pool without connections, clocks or locks.
///
/// Every method takes in one event and returns what is to be done about it. Its caller performs the actions outside
/// its lock, and reports back. A connection is known by a number that is never used twice.
struct PoolMachine {
    typealias ConnectionID = Int
    typealias WaiterID = Int
    typealias Instant = ContinuousClock.Instant

    /// What is to be done.
    enum Action: Equatable {
        /// Make a connection; report `opened` or `openFailed`.
        case open(ConnectionID)
        /// Close a connection that nobody uses; nothing is to be reported.
        case close(ConnectionID)
        /// Lend a connection to a waiter.
        case grant(WaiterID, ConnectionID, idleFor: Duration)
        /// Tell a waiter that it gets none.
        case refuse(WaiterID, PostgresError)
        /// See whether an idle connection is alive; report `checked`.
        case check(ConnectionID)
        /// All connections are gone and no more will be made.
        case finished
    }

    private enum State: Equatable {
        case opening
        case idle(since: Instant)
        case checking(since: Instant)
        case leased
    }

    private struct Entry {
        var state: State
        /// When the connection has lived long enough.
        var expiry: Instant
        /// Whether it is to be closed when it comes back.
        var isDoomed = false
        /// Whether something arrived while it was on its way back or out, so that it is to be looked at.
        var wasReadable = false
    }

    private struct Waiter {
        var id: WaiterID
        var deadline: Instant
    }

    /// Connecting has failed since the last success.
    private struct Outage {
        var since: Instant
        var failures: Int
        var retryAt: Instant
        var lastError: PostgresError
    }

    private enum Phase {
        case running
        /// No new borrowers; those that wait are still served.
        case draining
        case finished
    }

    private let configuration: PoolConfiguration
    private var entries: [ConnectionID: Entry] = [:]
    /// Idle connections, the most recently used last.
    ///
    /// It is lent first, so that those above need come to their end.
    private var idle: [ConnectionID] = []
    private var waiters: Deque<Waiter> = []
    private var lastID = 0
    private var outage: Outage?
    private var phase = Phase.running

    init(_ configuration: PoolConfiguration) {
        self.configuration = configuration
    }
}

/// Borrowing.
extension PoolMachine {
    /// Somebody wants a connection.
    mutating func lease(_ waiter: WaiterID, deadline: Instant, now: Instant) -> [Action] {
        guard phase == .running else { return [.refuse(waiter, Self.shutdownError)] }
        if let outage, isFailingFast(now), openCount == 0 {
            return [.refuse(waiter, outage.lastError)] + openNeeded(now)
        }
        waiters.append(Waiter(id: waiter, deadline: deadline))
        return serve(now)
    }

    /// A waiter does not want any more; without effect if it has been served.
    mutating func cancel(_ waiter: WaiterID, now: Instant) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return [] }
        waiters.remove(at: index)
        return serve(now)
    }

    /// A borrower gives a connection back.
    ///
    /// - Parameter isUsable: False for one that is closed or about to be.
    mutating func release(_ connection: ConnectionID, isUsable: Bool, now: Instant) -> [Action] {
        guard let entry = entries[connection], entry.state == .leased else { return [] }
        if isUsable, !entry.isDoomed, entry.expiry > now {
            return park(connection, since: now, now)
        }
        entries[connection] = nil
        return [.close(connection)] + serve(now)
    }

    /// The server behind a connection is gone, as a borrower found: all idle ones had the same server.
    ///
    /// Those on loan are closed when they come back.
    mutating func serverLost(now: Instant) -> [Action] {
        let lost = idle
        idle = []
        for connection in lost { entries[connection] = nil }
        for (connection, entry) in entries where entry.state != .opening {
            entries[connection]?.isDoomed = true
        }
        return lost.map { .close($0) } + serve(now)
    }
}

/// Connections coming and going.
extension PoolMachine {
    /// A connection has been made.
    ///
    /// - Parameter jitter: A random number in 0..<1, for its lifetime.
    mutating func opened(_ connection: ConnectionID, jitter: Double, now: Instant) -> [Action] {
        guard entries[connection]?.state == .opening else { return [.close(connection)] }
        outage = nil
        let lifetime = configuration.maximumLifetime * (0.9 + 0.1 * jitter)
        entries[connection]?.expiry = now + lifetime
        return park(connection, since: now, now)
    }

    /// A connection could not be made.
    mutating func openFailed(
        _ connection: ConnectionID,
        _ error: PostgresError,
        jitter: Double,
        now: Instant
    ) -> [Action] {
        guard entries.removeValue(forKey: connection) != nil else { return [] }
        let failures = (outage?.failures ?? 0) + 1
        let pause = configuration.backoff.pause(after: failures, jitter: jitter)
        outage = Outage(since: outage?.since ?? now, failures: failures, retryAt: now + pause, lastError: error)
        return serve(now)
    }

    /// Something arrived on a connection watched as idle, which may be on loan by now or not be returned yet.
    mutating func becameReadable(_ connection: ConnectionID, now: Instant) -> [Action] {
        guard case .idle(let since) = entries[connection]?.state else {
            entries[connection]?.wasReadable = true
            return []
        }
        idle.removeAll { $0 == connection }
        return beginCheck(connection, since: since)
    }

    /// An idle connection has been looked at; one that is dead takes the other idle ones with it.
    mutating func checked(_ connection: ConnectionID, isAlive: Bool, now: Instant) -> [Action] {
        guard let entry = entries[connection], case .checking(let since) = entry.state else { return [] }
        guard isAlive, !entry.isDoomed else {
            entries[connection] = nil
            return [.close(connection)] + (isAlive ? serve(now) : serverLost(now: now))
        }
        return park(connection, since: since, now)
    }

    /// A deadline may have passed.
    mutating func tick(now: Instant) -> [Action] {
        serve(now)
    }

    /// No new borrowers; those waiting are served, then all connections are closed.
    mutating func shutDown(now: Instant) -> [Action] {
        if phase == .running { phase = .draining }
        return serve(now)
    }

    /// Gives up at once: waiters are refused and idle connections closed; those on loan are closed when they come back.
    mutating func abort(now: Instant) -> [Action] {
        if phase == .running { phase = .draining }
        for connection in entries.keys { entries[connection]?.isDoomed = true }
        let refused = waiters.map { Action.refuse($0.id, Self.shutdownError) }
        waiters = []
        for (connection, entry) in entries where entry.state == .opening { entries[connection] = nil }
        return refused + serve(now)
    }
}

/// Deciding.
extension PoolMachine {
    /// When `tick` is next due; nil if nothing is.
    ///
    /// Always later than the last event, else the timer set to it would fire again and again.
    var nextDeadline: Instant? {
        var deadlines = waiters.map(\.deadline)
        for connection in idle {
            guard let entry = entries[connection], case .idle(let since) = entry.state else { continue }
            deadlines.append(entry.expiry)
            if entries.count > configuration.minimum { deadlines.append(since + configuration.idleTimeout) }
        }
        if let outage, wantsMore, openingCount < openingLimit { deadlines.append(outage.retryAt) }
        if let outage, !waiters.isEmpty, openCount == 0 {
            deadlines.append(outage.since + configuration.failFastAfter)
        }
        return deadlines.min()
    }

    /// Brings everything up to date: lends, refuses, closes and opens as far as possible.
    private mutating func serve(_ now: Instant) -> [Action] {
        // A waiter whose deadline has passed is refused though a connection has just come free: it has given up.
        var actions = refuseWaiters(now)
        while let waiter = waiters.first, let connection = idle.last {
            waiters.removeFirst()
            idle.removeLast()
            actions.append(.grant(waiter.id, connection, idleFor: idleTime(of: connection, now)))
            entries[connection]?.state = .leased
        }
        actions += closeIdle(now)
        actions += openNeeded(now)
        if phase == .draining, entries.isEmpty, waiters.isEmpty {
            phase = .finished
            actions.append(.finished)
        }
        return actions
    }

    private mutating func refuseWaiters(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        if let outage, isFailingFast(now), openCount == 0 {
            actions += waiters.map { .refuse($0.id, outage.lastError) }
            waiters = []
        }
        for waiter in waiters where waiter.deadline <= now { actions.append(.refuse(waiter.id, exhausted)) }
        waiters.removeAll { $0.deadline <= now }
        return actions
    }

    private mutating func closeIdle(_ now: Instant) -> [Action] {
        var closed: [ConnectionID] = []
        for connection in idle {
            guard let entry = entries[connection], case .idle(let since) = entry.state else { continue }
            let isSurplus = entries.count - closed.count > configuration.minimum
            let isDue =
                phase != .running || entry.expiry <= now || (isSurplus && since + configuration.idleTimeout <= now)
            if isDue { closed.append(connection) }
        }
        for connection in closed { entries[connection] = nil }
        idle.removeAll { closed.contains($0) }
        return closed.map { .close($0) }
    }

    private mutating func openNeeded(_ now: Instant) -> [Action] {
        if let outage, outage.retryAt > now { return [] }
        var actions: [Action] = []
        while wantsMore, openingCount < openingLimit {
            lastID += 1
            entries[lastID] = Entry(state: .opening, expiry: now)
            actions.append(.open(lastID))
        }
        return actions
    }

    /// Whether another connection is needed and allowed, back-off aside.
    private var wantsMore: Bool {
        guard entries.count < max(configuration.maximum, 1) else { return false }
        if waiters.count > openingCount { return true }
        guard phase == .running else { return false }
        // During an outage somebody has to find out when it is over, though nobody waits.
        return entries.count < configuration.minimum || (outage != nil && entries.isEmpty)
    }

    /// How many attempts may be under way: during an outage one, to find out when it is over.
    private var openingLimit: Int { outage == nil ? max(configuration.connectConcurrency, 1) : 1 }

    private var openingCount: Int { entries.values.count { $0.state == .opening } }
    private var openCount: Int { entries.count - openingCount }

    private func isFailingFast(_ now: Instant) -> Bool {
        guard let outage else { return false }
        if let code = outage.lastError.sqlState, SQLState.meansMisconfiguration(code) { return true }
        return outage.since + configuration.failFastAfter <= now
    }

    /// Makes a connection available, unless something arrived on it that is to be looked at first.
    private mutating func park(_ connection: ConnectionID, since: Instant, _ now: Instant) -> [Action] {
        if entries[connection]?.wasReadable == true {
            return beginCheck(connection, since: since) + serve(now)
        }
        entries[connection]?.state = .idle(since: since)
        idle.append(connection)
        return serve(now)
    }

    private mutating func beginCheck(_ connection: ConnectionID, since: Instant) -> [Action] {
        entries[connection]?.wasReadable = false
        entries[connection]?.state = .checking(since: since)
        return [.check(connection)]
    }

    private func idleTime(of connection: ConnectionID, _ now: Instant) -> Duration {
        if case .idle(let since) = entries[connection]?.state { now - since } else { .zero }
    }

    private var exhausted: PostgresError {
        outage.map { $0.lastError.recoded(.poolExhausted, "no connection in time; the server cannot be reached") }
            ?? PostgresError(.poolExhausted, "no connection came free in time")
    }

    private static var shutdownError: PostgresError { PostgresError(.shutdown, "the pool is shutting down") }
}

extension PoolMachine {
    /// The connections that are on loan.
    var leasedConnections: Set<ConnectionID> { Set(entries.filter { $0.value.state == .leased }.keys) }

    var statistics: PoolStatistics {
        var statistics = PoolStatistics(waiting: waiters.count, failures: outage?.failures ?? 0)
        for entry in entries.values {
            switch entry.state {
            case .opening: statistics.opening += 1
            case .idle, .checking: statistics.idle += 1
            case .leased: statistics.leased += 1
            }
        }
        return statistics
    }
}
