import NIOCore
import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// What happens to a session between two of its steps.
struct SessionRacesTests {
    private let position = LogPosition(epoch: "open-1", head: 0, floor: 1)

    @Test func `a name that is lost while its SUB is in progress ends the session at once, not with the next event`()
        async throws
    {
        let session = await PureSession.loggedIn()
        session.say(session.machine.received(.line("@1 SUB desk"), at: session.now))
        session.say(session.machine.replaced("other", at: session.now))
        session.say(session.machine.replaced("desk", at: session.now))
        #expect(session.takeLines().isEmpty)
        let start = try await session.log.subscribe(.ana, name: "desk", from: .head, filter: .everything)
        session.say(session.machine.completed(.subscribed(start), at: session.now))
        let lines = session.takeLines()
        #expect(lines.first?.hasPrefix("ERR @1 409 replaced ") == true)
        #expect(lines.last?.hasPrefix("BYE replaced") == true)
        #expect(session.machine.end == .replaced)
    }

    @Test(arguments: [false, true])
    func `a name that was used in the other view last says so`(_ hasChanged: Bool) async throws {
        let session = await PureSession.loggedIn()
        var start = try await session.log.subscribe(.ana, name: "desk", from: .head, filter: .everything)
        start.viewChanged = hasChanged
        session.say(session.machine.received(.line("SUB desk"), at: session.now))
        session.say(session.machine.completed(.subscribed(start), at: session.now))
        let answer = try #require(session.takeLines().first)
        #expect(answer.hasPrefix("OK SUB desk ") && answer.hasSuffix(" view-changed") == hasChanged, "\(answer)")
    }

    @Test func `a SUB that failed leaves nothing of its lost name to the next one`() async throws {
        let session = await PureSession.loggedIn()
        session.say(session.machine.received(.line("SUB desk"), at: session.now))
        session.say(session.machine.replaced("desk", at: session.now))
        session.say(session.machine.completed(.unavailable, at: session.now))
        #expect(session.takeLines().last?.hasPrefix("ERR 503 ") == true)
        await session.send("SUB desk")
        #expect(session.takeLines().last?.hasPrefix("OK SUB desk ") == true)
        #expect(session.machine.end == nil)
    }

    @Test
    func `the database's word that a name was lost is about the SUB it was asked of, not about one that came after`()
        async throws
    {
        let session = await PureSession.loggedIn()
        let first = try await session.log.subscribe(.ana, name: "desk", from: .head, filter: .everything)
        session.say(session.machine.received(.line("SUB desk"), at: session.now))
        session.say(session.machine.completed(.unavailable, at: session.now))
        session.say(session.machine.received(.line("SUB desk"), at: session.now))
        session.say(session.machine.lost(first.subscription, at: session.now))
        let second = try await session.log.subscribe(.ana, name: "desk", from: .head, filter: .everything)
        session.say(session.machine.completed(.subscribed(second), at: session.now))
        session.say(session.machine.lost(first.subscription, at: session.now))
        #expect(session.takeLines().last?.hasPrefix("OK SUB desk ") == true)
        #expect(session.machine.end == nil)
        session.say(session.machine.lost(second.subscription, at: session.now))
        #expect(session.machine.end == .replaced)
    }

    @Test func `a name that another SUB has lost does not end this one`() async throws {
        let session = await PureSession.loggedIn()
        session.say(session.machine.received(.line("SUB desk"), at: session.now))
        session.say(session.machine.replaced("wall", at: session.now))
        let start = try await session.log.subscribe(.ana, name: "desk", from: .head, filter: .everything)
        session.say(session.machine.completed(.subscribed(start), at: session.now))
        #expect(session.takeLines().last?.hasPrefix("OK SUB desk ") == true)
    }

    @Test func `a server that stops before the banner says no banner`() {
        let session = PureSession(greets: false)
        session.say(session.machine.beginDrain(at: session.now))
        session.say(session.machine.banner(server: "placeguard", isEncrypted: false))
        #expect(session.takeLines().map { $0.split(separator: " ")[1] } == ["drain"])
    }

    @Test func `the end of a certificate that was turned away does not end the session of a token`() async {
        let session = PureSession()
        await session.send("HELLO 1 test 1")
        let until = session.now.wall + 5
        session.say(session.machine.received(.line("AUTH EXTERNAL"), at: session.now))
        session.say(session.machine.completed(.certificateChecked(.reporter, until: until), at: session.now))
        #expect(session.takeLines().last?.hasPrefix("ERR 403 ") == true)
        await session.send("AUTH TOKEN tok-ana.secret-ana")
        #expect(session.takeLines().last?.hasPrefix("OK AUTH as=ana ") == true)
        await session.pass(seconds: 6)
        #expect(session.machine.end == nil)
    }

    /// So that what waits for a client stays within its bound: the reply fills the room that is left.
    @Test(arguments: ["LIST", "SHOW alt_01900000-0000-7000-8000-000000000001", "WHO", "MUTES", "LAG"])
    func `no event is said while a reply of many lines is on its way`(_ command: String) async {
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head")
        session.log.publish(in: .open)
        session.machine.logMayHaveGrown()
        guard case .readPage(let request) = session.machine.nextWork(hasRoom: true, at: session.now) else {
            Issue.record("no page was asked for")
            return
        }
        let event = LoggedEvent(
            seq: 1,
            alert: AlertID(UniqueID(high: 1, low: 2)),
            rev: 1,
            type: .raised,
            urgency: .high,
            at: Moment(seconds: 0),
            body: "{}"
        )
        let head = LogPosition(epoch: "open-1", head: 1, floor: 1)
        let page = PageOutcome.read(events: .lines(EventRun([event])), readTo: 1, position: head)
        session.say(session.machine.pageRead(request, page, at: session.now))
        _ = session.takeLines()
        session.say(session.machine.received(.line(command), at: session.now))
        #expect(session.machine.deliver(room: 100_000, at: session.now).lines.isEmpty)
        session.say(session.machine.completed(.unavailable, at: session.now))
        #expect(session.machine.deliver(room: 100_000, at: session.now).lines.count == 1)
    }

    @Test func `WHO and MUTES say what 96 KiB hold`() async {
        let names = (0..<16).map { "\($0)" + String(repeating: "n", count: 30) }
        let people = (0..<200).map {
            PresentPerson(subject: "p\($0)", agency: "marlowick-licensing", sessions: 1, subscriptions: names)
        }
        let mutes = (0..<200).map {
            LiveMute(
                id: MuteID(UniqueID(high: 1, low: UInt64($0))),
                by: "ana",
                until: Moment(seconds: 0),
                terms: String(repeating: "t", count: FeedLimits.filterBytes),
                reason: String(repeating: "r", count: 400),
                isForAll: true
            )
        }
        for (command, outcome) in [("WHO", SessionOutcome.present(people)), ("MUTES", .mutes(mutes))] {
            let session = await PureSession.loggedIn()
            session.say(session.machine.received(.line(command), at: session.now))
            session.say(session.machine.completed(outcome, at: session.now))
            let lines = session.takeLines()
            let bytes = lines.dropFirst().reduce(0) { $0 + $1.utf8.count + 1 }
            #expect(lines.first == "OK \(command) lines=\(lines.count - 1)")
            #expect((90_000...98_304).contains(bytes), "\(command)")
        }
    }

    // MARK: The registry

    @Test func `one address that tries many ids is slowed, and so are many addresses that try one`() {
        let registry = FeedRegistry(limits: .standard)
        let now = ManualClock.instant(.zero)
        let one = (0..<4).map { registry.punish("10.0.0.1", "tok-\($0)", at: now) }
        #expect(one == [1, 2, 4, 4].map { Duration.seconds($0) })
        let many = (2..<6).map { registry.punish("10.0.0.\($0)", "tok-ana", at: now) }
        #expect(many == [1, 2, 4, 4].map { Duration.seconds($0) })
        #expect(registry.punish("10.0.0.9", "tok-new", at: now) == .seconds(1))
    }
}
