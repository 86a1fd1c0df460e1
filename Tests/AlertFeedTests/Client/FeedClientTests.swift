import AlertFeed
import Safeguarding
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FeedClientTests {
    @Test func `events are handed on in order and acknowledged after they were handled`() async throws {
        try await withServer { server in
            for number in 1...500 { server.log.publish(in: .open, body: #"{"n":\#(number)}"#) }
            let client = FeedClient(settings: FollowedEvents.settings(server))
            try await Self.following(client) { notices in
                for seq in 1...500 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
                while try await server.log.cursors(.ana).first?.acked != 500, !Task.isCancelled { await Task.yield() }
                while client.state.acknowledged != 500, !Task.isCancelled { await Task.yield() }
                #expect(client.state.isSubscribed && client.state.processed == 500 && client.state.behind == 0)
            }
        }
    }

    @Test func `an event whose handling fails is not acknowledged and comes again`() async throws {
        try await withServer { server in
            for _ in 1...3 { server.log.publish(in: .open) }
            struct Broken: Error {}
            await #expect(throws: Broken.self) {
                try await FeedClient(settings: FollowedEvents.settings(server)).follow { notice in
                    if case .event(let event) = notice, event.seq == 2 { throw Broken() }
                }
            }
            var settings = FollowedEvents.settings(server)
            settings.from = .resume
            let client = FeedClient(settings: settings)
            try await Self.following(client) { notices in
                let first = try #require(await notices.nextEvent()?.seq)
                #expect((1...2).contains(first))
            }
        }
    }

    @Test func `what is told when it is handled is acknowledged then and comes again else`() async throws {
        try await withServer { server in
            for _ in 1...5 { server.log.publish(in: .open) }
            var settings = FollowedEvents.settings(server)
            settings.isToldWhenHandled = true
            let client = FeedClient(settings: settings)
            try await Self.following(client) { notices in
                for seq in 1...5 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
                try #require(client.state.processed == nil)
                client.handled(upTo: 2, in: "another")
                #expect(client.state.processed == nil)
                client.handled(upTo: 3, in: "open-1")
                client.handled(upTo: 2, in: "open-1")
                while client.state.acknowledged != 3, !Task.isCancelled { await Task.yield() }
                #expect(client.state.processed == 3)
            }
            settings.from = .resume
            try await Self.following(FeedClient(settings: settings)) { notices in
                for seq in 4...5 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
            }
        }
    }

    @Test func `after a break it resumes by itself and hands nothing on twice`() async throws {
        try await withServer { server in
            let proxy = try FaultyProxy(target: UInt16(server.port))
            defer { proxy.stop() }
            var settings = FollowedEvents.settings(server)
            settings.port = proxy.port
            let client = FeedClient(settings: settings)
            try await Self.following(client) { notices in
                for round in 0..<10 as Range<Int64> {
                    for _ in 1...20 { server.log.publish(in: .open) }
                    for seq in (round * 20 + 1)...(round * 20 + 20) { #expect(await notices.nextEvent()?.seq == seq) }
                    if round % 2 == 0 { proxy.reset() } else { proxy.drop() }
                }
                #expect(notices.all.contains { if case .disconnected = $0 { true } else { false } })
            }
        }
    }

    @Test func `a slow handler fills the window, is held, and loses nothing`() async throws {
        try await withServer { server in
            for _ in 1...30 { server.log.publish(in: .open) }
            var settings = FollowedEvents.settings(server)
            settings.window = 4
            let client = FeedClient(settings: settings)
            try await Self.following(client) { notices in
                for seq in 1...30 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
                #expect(notices.all.contains(.held))
                while client.state.isHeld, !Task.isCancelled { await Task.yield() }
                #expect(notices.all.contains(.resumed))
            }
        }
    }

    @Test func `heartbeats and a lost database are shown`() async throws {
        try await withServer { server in
            let client = FeedClient(settings: FollowedEvents.settings(server))
            try await Self.following(client) { notices in
                await notices.next { if case .subscribed = $0 { true } else { false } }
                // A poll may take longer than the clock lets it: which heartbeat is the first after one is not said.
                while !notices.all.contains(.heartbeat(head: 0, isDatabaseDown: false)) {
                    try await server.passQuietly(seconds: 1)
                }
                server.log.setAvailable(false)
                // The poll is not part of the tick: which heartbeat is the first to know is not said.
                while !client.state.isDatabaseDown { try await server.passQuietly(seconds: 1) }
                await notices.next { $0 == .heartbeat(head: 0, isDatabaseDown: true) }
            }
        }
    }

    @Test func `a replaced client stops instead of fighting`() async throws {
        try await withServer { server in
            let first = FeedClient(settings: FollowedEvents.settings(server))
            await #expect(throws: FeedClientError.replaced) {
                try await first.follow { notice in
                    guard case .subscribed = notice else { return }
                    try await server.loggedIn { client in _ = try await client.ask("SUB follow") }
                }
            }
        }
    }

    @Test func `a revoked token and a refused one stop the client`() async throws {
        try await withServer { server in
            await #expect(throws: FeedClientError.revoked) {
                try await FeedClient(settings: FollowedEvents.settings(server)).follow { notice in
                    if case .subscribed = notice { server.credentials.revoke("tok-ana") }
                }
            }
            var settings = FollowedEvents.settings(server, principal: .reporter)
            settings.credential = Credential(tokenID: "tok-reporter", secret: "secret-reporter")
            let refused = settings
            await #expect {
                try await FeedClient(settings: refused).follow { _ in }
            } throws: { error in
                guard case FeedClientError.refused(let refusal) = error else { return false }
                return refusal.code == 403 && refusal.word == "forbidden"
            }
        }
    }

    @Test func `a bad filter and a position that was asked for and is gone stop the client with the reason`()
        async throws
    {
        try await withServer { server in
            for _ in 1...5 { server.log.publish(in: .open) }
            server.log.dropBelow(4, in: .open)
            var settings = FollowedEvents.settings(server)
            settings.filter = "colour:red"
            let filtered = settings
            settings.filter = ""
            settings.from = .after(seq: 1, epoch: "open-1")
            let old = settings
            for (settings, word) in [(filtered, "bad-filter"), (old, "too-old")] {
                await #expect {
                    try await FeedClient(settings: settings).follow { _ in }
                } throws: { error in
                    guard case FeedClientError.refused(let refusal) = error else { return false }
                    return refusal.word == word
                }
            }
        }
    }

    @Test func `in a new epoch the client goes on with what the log has, nothing twice, and says where`() async throws {
        try await withServer { server in
            for _ in 1...3 { server.log.publish(in: .open) }
            let client = FeedClient(settings: FollowedEvents.settings(server))
            try await Self.following(client) { notices in
                for seq in 1...3 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
                while client.state.acknowledged != 3, !Task.isCancelled { await Task.yield() }
                server.log.beginEpoch(in: .open)
                server.log.publish(in: .open)
                try await server.passQuietly(seconds: 1)
                let moved = await notices.next { if case .movedOn = $0 { true } else { false } }
                #expect(moved == .movedOn(FeedBreak(cause: .epochChanged, processed: 3, from: 3)))
                #expect(await notices.nextEvent()?.seq == 1_004)
                while client.state.acknowledged != 1_004, !Task.isCancelled { await Task.yield() }
                #expect(client.state.epoch == "open-2")
            }
        }
    }

    @Test func `a client that was away for longer than the log is kept begins at what is kept, and says so`()
        async throws
    {
        try await withServer { server in
            for _ in 1...3 { server.log.publish(in: .open) }
            _ = try await FollowedEvents.first(2, from: server)
            for _ in 1...3 { server.log.publish(in: .open) }
            server.log.dropBelow(5, in: .open)
            var settings = FollowedEvents.settings(server)
            settings.from = .resume
            let client = FeedClient(settings: settings)
            try await Self.following(client) { notices in
                let moved = await notices.next { if case .movedOn = $0 { true } else { false } }
                #expect(moved == .movedOn(FeedBreak(cause: .tooOld, processed: nil, from: nil)))
                for seq in 5...6 as ClosedRange<Int64> { #expect(await notices.nextEvent()?.seq == seq) }
            }
        }
    }

    @Test func `whoever leaves while an alert is being shown waits until it is acknowledged, but not for ever`()
        async throws
    {
        try await withServer { server in
            let clock = SettlingClock()
            let client = FeedClient(settings: FollowedEvents.settings(server), clock: clock)
            let shown = Doorbell()
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    try await client.follow { notice in
                        guard case .event(let event) = notice else { return }
                        shown.ring()
                        guard event.seq == 1 else { return try await clock.never() }
                        _ = await clock.looked.wait(after: 0)
                    }
                }
                server.log.publish(in: .open)
                let seen = await shown.wait(after: 0)
                #expect(await client.settle(within: .seconds(1_000_000)) == [])
                try #require(client.state.acknowledged == 1)
                server.log.publish(in: .open)
                _ = await shown.wait(after: seen)
                let looks = clock.looked.count
                #expect(await client.settle(within: .milliseconds(400)) == [])
                #expect(client.state.acknowledged == 1 && client.state.isOwing)
                #expect(clock.looked.count - looks == 400 / 50)
            }
        }
    }

    @Test func `whoever leaves is told what was asked and not answered`() async throws {
        let settings = FeedClientSettings(
            host: "127.0.0.1",
            port: 1,
            credential: Credential(tokenID: "id", secret: "s")
        )
        let client = FeedClient(settings: settings)
        #expect(await client.settle(within: .zero) == [])
        try client.ask("NOTE alt_1 k seen")
        try client.ask("LIST")
        #expect(await client.settle(within: .zero) == ["NOTE alt_1 k seen", "LIST"])
    }

    @Test func `a token does not leave this machine in the clear`() async throws {
        let settings = FeedClientSettings(
            host: "feed.example",
            port: 8_470,
            credential: Credential(tokenID: "a", secret: "b")
        )
        await #expect(throws: FeedClientError.tlsRequired) { try await FeedClient(settings: settings).follow { _ in } }
    }

    @Test func `nobody there is tried again with longer pauses, up to the longest`() async throws {
        var settings = FeedClientSettings(host: "127.0.0.1", port: 1, credential: Credential(tokenID: "a", secret: "b"))
        settings.longestPause = .milliseconds(2)
        var pauses: [Duration] = []
        await #expect(throws: FollowedEvents.Enough.self) {
            try await FeedClient(settings: settings).follow { notice in
                guard case .disconnected("unreachable", let pause) = notice else { return }
                pauses.append(pause)
                if pauses.count == 5 { throw FollowedEvents.Enough() }
            }
        }
        #expect(pauses.allSatisfy { $0 <= .milliseconds(2) })
    }

    /// Runs a client beside a body, which sees its notices.
    private static func following(_ client: FeedClient, _ body: (Notices) async throws -> Void) async throws {
        let notices = Notices()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                do {
                    try await client.follow { notices.append($0) }
                } catch {
                    notices.end()
                }
            }
            try await body(notices)
        }
    }
}

/// A clock on which only a client that leaves takes time, and that tells when it looks.
private final class SettlingClock: FeedClock {
    let looked = Doorbell()
    private let elapsed = Mutex(Duration.zero)

    var now: FeedInstant { FeedInstant(elapsed: elapsed.withLock { $0 }, wall: Moment(seconds: 0)) }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        guard duration == FeedClient.settlingLook else { return try await never() }
        elapsed.withLock { $0 += duration }
        looked.ring()
        await Task.yield()
    }

    /// Suspends until cancelled.
    func never() async throws {
        let bell = Doorbell()
        while !Task.isCancelled { _ = await bell.wait(after: 0) }
        throw CancellationError()
    }
}

/// What a client told, to be waited for.
private final class Notices: Sendable {
    private let state = Mutex((notices: [FeedNotice](), read: 0, hasEnded: false))
    private let bell = Doorbell()

    var all: [FeedNotice] { state.withLock { $0.notices } }

    func append(_ notice: FeedNotice) {
        state.withLock { $0.notices.append(notice) }
        bell.ring()
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        bell.ring()
    }

    func nextEvent() async -> FeedEvent? {
        let notice = await next { if case .event = $0 { true } else { false } }
        guard case .event(let event)? = notice else { return nil }
        return event
    }

    /// The next notice of a kind; nil when the client has ended.
    @discardableResult
    func next(_ isWanted: (FeedNotice) -> Bool) async -> FeedNotice? {
        var seen = bell.count
        while !Task.isCancelled {
            let found: FeedNotice? = state.withLock { state in
                while state.read < state.notices.count {
                    state.read += 1
                    if isWanted(state.notices[state.read - 1]) { return state.notices[state.read - 1] }
                }
                return nil
            }
            if let found { return found }
            if state.withLock({ $0.hasEnded }) { return nil }
            seen = await bell.wait(after: seen)
        }
        return nil
    }
}
