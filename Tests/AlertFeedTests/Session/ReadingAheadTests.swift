import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// A page is read while the last one is said, and the audit is written beside both.
@Suite struct ReadingAheadTests {
    /// A session with one subscription, behind a log of so many events.
    private func behind(_ count: Int, limits: FeedLimits = .standard) async -> PureSession {
        let session = await PureSession.loggedIn(limits: limits)
        await session.send("SUB desk FROM head WINDOW 2048")
        for _ in 0..<count { session.log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        _ = session.takeLines()
        return session
    }

    private func request(_ session: PureSession, hasRoom: Bool = true) -> PageRequest? {
        let work = session.machine.nextWork(hasRoom: hasRoom, at: session.now)
        return if case .readPage(let request)? = work { request } else { nil }
    }

    private func answer(_ request: PageRequest, _ session: PureSession) async throws {
        let page = try await session.log.page(request.read)
        let outcome = PageOutcome.read(
            events: .lines(EventRun(page.events, name: request.subscription.name)),
            readTo: page.readTo,
            position: page.position
        )
        #expect(session.machine.pageRead(request, outcome, at: session.now).lines.isEmpty)
    }

    /// Says lines until so many are out.
    private func say(_ count: Int, _ session: PureSession) -> [String] {
        var lines: [String] = []
        while lines.count < count {
            session.say(session.machine.deliver(room: 1, at: session.now))
            let said = session.takeLines()
            if said.isEmpty { break }
            lines += said
        }
        return lines
    }

    private func audit(_ session: PureSession) -> DeliveredRange? { session.machine.nextAudit(at: session.now)?.1 }

    private func positions(_ lines: [String]) -> [[Int64]] {
        lines.map { line in line.split(separator: " ").dropFirst(2).prefix(2).compactMap { Int64($0) } }
    }

    @Test(arguments: [249, 250])
    func `a page that would be short is read once a quarter of the last has been said`(_ said: Int) async throws {
        let session = await behind(1_900)
        try await answer(try #require(request(session)), session)
        #expect(say(said, session).count == said)
        let ahead = request(session, hasRoom: false)
        #expect((ahead != nil) == (said >= 250), "whether there is room for more or not")
        #expect(ahead == nil || ahead?.read.after == 1_000)
    }

    @Test(arguments: [1_999, 2_000, 2_001]) func `a page that will be a whole one is read at once`(_ count: Int)
        async throws
    {
        let session = await behind(count)
        try await answer(try #require(request(session)), session)
        let ahead = request(session, hasRoom: false)
        #expect((ahead != nil) == (count >= 2_000))
        guard let ahead else { return }
        try await answer(ahead, session)
        #expect(request(session) == nil, "two pages are held")
    }

    @Test func `what is said while a page is being read is in order, and no third page is read`() async throws {
        let session = await behind(1_900)
        try await answer(try #require(request(session)), session)
        var lines = say(310, session)
        let ahead = try #require(request(session))
        lines += say(20, session)
        try await answer(ahead, session)
        lines += say(10, session)
        #expect(request(session) == nil, "two pages are held")
        lines += say(.max, session)
        #expect(lines.count == 1_000, "until the audit")
        #expect(positions(lines) == (1...1_000).map { [$0, $0 - 1] })
    }

    @Test func `a filter that changes while two pages wait throws both away`() async throws {
        let session = await behind(1_900)
        try await answer(try #require(request(session)), session)
        #expect(say(310, session).count == 310)
        try await answer(try #require(request(session)), session)
        let filter = FeedFilter(inclusions: [.kind(.closed)], text: "kind=closed")
        #expect(session.machine.subscriptions[0].replace(filter: filter) == 310)
        #expect(say(.max, session).isEmpty)
        #expect(session.machine.subscriptions.map(\.readTo) == [310])
    }

    @Test func `an audit under way holds nothing back before the next is due`() async throws {
        var limits = FeedLimits.standard
        limits.auditEvents = 100
        let session = await behind(400, limits: limits)
        try await answer(try #require(request(session)), session)
        #expect(say(.max, session).count == 100)
        let first = try #require(audit(session))
        #expect(first.detail == "name=desk from=1 to=100 events=100")
        #expect(audit(session) == nil, "one at a time")
        #expect(say(.max, session).count == 100)
        #expect(say(.max, session).isEmpty)
        #expect(session.machine.ends.map(\.unaudited?.detail) == ["name=desk from=1 to=200 events=200"])
        session.machine.audited(first, succeeded: true)
        let second = try #require(audit(session))
        #expect(second.detail == "name=desk from=101 to=200 events=100")
        #expect(say(.max, session).count == 100)
    }

    @Test func `an audit that failed is written with what was said meanwhile`() async throws {
        var limits = FeedLimits.standard
        limits.auditEvents = 100
        let session = await behind(400, limits: limits)
        try await answer(try #require(request(session)), session)
        _ = say(.max, session)
        let first = try #require(audit(session))
        #expect(say(50, session).count == 50)
        session.machine.audited(first, succeeded: false)
        #expect(say(.max, session).isEmpty, "nothing more before it is written")
        #expect(audit(session) == nil, "the database is away")
        let position = try await session.log.position(of: .open)
        session.say(session.machine.logStands(at: position, at: session.now))
        let again = try #require(audit(session))
        #expect(again.detail == "name=desk from=1 to=150 events=150")
        #expect(say(.max, session).isEmpty, "nor while it is written again")
        session.machine.audited(again, succeeded: true)
        #expect(say(.max, session).count == 100)
    }

    @Test func `a quiet reader whose minute cannot be written waits too`() async throws {
        let session = await behind(5)
        try await answer(try #require(request(session)), session)
        #expect(say(.max, session).count == 5)
        let later = ManualClock.instant(session.now.elapsed + .seconds(60))
        let (_, range) = try #require(session.machine.nextAudit(at: later) as (Principal, DeliveredRange)?)
        session.machine.audited(range, succeeded: false)
        let position = try await session.log.position(of: .open)
        session.say(session.machine.logStands(at: position, at: later))
        session.log.publish(in: .open)
        session.machine.logMayHaveGrown()
        try await answer(try #require(request(session)), session)
        #expect(say(.max, session).isEmpty)
        #expect(audit(session)?.detail == "name=desk from=1 to=5 events=5", "at once, not with the next minute")
    }

    @Test func `of two subscriptions the one that waits longest is audited first`() async throws {
        var limits = FeedLimits.standard
        limits.auditEvents = 100
        let session = await PureSession.loggedIn(limits: limits)
        await session.send("SUB desk FROM head WINDOW 2048")
        await session.send("SUB night FROM head WINDOW 2048")
        func read() async throws {
            for _ in 0..<100 { session.log.publish(in: .open) }
            session.machine.logMayHaveGrown()
            for _ in 0..<2 { try await answer(try #require(request(session)), session) }
            _ = say(.max, session)
        }
        try await read()
        let first = try #require(audit(session))
        session.rest()
        session.machine.audited(first, succeeded: true)
        try await read()
        let second = try #require(audit(session))
        #expect([first.name, second.name] == ["desk", "night"], "though desk has said another hundred")
    }
}
