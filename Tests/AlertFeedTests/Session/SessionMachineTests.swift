import AlertFeed
import NIOCore
import Safeguarding
import TestSupport
import Testing

struct SessionMachineTests {
    // MARK: Rates

    @Test(arguments: [59, 60, 61])
    func `sixty commands pass at once and the next is told to wait`(_ count: Int) async {
        let session = PureSession()
        _ = session.takeLines()
        for _ in 0..<count { await session.send("PING") }
        let lines = session.takeLines()
        #expect(lines.filter { $0 == "OK PONG" }.count == min(count, 60))
        #expect(lines.dropFirst(60) == (count > 60 ? ["ERR 429 slow-down too many commands retry=1"] : []))
    }

    @Test func `whoever does not stop is put out, whoever rests is not`() async {
        let session = await PureSession.loggedIn()
        for _ in 0..<58 { await session.send("PING") }
        for _ in 0..<20 { await session.send("@x PING") }
        #expect(session.machine.end == nil)
        #expect(session.takeLines().suffix(20).allSatisfy { $0.hasPrefix("ERR @x 429 slow-down ") })
        await session.pass(seconds: 3)
        await session.send("PING")
        #expect(session.takeLines() == ["OK PONG"])
        for _ in 0..<80 { await session.send("PING") }
        #expect(session.machine.end == .flood)
        let last = session.takeLines().last ?? ""
        #expect(last.hasPrefix("BYE flood retry="))
    }

    @Test func `bytes that are no text count as commands`() async {
        let session = PureSession()
        for _ in 0..<100 { await session.receive([0xFF, 0x0A]) }
        #expect(session.machine.end == .flood)
    }

    @Test func `acknowledgements that move forward are free, those that do not count`() async throws {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head WINDOW 2048")
        for _ in 0..<200 { await session.publish() }
        await session.pass(seconds: 30)
        _ = session.takeLines()
        for seq in 1...200 { await session.send("ACK desk \(seq)") }
        #expect(session.takeLines().isEmpty)
        for count in 1...61 {
            await session.send("ACK desk 200")
            #expect(session.takeLines().map { $0.prefix(18) } == (count > 60 ? ["ERR 429 slow-down "] : []))
        }
        #expect(try await session.log.cursors(.ana).map(\.acked) == [200])
    }

    @Test func `an acknowledgement repeated while the database is away counts as a command`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head")
        await session.publish()
        await session.pass(seconds: 30)
        session.log.setAvailable(false)
        _ = session.takeLines()
        for _ in 1...62 { await session.send("ACK desk 1") }
        let answers = session.takeLines().map { $0.prefix(7) }
        #expect(answers == Array(repeating: "ERR 503", count: 61) + ["ERR 429"])
    }

    @Test func `of silent acknowledgements that wait, the last is made durable for all`() async throws {
        let session = await PureSession.loggedIn()
        for name in ["desk", "wall"] { await session.send("SUB \(name) FROM head") }
        for _ in 0..<10 { await session.publish() }
        await session.send("ACK desk 2")
        func asks(_ line: String, before next: String?) -> Bool {
            var machine = session.machine
            return machine.received(.line(line), before: next.map { .line($0) }, at: session.now).effect != nil
        }
        #expect(!asks("ACK desk 3", before: "ACK desk 3"))
        #expect(!asks("ACK desk 3", before: "ACK desk 10"))
        #expect(asks("ACK desk 3", before: nil))
        #expect(asks("@t ACK desk 3", before: "ACK desk 10"))
        for next in ["ACK desk 2", "ACK desk 11", "ACK wall 10", "@t ACK desk 10", "ACK desk x", "PING"] {
            #expect(asks("ACK desk 3", before: next), "\(next)")
        }
        await session.receive(Array("ACK desk 4\nACK desk 6\nACK desk 9\n".utf8))
        #expect(try await session.log.cursors(.ana).map(\.acked).sorted() == [0, 9])
    }

    // MARK: Windows

    @Test(arguments: [1, 2, 7, 256, 8_192])
    func `never more than the window is in flight`(_ window: Int) async {
        let log = MemoryAlertLog()
        let session = await PureSession.loggedIn(log: log)
        await session.send("SUB desk FROM head WINDOW \(window)")
        _ = session.takeLines()
        for _ in 0..<(window + 3) { log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        await session.settle()
        let lines = session.takeLines()
        #expect(lines.count == window + 1)
        #expect(lines.last == "HOLD desk window")
        await session.send("ACK desk \(window)")
        #expect(session.takeLines().first == "GO desk")
    }

    @Test func `a client that acknowledges one by one does not cost a page for each`() async {
        let log = MemoryAlertLog()
        let session = await PureSession.loggedIn(log: log)
        await session.send("SUB desk FROM head WINDOW 256")
        for _ in 0..<400 { log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        await session.settle()
        _ = session.takeLines()
        var bursts = 0
        for seq in 1...256 {
            if seq % 20 == 0 { session.rest() }
            await session.send("ACK desk \(seq)")
            if session.takeLines().contains(where: { $0.hasPrefix("EVT") }) { bursts += 1 }
        }
        #expect((1...5).contains(bursts))
    }

    @Test func `a client that keeps nearly the whole window is not left waiting for ever`() async {
        let log = MemoryAlertLog()
        let session = await PureSession.loggedIn(log: log)
        await session.send("SUB desk FROM head WINDOW 256")
        for _ in 0..<400 { log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        await session.settle()
        _ = session.takeLines()
        await session.send("ACK desk 26")
        #expect(session.takeLines() == ["GO desk"])
        await session.pass(seconds: 1)
        #expect(session.takeLines().count { $0.hasPrefix("EVT") } == 26)
    }

    @Test func `sixteen subscriptions are the most of a connection`() async {
        let session = await PureSession.loggedIn()
        for number in 1...16 { await session.send("SUB n\(number)") }
        #expect(session.takeLines().allSatisfy { $0.hasPrefix("OK SUB ") })
        await session.send("SUB n17")
        #expect(session.takeLines() == ["ERR 429 slow-down too many subscriptions of this user"])
    }

    // MARK: Cursor

    @Test func `a standing subscription keeps its exercises`() async {
        let session = await PureSession.loggedIn(log: MemoryAlertLog())
        await session.send("SUB hook STANDING")
        await session.send("SUB desk")
        _ = session.takeLines()
        await session.send("FILTER hook -kind:exercise")
        #expect(session.takeLines().first?.hasPrefix("ERR 400 bad-format ") == true)
        await session.send("FILTER hook -kind:note")
        await session.send("FILTER desk -kind:exercise")
        #expect(session.takeLines().allSatisfy { $0.hasPrefix("OK FILTER ") })
    }

    @Test func `a narrow filter's cursor follows the log, once a minute, and never backwards for the client`()
        async throws
    {
        let log = MemoryAlertLog()
        let session = await PureSession.loggedIn(log: log)
        await session.send("SUB desk FROM head FILTER kind:exercise")
        for _ in 0..<10 { await session.publish() }
        await session.pass(seconds: 59)
        #expect(try await log.cursors(.ana).map(\.acked) == [0])
        await session.pass(seconds: 1)
        #expect(try await log.cursors(.ana).map(\.acked) == [10])
        for _ in 0..<5 { await session.publish() }
        await session.pass(seconds: 59)
        #expect(try await log.cursors(.ana).map(\.acked) == [10])
        _ = session.takeLines()
        await session.publish(.open, FeedFacts(type: .exercise))
        #expect(session.takeLines().first?.hasPrefix("EVT desk 16 0 exercise ") == true)
        for seq in [0, 5, 16] { await session.send("@a ACK desk \(seq)") }
        #expect(session.takeLines() == ["OK @a ACK desk 0", "OK @a ACK desk 5", "OK @a ACK desk 16"])
    }

    @Test func `an unacknowledged event keeps the cursor where it is`() async throws {
        let log = MemoryAlertLog()
        let session = await PureSession.loggedIn(log: log)
        await session.send("SUB desk FROM head FILTER kind:exercise")
        await session.publish(.open, FeedFacts(type: .exercise))
        for _ in 0..<10 { await session.publish() }
        await session.pass(seconds: 200)
        #expect(try await log.cursors(.ana).map(\.acked) == [0])
    }

    @Test(arguments: [(1, false), (2, false), (3, true)])
    func `a subscription ends when what it has not been sent is dropped`(_ floor: Int64, _ ends: Bool) async {
        let session = await PureSession.loggedIn()
        session.log.publish(in: .open)
        await session.send("SUB desk FROM head")
        _ = session.takeLines()
        for _ in 0..<3 { session.log.publish(in: .open) }
        session.log.dropBelow(floor, in: .open)
        session.machine.logMayHaveGrown()
        await session.settle()
        let lines = session.takeLines()
        #expect(lines.count == (ends ? 1 : 3))
        #expect(lines.first?.hasPrefix(ends ? "BYE too-old floor=3 retry=" : "EVT desk 2 1 ") == true)
        let end: EndReason? = ends ? .tooOld : nil
        #expect(session.machine.end == end)
        #expect(session.machine.ends.map(\.reason) == [end ?? .lost])
    }

    // MARK: Slow clients

    @Test func `a socket that takes nothing for 25 s ends the session`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk")
        await session.publish()
        session.waiting = 5_000
        await session.pass(seconds: 25)
        #expect(session.machine.end == nil)
        await session.pass(seconds: 1)
        #expect(session.machine.end == .slow)
        #expect(session.takeLines().last?.hasPrefix("BYE slow resume=0 retry=") == true)
        #expect(session.machine.ends.map(\.reason) == [.slow])
    }

    @Test func `a socket that takes a byte a second is slow but alive`() async {
        let session = await PureSession.loggedIn()
        await session.send("PING")
        session.waiting = 5_000
        for _ in 0..<100 {
            session.waiting -= 1
            session.taken += 1
            await session.pass(seconds: 1)
        }
        #expect(session.machine.end == nil)
        await session.pass(seconds: 20)
        #expect(session.machine.end == .idle)
    }

    @Test func `heartbeats do not pile up for a client that hardly reads`() async {
        let session = await PureSession.loggedIn()
        session.waiting = FeedLimits.standard.output / 8 + 1
        for _ in 0..<100 {
            session.taken += 1
            await session.pass(seconds: 1)
        }
        #expect(session.takeLines().isEmpty)
    }

    // MARK: Login

    @Test func `a login of one byte a second is not in time`() async {
        let session = PureSession()
        for byte in Array("HELLO 1 a 1\nAUTH TOKEN tok-ana.secret-ana\n".utf8) {
            await session.receive([byte])
            await session.pass(seconds: 1)
        }
        #expect(session.machine.end == .login)
        #expect(session.takeLines().last?.hasPrefix("BYE login retry=") == true)
    }

    @Test func `a login that cannot be checked costs no try and may be repeated`() async {
        let session = PureSession()
        await session.send("HELLO 1 test 1")
        _ = session.takeLines()
        session.credentials.setAvailable(false)
        for _ in 0..<5 { await session.send("AUTH TOKEN tok-ana.secret-ana") }
        let refusals = session.takeLines()
        #expect(refusals.count { $0.hasPrefix("ERR 503 db-unavailable the database does not answer retry=") } == 5)
        #expect(refusals.count == 5)
        #expect(session.credentials.refusals.isEmpty)
        session.credentials.setAvailable(true)
        await session.send("AUTH TOKEN tok-ana.secret-ana")
        #expect(session.takeLines().last?.hasPrefix("OK AUTH as=ana ") == true)
    }

    @Test func `the jitter of retry is between 2 and 30 seconds and differs`() async {
        var seen: Set<String> = []
        for seed in 0..<200 {
            let session = PureSession(seed: UInt64(seed))
            session.say(session.machine.displaced(at: session.now))
            seen.insert(session.takeLines().last.map { String($0.dropFirst("BYE login retry=".count)) } ?? "")
        }
        #expect(seen.compactMap { Int($0) }.allSatisfy { (2...30).contains($0) })
        #expect(seen.count > 20)
    }

    // MARK: Order

    @Test func `nothing is said after BYE`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk")
        await session.send("QUIT")
        _ = session.takeLines()
        await session.send("PING")
        await session.publish()
        await session.pass(seconds: 100)
        session.say(session.machine.revoked(at: session.now))
        session.say(session.machine.beginDrain(at: session.now))
        session.say(session.machine.replaced("desk", at: session.now))
        #expect(session.takeLines().isEmpty)
        #expect(session.machine.end == .quit)
    }

    @Test func `an outcome that nobody asked for ends the session instead of trapping`() {
        let session = PureSession()
        session.say(session.machine.completed(.acknowledged, at: session.now))
        #expect(session.machine.end == .failed)
    }

    @Test func `a line while a command is in progress ends the session instead of trapping`() {
        let now = ManualClock.instant(.zero)
        var machine = SessionMachine(limits: .standard, seed: 1, at: now)
        _ = machine.received(.line("HELLO 1 a 1"), at: now)
        #expect(machine.received(.line("AUTH TOKEN a b"), at: now).effect != nil)
        _ = machine.received(.line("PING"), at: now)
        #expect(machine.end == .failed)
    }

    @Test func `a fault of the program is answered as one and the session goes on`() async {
        let session = await PureSession.loggedIn()
        _ = session.machine.received(.line("@1 LAG"), at: session.now)
        session.say(session.machine.completed(.failed, at: session.now))
        #expect(session.takeLines() == ["ERR @1 500 internal the server could not do that"])
        #expect(session.machine.end == nil)
    }

    @Test func `a page that contradicts the order of the log is not sent`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM floor")
        _ = session.takeLines()
        session.log.publish(in: .open)
        session.machine.logMayHaveGrown()
        guard case .readPage(let request) = session.machine.nextWork(hasRoom: true, at: session.now) else {
            Issue.record("no page was asked for")
            return
        }
        let events = [3, 2].map { seq in
            LoggedEvent(
                seq: seq,
                alert: AlertID(UniqueID(high: 0, low: 1)),
                rev: 1,
                type: .raised,
                urgency: .high,
                at: Moment(seconds: 0),
                body: "{}"
            )
        }
        let position = LogPosition(epoch: "open-1", head: 3, floor: 1)
        let page = PageOutcome.read(events: .lines(EventRun(events)), readTo: 3, position: position)
        session.say(session.machine.pageRead(request, page, at: session.now))
        #expect(session.machine.end == .failed)
        #expect(!session.takeLines().contains { $0.hasPrefix("EVT") })
    }

    @Test func `a page read with an earlier filter is thrown away`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head")
        session.log.publish(in: .open, facts: FeedFacts(category: .park))
        session.machine.logMayHaveGrown()
        guard case .readPage(let request) = session.machine.nextWork(hasRoom: true, at: session.now) else {
            Issue.record("no page was asked for")
            return
        }
        session.say(session.machine.received(.line("FILTER desk category:hotel"), at: session.now))
        session.say(session.machine.completed(.audited, at: session.now))
        let old = try? await session.log.page(
            PageRead(
                request.subscription,
                principal: .ana,
                after: 0,
                epoch: request.read.epoch,
                limit: 10,
                filter: request.read.filter
            )
        )
        let events = UnsentEvents.lines(EventRun(old?.events ?? []))
        #expect(events.count == 1)
        let position = LogPosition(epoch: "open-1", head: 1, floor: 1)
        _ = session.takeLines()
        session.say(
            session.machine.pageRead(request, .read(events: events, readTo: 1, position: position), at: session.now)
        )
        await session.settle()
        #expect(session.takeLines().isEmpty)
        await session.publish(.open, FeedFacts(category: .hotel))
        #expect(session.takeLines().map { $0.prefix(9) } == ["EVT desk 2"].map { $0.prefix(9) })
    }

    // MARK: Audit

    @Test func `what was delivered is audited by 1,000 events or by the minute`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head WINDOW 2048")
        for _ in 0..<2_040 { session.log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        await session.settle()
        let details = { session.log.auditLines.filter { $0.action == "feed.deliver" }.map(\.detail) }
        #expect(details() == ["name=desk from=1 to=1000 events=1000", "name=desk from=1001 to=2000 events=1000"])
        await session.pass(seconds: 59)
        #expect(details().count == 2)
        await session.pass(seconds: 1)
        #expect(details().last == "name=desk from=2001 to=2040 events=40")
        await session.publish()
        #expect(session.machine.ends.map(\.unaudited?.detail) == ["name=desk from=2041 to=2041 events=1"])
    }

    @Test func `nothing more is sent while the audit cannot be written`() async {
        var limits = FeedLimits.standard
        limits.auditEvents = 200
        let session = await PureSession.loggedIn(limits: limits)
        await session.send("SUB desk FROM head WINDOW 2048")
        for _ in 0..<200 { session.log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        while session.machine.deliver(room: .max, at: session.now).lines.isEmpty {
            guard case .readPage(let request)? = session.machine.nextWork(hasRoom: true, at: session.now) else { break }
            let page = try? await session.log.page(
                PageRead(
                    request.subscription,
                    principal: .ana,
                    after: request.read.after,
                    epoch: request.read.epoch,
                    limit: request.read.limit,
                    filter: request.read.filter
                )
            )
            let outcome = page.map { page in
                PageOutcome.read(
                    events: .lines(EventRun(page.events)),
                    readTo: page.readTo,
                    position: page.position
                )
            }
            _ = session.machine.pageRead(request, outcome ?? .unavailable, at: session.now)
        }
        session.log.setAvailable(false)
        session.log.publish(in: .open)
        session.machine.logMayHaveGrown()
        await session.settle()
        #expect(!session.takeLines().contains { $0.hasPrefix("EVT desk 201 ") })
        session.log.setAvailable(true)
        await session.pass(seconds: 1)
        #expect(session.takeLines().contains { $0.hasPrefix("EVT desk 201 200 ") })
    }

    // MARK: Fairness

    @Test func `subscriptions of one connection take turns`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB a FROM head WINDOW 2048")
        await session.send("SUB b FROM head WINDOW 2048")
        _ = session.takeLines()
        for _ in 0..<600 { session.log.publish(in: .open) }
        session.machine.logMayHaveGrown()
        await session.settle()
        let order = session.takeLines().map { $0.split(separator: " ")[1] }
        #expect(order.count == 1_200)
        let firstOfB = order.firstIndex(of: "b") ?? order.count
        #expect(firstOfB <= FeedLimits.page)
    }
}
