import AlertFeed
import Logging
import NIOCore
import Safeguarding
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// A database that neither answers nor breaks off.
@Suite(.timeLimit(.minutes(10)))
struct DatabasePatienceTests {
    @Test func `a command waits five seconds for a database that hangs, is answered 503, and the session goes on`()
        async throws
    {
        let (log, clock) = (HangingLog(), ManualClock())
        try await withClient(of: log, clock) { client in
            _ = try await client.ask("SUB desk")
            log.memory.publish(in: .open)
            try await client.expect("EVT desk 1 0 ")
            log.hang()
            // Of an acknowledgement it is the patience of all that are asked for together.
            for (command, call) in [("ACK desk 1", "acknowledge"), ("LIST", "audit"), ("LAG", "cursors")] {
                try await client.send("@1 " + command)
                await clock.sleepers(of: .seconds(5))
                await clock.advance(seconds: 4)
                #expect(!log.givenUp.contains(call))
                await clock.advance(seconds: 1)
                try await client.expect("ERR @1 503 db-unavailable the database does not answer retry=", of: "ERR")
                while log.givenUp.last != call, !Task.isCancelled { await Task.yield() }
            }
            try await client.expect("OK @q PONG", to: "PING")
            log.answer()
            try await client.expect("OK @q LIST lines=1", to: "LIST")
            try await client.expect("OK @q ACK desk 1", to: "ACK desk 1")
            log.memory.publish(in: .open)
            try await client.expect("EVT desk 2 1 ")
        }
        #expect(log.givenUp == ["acknowledge", "audit", "cursors"])
    }

    @Test func `a subscription stands and is answered while the look after its filter's terms hangs`() async throws {
        let (log, clock, watch) = (HangingLog(), ManualClock(), HangingWatch())
        try await withClient(of: log, clock, watch) { client in
            let answer = try await client.ask("SUB desk FILTER area:E05A")
            #expect(answer.hasPrefix("OK @q SUB desk "))
            log.memory.publish(in: .open)
            try await client.expect("EVT desk 1 0 ")
            await clock.sleepers(of: .seconds(5))
            await clock.advance(seconds: 5)
            try await client.expect("OK @q ACK desk 1", to: "ACK desk 1")
        }
        #expect(watch.looks == 1)
    }

    /// A logged-in client of a server that never ticks, so that nothing but the client's commands asks the database.
    private func withClient(
        of log: HangingLog,
        _ clock: ManualClock,
        _ watch: (any ReaderWatch)? = nil,
        _ body: (LineClient) async throws -> Void
    ) async throws {
        var limits = FeedLimits()
        limits.tick = .seconds(1_000)
        (limits.longestLookRest, limits.longestAcknowledgementRest) = (.zero, .zero)
        var logger = Logger(label: "patience-test")
        logger.logLevel = .critical
        let credentials = MemoryCredentials()
        let server = FeedServer(
            settings: FeedSettings(port: 0, limits: limits),
            log: log,
            desk: MemoryAlertDesk(log.memory),
            mutes: MemoryMuteDesk(log.memory),
            watch: watch ?? MemoryReaderWatch(log.memory),
            credentials: credentials,
            logChanged: log.memory.bell,
            credentialsChanged: credentials.bell,
            clock: clock,
            logger: logger
        )
        let lifecycle = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await lifecycle.run() }
            // The clock goes on only where somebody sleeps for a second.
            group.addTask { while true { try await clock.sleep(for: .seconds(1)) } }
            guard let port = await server.listeningAddress()?.port else { throw CancellationError() }
            try await LineClient.with(port: port) { client in
                try await client.logIn(as: .ana)
                try await body(client)
            }
        }
    }
}

/// A log whose calls can be made to wait until they are cancelled, or until it answers again.
private final class HangingLog: AlertLog {
    private struct State {
        var isHanging = false
        var givenUp: [String] = []
    }

    let memory = MemoryAlertLog()
    private let state = Mutex(State())
    private let answers = Doorbell()

    /// The calls that were cancelled while they waited.
    var givenUp: [String] { state.withLock { $0.givenUp } }

    func hang() { state.withLock { $0.isHanging = true } }

    func answer() {
        state.withLock { $0.isHanging = false }
        answers.ring()
    }

    private func turn(of call: String) async throws {
        var heard = answers.count
        while state.withLock({ $0.isHanging }) {
            heard = await answers.wait(after: heard)
            guard Task.isCancelled else { continue }
            state.withLock { $0.givenUp.append(call) }
            throw CancellationError()
        }
    }

    func position(of view: View) async throws -> LogPosition {
        try await turn(of: "position")
        return try await memory.position(of: view)
    }

    func subscribe(
        _ principal: Principal,
        name: String,
        from: FeedStart,
        filter: FeedFilter,
        isStanding: Bool
    ) async throws -> SubscriptionStart {
        try await turn(of: "subscribe")
        return try await memory.subscribe(
            principal,
            name: name,
            from: from,
            filter: filter,
            isStanding: isStanding
        )
    }

    func pages(_ reads: [PageRead]) async throws -> [Result<EventPage, FeedRefusal>] {
        try await turn(of: "pages")
        return try await memory.pages(reads)
    }

    func acknowledge(_ acknowledgements: [Acknowledgement]) async throws -> [FeedRefusal?] {
        try await turn(of: "acknowledge")
        return try await memory.acknowledge(acknowledgements)
    }

    func replaced(_ subscriptions: [FeedSubscription]) async throws -> [FeedSubscription] {
        try await turn(of: "replaced")
        return try await memory.replaced(subscriptions)
    }

    func advance(_ subscription: FeedSubscription, readTo: Int64) async throws {
        try await turn(of: "advance")
        try await memory.advance(subscription, readTo: readTo)
    }

    func ended(_ subscription: FeedSubscription, reason: String, sent: Int64) async throws {
        try await turn(of: "ended")
        try await memory.ended(subscription, reason: reason, sent: sent)
    }

    func openAlerts(
        _ principal: Principal,
        filter: FeedFilter,
        after: AlertID?,
        limit: Int
    ) async throws -> [OpenAlertLine] {
        try await turn(of: "openAlerts")
        return try await memory.openAlerts(principal, filter: filter, after: after, limit: limit)
    }

    func cursors(_ principal: Principal) async throws -> [CursorLine] {
        try await turn(of: "cursors")
        return try await memory.cursors(principal)
    }

    func audit(_ entries: [ReadEntry]) async throws {
        try await turn(of: "audit")
        try await memory.audit(entries)
    }
}

/// A watch that never comes back from a look after a filter.
private final class HangingWatch: ReaderWatch {
    private let looking = Mutex(0)

    var looks: Int { looking.withLock { $0 } }

    func exercise(_ readers: [ConnectedReader]) async throws -> Int { 0 }
    func unanswered(_ readers: [ConnectedReader]) async throws -> [ConnectedReader] { [] }
    func silent() async throws -> [SilentSubscription] { [] }
    func digest(_ readers: [Principal]) async throws -> Int { 0 }

    func watch(_ subscription: FeedSubscription, filter: FeedFilter, of principal: Principal) async throws {
        looking.withLock { $0 += 1 }
        let never = Doorbell()
        while !Task.isCancelled { _ = await never.wait(after: 0) }
        throw CancellationError()
    }
}
