import Logging
import Platform
import ServiceLifecycle
import Synchronization
import Testing

@testable import placeguard

@Suite(.timeLimit(.minutes(10))) struct ServiceManagerLinkTests {
    /// Records what it is told; refuses the first `refusals` messages as a full queue does.
    private final class Observer: ServiceObserver {
        let watchdogInterval: Duration?
        private let state: Mutex<(told: [ServiceNotification], refusals: Int)>
        private let arrivals: AsyncStream<Void>.Continuation
        let arrived: AsyncStream<Void>

        init(watchdogInterval: Duration?, refusals: Int = 0) {
            self.watchdogInterval = watchdogInterval
            state = Mutex(([], refusals))
            (arrived, arrivals) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        }

        func notify(_ notifications: [ServiceNotification]) throws(SystemError) {
            let isFull = state.withLock { state in
                if state.refusals > 0 {
                    state.refusals -= 1
                    return true
                }
                state.told += notifications
                return false
            }
            arrivals.yield()
            if isFull { throw SystemError(operation: "sendto", subject: "test", code: 11) }
        }

        var told: [ServiceNotification] { state.withLock { $0.told } }

        /// Returns when it has been told something so many times.
        func until(_ notification: ServiceNotification, times: Int = 1) async {
            var arrivals = arrived.makeAsyncIterator()
            while told.count(where: { $0 == notification }) < times { await arrivals.next() }
        }
    }

    private func link(
        to observer: Observer?,
        ready: Gate,
        isAlive: @escaping @Sendable () async -> Bool = { true }
    ) -> ServiceManagerLink {
        ServiceManagerLink(
            manager: observer,
            awaitReady: { try await ready.wait() },
            isAlive: isAlive,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `says ready when it is, alive as often as wanted, and stopping`() async throws {
        let observer = Observer(watchdogInterval: .milliseconds(10))
        let ready = Gate()
        try await RunningDaemon.run(link(to: observer, ready: ready)) {
            #expect(observer.told.isEmpty)
            ready.open()
            await observer.until(.watchdog, times: 3)
        }
        #expect(observer.told.prefix(3) == [.ready, .status("serving"), .watchdog])
        #expect(observer.told.suffix(2) == [.stopping, .status("stopping")])
    }

    @Test func `gives no sign of life while the service is not alive`() async throws {
        let observer = Observer(watchdogInterval: .milliseconds(2))
        let ready = Gate()
        ready.open()
        let asked = Mutex(0)
        let (enough, reached) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isAlive: @Sendable () async -> Bool = {
            if asked.withLock({
                $0 += 1; return $0
            }) >= 5 {
                reached.yield()
            }
            return false
        }
        try await RunningDaemon.run(link(to: observer, ready: ready, isAlive: isAlive)) {
            for await _ in enough { break }
        }
        #expect(!observer.told.contains(.watchdog))
    }

    @Test func `tries again while the manager's queue is full`() async throws {
        let observer = Observer(watchdogInterval: nil, refusals: 2)
        let ready = Gate()
        ready.open()
        try await RunningDaemon.run(link(to: observer, ready: ready)) {
            await observer.until(.ready)
        }
        #expect(observer.told == [.ready, .status("serving"), .stopping, .status("stopping")])
    }

    @Test func `says stopping, never ready, when stopped before it was ready`() async throws {
        let observer = Observer(watchdogInterval: nil)
        try await RunningDaemon.run(link(to: observer, ready: Gate())) {}
        #expect(observer.told == [.stopping, .status("stopping")])
    }

    @Test func `is silent and ends when stopped where there is no manager`() async throws {
        try await RunningDaemon.run(link(to: nil, ready: Gate())) {}
    }

    @Test func `fails when the service will never be ready`() async {
        struct Failure: Error, Equatable {}
        let observer = Observer(watchdogInterval: nil)
        let ready = Gate()
        ready.fail(Failure())
        await #expect(throws: Failure()) { try await link(to: observer, ready: ready).run() }
        #expect(!observer.told.contains(.ready))
    }

    @Test func `a slow step asks for more time`() {
        let observer = Observer(watchdogInterval: nil)
        ServiceManagerLink.extend(observer, status: "starting the database")
        #expect(observer.told == [.extendTimeout(.seconds(30)), .status("starting the database")])
    }
}
