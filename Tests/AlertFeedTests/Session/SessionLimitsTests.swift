import NIOCore
import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// The limits that one session keeps, each just below, at and just above it.
@Suite(.timeLimit(.minutes(10)))
struct SessionLimitsTests {
    // MARK: Words

    private func refusal(_ line: String) -> FeedError.Word? {
        let result: Result<TaggedCommand, CommandError> = Result { () throws(CommandError) in
            try CommandParser.parse(line)
        }
        guard case .failure(let failure) = result else { return nil }
        return failure.error.word
    }

    @Test(arguments: [(71, true), (72, true), (73, false)])
    func `a word of HELLO, a token id and an epoch have at most 72 bytes`(_ length: Int, _ isAllowed: Bool) {
        let word = String(repeating: "a", count: length)
        let expected: FeedError.Word? = isAllowed ? nil : .badFormat
        for line in [
            "HELLO 1 \(word) 1", "HELLO 1 client \(word)", "AUTH TOKEN \(word).secret", "AUTH TOKEN \(word) secret",
            "SUB desk FROM 1@\(word)",
        ] {
            #expect(refusal(line) == expected, "\(line.prefix(16))")
        }
    }

    @Test(arguments: [(127, true), (128, true), (129, false)])
    func `a secret has at most 128 bytes, however it is written`(_ length: Int, _ isAllowed: Bool) {
        let secret = String(repeating: "s", count: length)
        let expected: FeedError.Word? = isAllowed ? nil : .badFormat
        for line in ["AUTH TOKEN id.\(secret)", "AUTH TOKEN id \(secret)"] {
            #expect(refusal(line) == expected)
        }
    }

    @Test(arguments: [(71, true), (72, true), (73, false)])
    func `an area code of a filter has at most 72 bytes`(_ length: Int, _ isAllowed: Bool) {
        let expected: FeedError.Word? = isAllowed ? nil : .badFilter
        #expect(refusal("LIST FILTER area:" + String(repeating: "E", count: length)) == expected)
    }

    // MARK: Replies

    @Test(arguments: [4_087, 4_089, 4_095, 4_096, 4_097])
    func `areas are told in 4 096 bytes at most, the rest as a count`(_ bytes: Int) async throws {
        var principal = Principal.ana
        // Codes of seven bytes and commas, 4 079 bytes, then one more.
        principal.areas = (0..<510).map { "E\(100_000 + $0)" } + [String(repeating: "x", count: bytes - 4_080)]
        let whole = principal.areas.joined(separator: ",")
        #expect(whole.utf8.count == bytes)
        let session = PureSession()
        session.credentials.add(principal, secret: "secret-ana")
        await session.send("HELLO 1 test 1")
        await session.send("AUTH TOKEN tok-ana.secret-ana")
        let words = try #require(session.takeLines().last).split(separator: " ")
        let told = String(try #require(words.first { $0.hasPrefix("areas=") }?.dropFirst("areas=".count)))
        #expect(told.utf8.count <= FeedLimits.areasText)
        let cut = principal.areas.dropLast().joined(separator: ",") + ",+1"
        let isAsItShouldBe = told == (bytes <= 4_096 ? whole : cut)
        #expect(isAsItShouldBe)
    }

    private func alert(_ seq: Int64, body: String) -> OpenAlertLine {
        OpenAlertLine(
            event: LoggedEvent(
                seq: seq,
                alert: AlertID(UniqueID(high: 1, low: UInt64(seq))),
                rev: 1,
                type: .raised,
                urgency: .high,
                at: Moment(seconds: 0),
                body: body
            )
        )
    }

    @Test(arguments: [-1, 0, 1])
    func `a LIST reply has 96 KiB of lines at most and says where it goes on`(_ offset: Int) async {
        let session = await PureSession.loggedIn()
        let bare = AlertListing([alert(10, body: "x")], lineLimit: 1, byteLimit: 1_000).lines.readableBytes - 1
        // Sixteen lines that together fill the reply, but for the offset.
        let alerts = (10..<26).map { seq in
            let length = 6_144 + (seq == 25 ? offset : 0)
            return alert(Int64(seq), body: String(repeating: "x", count: length - bare))
        }
        session.say(session.machine.received(.line("LIST"), at: session.now))
        session.say(session.machine.completed(.listed(alerts), at: session.now))
        let lines = session.takeLines()
        let cut = "OK LIST lines=15 more=\(alerts[14].event.alert.text)"
        #expect(lines.first == (offset > 0 ? cut : "OK LIST lines=16"))
        #expect(lines.count == (offset > 0 ? 16 : 17))
    }

    @Test(arguments: [-1, 0, 1])
    func `a SHOW reply has 96 KiB of lines at most and says that it is shortened`(_ offset: Int) async {
        let session = await PureSession.loggedIn()
        let alert = AlertID(UniqueID(high: 1, low: 1))
        func history(_ lengths: [Int]) -> AlertHistory {
            let events = lengths.enumerated().map { index, length in
                self.alert(Int64(10 + index), body: String(repeating: "x", count: length)).event
            }
            return AlertHistory(isOpen: true, standing: self.alert(99, body: "x").event, events: events, acts: [])
        }
        let lengths = [Int](repeating: 6_000, count: 15)
        let rest = 98_304 - AlertShowing(history(lengths + [1]), byteLimit: .max).lines.readableBytes
        session.say(session.machine.received(.line("SHOW \(alert.text)"), at: session.now))
        session.say(session.machine.completed(.shown(history(lengths + [1 + rest + offset])), at: session.now))
        let lines = session.takeLines()
        #expect(lines.first == (offset > 0 ? "OK SHOW lines=16 state=open shortened" : "OK SHOW lines=17 state=open"))
        #expect(lines.count == (offset > 0 ? 17 : 18))
    }

    @Test(arguments: [199, 200, 201])
    func `LIST tells of 200 alerts at a time and where it goes on`(_ count: Int) async throws {
        let log = MemoryAlertLog()
        let alerts = (0..<count).map { _ in log.publish(in: .open).alert.text }
        let head = count > 200 ? "OK @q LIST lines=200 more=\(alerts[199])" : "OK @q LIST lines=\(count)"
        try await withServer(log: log) { server in
            try await server.loggedIn { client in
                #expect(try await client.ask("LIST") == head)
                for alert in alerts.prefix(200) { try await client.expect("ALERT \(alert) ") }
                guard count > 200 else { return }
                #expect(try await client.ask("LIST AFTER \(alerts[199])") == "OK @q LIST lines=1")
                try await client.expect("ALERT \(alerts[200]) ")
            }
        }
    }

    @Test(arguments: [199, 200, 201])
    func `WHO tells of 200 people at most`(_ count: Int) async {
        let session = await PureSession.loggedIn()
        let people = (0..<count).map {
            PresentPerson(subject: "p\($0)", agency: "marlowick-licensing", sessions: 1, subscriptions: [])
        }
        session.say(session.machine.received(.line("WHO"), at: session.now))
        session.say(session.machine.completed(.present(people), at: session.now))
        let lines = session.takeLines()
        #expect(lines.first == "OK WHO lines=\(min(count, 200))")
        #expect(lines.count == 1 + min(count, 200))
    }

    @Test func `after a whole burst twenty commands a second are obeyed, and the next is not`() async {
        let session = await PureSession.loggedIn()
        func answers(_ count: Int) async -> (obeyed: Int, refused: Int) {
            for _ in 0..<count { await session.send("PING") }
            let lines = session.takeLines()
            return (lines.count { $0.hasPrefix("OK PONG") }, lines.count { $0.hasPrefix("ERR 429 slow-down") })
        }
        let spent = await answers(60)
        #expect(spent.obeyed + spent.refused == 60)
        for _ in 0..<3 {
            await session.pass(seconds: 1)
            let (obeyed, refused) = await answers(21)
            #expect(obeyed == 20 && refused == 1)
        }
    }

    // MARK: Output

    @Test func `of 256 KiB of output half collects, a quarter of that before commands wait`() {
        let limits = FeedLimits.standard
        #expect(limits.output == 256 * 1_024)
        #expect(limits.collecting == 128 * 1_024)
        #expect(limits.commandRoom == 32 * 1_024)
        #expect(limits.listBytes == 96 * 1_024)
    }

    @Test func `of those who are refused 64 are told so at a time, and 256 places are kept for known addresses`() {
        #expect(FeedLimits.standard.refusalsAtOnce == 64)
        #expect(FeedLimits.standard.waitingReserve == 256)
    }

    @Test(arguments: [(32_767, true), (32_768, true), (32_769, false)])
    func `a command is obeyed while no more than 32 KiB collect, and waits past that until the session has ended`(
        _ collecting: Int,
        _ isObeyed: Bool
    ) {
        var state = FeedConnection.State(
            machine: SessionMachine(limits: .standard, seed: 1, at: ManualClock.instant(.zero))
        )
        state.outgoing.write { $0.writeRepeatingByte(0x78, count: collecting - 1) }
        state.outgoing.share(ByteBuffer(repeating: 0x78, count: 1))
        #expect(state.takesCommand(.standard) == isObeyed)
        state.writing = 131_072
        #expect(state.takesCommand(.standard) == isObeyed, "what is being written does not collect")
        state.machine.peerClosed()
        #expect(state.takesCommand(.standard))
    }

    @Test(arguments: [(32_767, 1), (32_768, 1), (32_769, 0)])
    func `a heartbeat is said while no more than 32 KiB wait`(_ waiting: Int, _ beats: Int) async {
        let session = await PureSession.loggedIn()
        session.waiting = waiting
        for _ in 0..<20 {
            session.taken += 1
            await session.pass(seconds: 1)
        }
        #expect(session.takeLines().count { $0.hasPrefix("HB ") } == beats)
    }

    @Test func `without room no page is read, and what was delivered is audited all the same`() async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head")
        await session.publish()
        session.log.publish(in: .open)
        session.machine.logMayHaveGrown()
        let later = ManualClock.instant(.seconds(60))
        guard let (_, range) = session.machine.nextAudit(at: later) else {
            Issue.record("the delivered event was not audited")
            return
        }
        session.machine.audited(range, succeeded: true)
        let idle = session.machine.nextWork(hasRoom: false, at: later)
        #expect(idle == nil)
        guard case .readPage? = session.machine.nextWork(hasRoom: true, at: later) else {
            Issue.record("no page was asked for")
            return
        }
    }

    // MARK: Drain

    /// Begins the drain of a session that owes nothing, or an acknowledgement; answers when it may end.
    private func draining(_ seed: UInt64, _ limits: FeedLimits = .standard, owes: Bool = false) async throws
        -> (session: PureSession, drain: SessionMachine.Drain)
    {
        let session = PureSession(limits: limits, seed: seed)
        await session.send("HELLO 1 test 1")
        await session.send("AUTH TOKEN tok-ana.secret-ana")
        await session.send("SUB desk FROM head")
        if owes { await session.publish() }
        session.say(session.machine.beginDrain(at: session.now))
        let drain = try #require(session.machine.drain)
        return (session, drain)
    }

    private func end(of session: PureSession, at moment: Duration) -> EndReason? {
        let nothing = OutputProgress(waiting: 0, taken: 0)
        session.say(session.machine.tick(nothing, at: ManualClock.instant(moment)))
        return session.machine.end
    }

    @Test func `who owes nothing is let go within two seconds of a stop, each at a moment of its own`() async throws {
        var moments: Set<Duration> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let (session, drain) = try await draining(seed)
            #expect(drain.earliest >= Duration.zero && drain.earliest <= Duration.seconds(2))
            if drain.earliest > .zero {
                #expect(end(of: session, at: drain.earliest - .milliseconds(1)) == nil)
            }
            #expect(end(of: session, at: drain.earliest) == .drain)
            moments.insert(drain.earliest)
        }
        #expect(moments.count > 50)
        #expect(moments.contains { $0 < Duration.milliseconds(500) })
        #expect(moments.contains { $0 > Duration.milliseconds(1_500) })
    }

    @Test func `who owes an acknowledgement has the whole grace time, and nobody has more`() async throws {
        let (owing, drain) = try await draining(1, owes: true)
        #expect(drain.latest == Duration.seconds(10))
        #expect(end(of: owing, at: .milliseconds(9_999)) == nil)
        #expect(end(of: owing, at: .seconds(10)) == .drain)
        var limits = FeedLimits()
        limits.drainSpread = .seconds(600)
        limits.drainGrace = .seconds(5)
        for seed in 1...20 as ClosedRange<UInt64> {
            let earliest = try await draining(seed, limits).drain.earliest
            #expect(earliest <= Duration.seconds(5))
        }
    }
}
