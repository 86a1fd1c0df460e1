import CLibPQ
import Glibc
import Synchronization

/// One thread that waits on epoll for all connections of the process.
///
/// Made and stopped by whoever owns the connections; there is no shared instance. It waits only: what a socket being
/// ready means is decided on the connection's own executor.
///
/// Every registration is one-shot: after an event the descriptor is silent until it is armed anew, so that unread data
/// can never make the thread spin.
///
/// Locking: `table` is held across a change and the `epoll_ctl` that goes with it, so that no event, cancellation or
/// removal can fall between the two. Callbacks run outside the lock.
package final class EpollReactor: Readiness {
    package let blockingThreads = BlockingThreads()
    private let core: Core
    private let thread: Mutex<pthread_t?>

    /// Starts the thread.
    ///
    /// - Throws: `connection` when the system is out of descriptors or threads.
    package init() throws(PostgresError) {
        let core = try Core()
        self.core = core
        thread = Mutex(try Thread.start("pg-reactor") { core.run() })
    }

    deinit {
        stop()
    }

    /// Ends the thread and every wait, with `stopped`; without effect the second time.
    ///
    /// Joins the thread, which takes microseconds: it never does anything long.
    package func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        core.requestStop()
        // The last reference may go on the thread itself, at the end of a callback.
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    package func register(_ descriptor: Int32) throws(PostgresError) -> ReadinessToken {
        try core.register(descriptor)
    }

    package func deregister(_ token: ReadinessToken) { core.deregister(token) }

    package func arm(
        _ token: ReadinessToken,
        for interest: Interest,
        deadline: ContinuousClock.Instant?,
        _ callback: @escaping WaitCallback
    ) {
        core.arm(token, for: interest, deadline: deadline, callback)
    }

    package func disarm(_ token: ReadinessToken, outcome: WaitOutcome) {
        core.table.withLock { $0.take(token) }?(outcome)
    }

    package func makeTimer() -> ReadinessTimer { core.table.withLock { $0.makeTimer() } }

    package func schedule(
        _ timer: ReadinessTimer,
        at deadline: ContinuousClock.Instant,
        _ callback: @escaping WaitCallback
    ) {
        core.schedule(timer, at: deadline, callback)
    }

    package func unschedule(_ timer: ReadinessTimer, outcome: WaitOutcome) {
        core.table.withLock { $0.unschedule(timer) }?(outcome)
    }
}

/// What the thread and the reactor share; the thread keeps it alive, but not the reactor.
private final class Core: Sendable {
    /// Events taken from the kernel at one time; more only wait for the next round.
    private static let batch = 64
    /// The mark of the wake-up descriptor, which no token ever has: slots are numbered from 0.
    private static let wakeMark = UInt64.max

    let table = Mutex(ReadinessTable())
    private let epoll: Int32
    private let wakeUp: Int32
    private let isStopped = Atomic<Bool>(false)

    init() throws(PostgresError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard epoll >= 0, wakeUp >= 0,
            control(EPOLL_CTL_ADD, wakeUp, events: placeguard_epoll_in, mark: Self.wakeMark)
        else {
            let failure = errno
            if epoll >= 0 { close(epoll) }
            if wakeUp >= 0 { close(wakeUp) }
            throw PostgresError(.connection, "the system refused an epoll descriptor (errno \(failure))")
        }
    }

    deinit {
        close(epoll)
        close(wakeUp)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, events: UInt32, mark: UInt64) -> Bool {
        var event = unsafe epoll_event(events: events, data: epoll_data_t(u64: mark))
        return unsafe epoll_ctl(epoll, operation, descriptor, &event) == 0
    }

    private func wake() {
        // The only failure is a full counter, which means that the thread is being woken already.
        eventfd_write(wakeUp, 1)
    }
}

/// Changes, from any thread.
extension Core {
    func register(_ descriptor: Int32) throws(PostgresError) -> ReadinessToken {
        guard !isStopped.load(ordering: .acquiring) else { throw Self.stoppedError }
        let token: ReadinessToken? = table.withLock { table in
            let token = table.register(descriptor)
            if control(EPOLL_CTL_ADD, descriptor, events: placeguard_epoll_oneshot, mark: token.bits) { return token }
            _ = table.deregister(token)
            return nil
        }
        guard let token else { throw PostgresError(.connection, "epoll refused a socket (errno \(errno))") }
        return token
    }

    func deregister(_ token: ReadinessToken) {
        let callback = table.withLock { table -> WaitCallback? in
            guard let (descriptor, callback) = table.deregister(token) else { return nil }
            // Fails where libpq has closed the socket already, which took it out of epoll.
            _ = control(EPOLL_CTL_DEL, descriptor, events: 0, mark: 0)
            return callback
        }
        callback?(.stopped)
    }

    func arm(
        _ token: ReadinessToken,
        for interest: Interest,
        deadline: ContinuousClock.Instant?,
        _ callback: @escaping WaitCallback
    ) {
        var events = placeguard_epoll_oneshot
        if interest.contains(.read) { events |= placeguard_epoll_in }
        if interest.contains(.write) { events |= placeguard_epoll_out }

        let (armed, isWatched) = table.withLock { table -> (ReadinessTable.Armed?, Bool) in
            guard let armed = table.arm(token, deadline: deadline, callback) else { return (nil, true) }
            return (armed, control(EPOLL_CTL_MOD, armed.descriptor, events: events, mark: token.bits))
        }
        guard let armed else { return callback(.stopped) }
        armed.displaced?(.cancelled)
        // The socket is gone: let libpq look at it and report.
        if !isWatched { table.withLock { $0.take(token) }?(.ready(.readWrite)) }
        if armed.wakes { wake() }
        endIfStopped()
    }

    func schedule(_ timer: ReadinessTimer, at deadline: ContinuousClock.Instant, _ callback: @escaping WaitCallback) {
        let (displaced, wakes) = table.withLock { $0.schedule(timer, at: deadline, callback) }
        displaced?(.cancelled)
        if wakes { wake() }
        endIfStopped()
    }

    func requestStop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Ends a wait that was recorded after the thread ended all waits and went.
    private func endIfStopped() {
        guard isStopped.load(ordering: .sequentiallyConsistent) else { return }
        for callback in table.withLock({ $0.removeAll() }) { callback(.stopped) }
    }

    private static var stoppedError: PostgresError { PostgresError(.shutdown, "the reactor has been stopped") }
}

/// The thread.
extension Core {
    func run() {
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            unsafe events.initialize(repeating: epoll_event())
            while !isStopped.load(ordering: .sequentiallyConsistent) {
                let check = table.withLock { $0.nextCheck }
                let count = unsafe epoll_wait(epoll, events.baseAddress, Int32(Self.batch), Self.timeout(until: check))
                // Negative only when interrupted by a signal: descriptor and buffer are ours and valid.
                for index in 0..<Int(max(count, 0)) {
                    unsafe deliver(events[index])
                }
                expire()
            }
        }
        for callback in table.withLock({ $0.removeAll() }) { callback(.stopped) }
    }

    private func deliver(_ event: epoll_event) {
        let mark = unsafe event.data.u64
        guard mark != Self.wakeMark else {
            var count: eventfd_t = 0
            _ = unsafe eventfd_read(wakeUp, &count)
            return
        }
        let events = unsafe event.events
        var ready: Interest = []
        if events & placeguard_epoll_in != 0 { ready.insert(.read) }
        if events & placeguard_epoll_out != 0 { ready.insert(.write) }
        // Trouble counts as both, so that libpq comes upon it whichever way it looks.
        if events & placeguard_epoll_trouble != 0 { ready = .readWrite }
        table.withLock { $0.take(ReadinessToken(bits: mark)) }?(.ready(ready))
    }

    private func expire() {
        guard table.withLock({ $0.nextCheck }) != nil else { return }
        let now = ContinuousClock.now
        for callback in table.withLock({ $0.expire(at: now) }) { callback(.timedOut) }
    }

    /// Milliseconds until a moment, rounded up so as not to spin before it; -1 for no limit.
    private static func timeout(until moment: ContinuousClock.Instant?) -> Int32 {
        guard let moment else { return -1 }
        let (seconds, attoseconds) = (moment - .now).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: min(seconds, 1_000_000) * 1_000 + fraction)
    }
}
