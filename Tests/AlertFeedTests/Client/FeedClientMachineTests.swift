import Safeguarding
import Testing

@testable import AlertFeed

struct FeedClientMachineTests {
    private func following(at: Int64 = 5) throws -> FeedClientMachine {
        var settings = FeedClientSettings(
            host: "localhost",
            port: 1,
            credential: Credential(tokenID: "id", secret: "s")
        )
        settings.name = "desk"
        settings.filter = "area:E05A"
        var machine = FeedClientMachine(settings: settings)
        machine.connected()
        #expect(try machine.received("INFO feed=1 server=x") == .say("HELLO 1 placeguard 1"))
        #expect(try machine.received("OK HELLO caps=sub") == .say("AUTH TOKEN id s"))
        let subscribe = FeedClientMachine.Step.say("SUB desk FROM resume WINDOW 2048 FILTER area:E05A")
        #expect(try machine.received("OK AUTH as=ana areas=* epoch=e head=9 floor=1") == subscribe)
        guard case .tell(.subscribed) = try machine.received("OK SUB desk at=\(at) epoch=e behind=4 open=0 window=2048")
        else {
            Issue.record("not subscribed")
            return machine
        }
        return machine
    }

    @Test func `a client that is always to be connected says so`() throws {
        var settings = FeedClientSettings(
            host: "localhost",
            port: 1,
            credential: Credential(tokenID: "id", secret: "s")
        )
        (settings.name, settings.filter, settings.isStanding) = ("hook", "area:E05A", true)
        var machine = FeedClientMachine(settings: settings)
        machine.connected()
        _ = try machine.received("INFO feed=1 server=x")
        _ = try machine.received("OK HELLO caps=sub")
        let subscribe = "SUB hook FROM resume WINDOW 2048 STANDING FILTER area:E05A"
        #expect(try machine.received("OK AUTH as=ana areas=* epoch=e head=9 floor=1") == .say(subscribe))
    }

    private func event(_ seq: Int64, _ prev: Int64) -> String {
        "EVT desk \(seq) \(prev) raised alt_01900000-0000-7000-8000-000000000001 1 high 2025-11-24T16:00:00Z {}"
    }

    private func handle(_ machine: inout FeedClientMachine, _ seq: Int64, _ prev: Int64) throws {
        guard case .handle(let handled) = try machine.received(event(seq, prev)) else {
            Issue.record("\(seq) was not handed on")
            return
        }
        machine.processed(handled.seq)
    }

    @Test func `a broken chain is an error and not a silence`() throws {
        var machine = try following()
        try handle(&machine, 6, 5)
        #expect(throws: FeedClientError.gap(expected: 6, found: 7)) { try machine.received(event(8, 7)) }
        var first = try following()
        #expect(throws: FeedClientError.gap(expected: 5, found: 4)) { try first.received(event(6, 4)) }
        var backwards = try following()
        #expect(throws: FeedClientError.gap(expected: 5, found: 5)) { try backwards.received(event(5, 5)) }
    }

    @Test func `acknowledgements coalesce behind the one in flight`() throws {
        var machine = try following()
        #expect(machine.nextAcknowledgement() == nil)
        try handle(&machine, 6, 5)
        #expect(machine.nextAcknowledgement() == "@a ACK desk 6")
        try handle(&machine, 7, 6)
        try handle(&machine, 9, 7)
        #expect(machine.nextAcknowledgement() == nil)
        #expect(try machine.received("OK @a ACK desk 6") == .acknowledged(pause: nil))
        #expect(machine.nextAcknowledgement() == "@a ACK desk 9")
    }

    @Test func `a refused acknowledgement is tried again after the pause`() throws {
        var machine = try following()
        try handle(&machine, 6, 5)
        _ = machine.nextAcknowledgement()
        let refusal = "ERR @a 503 db-unavailable the database does not answer retry=7"
        #expect(try machine.received(refusal) == .acknowledged(pause: .seconds(7)))
        #expect(machine.nextAcknowledgement() == "@a ACK desk 6")
    }

    @Test func `what was handled before a break is dropped, acknowledged and not handed on`() throws {
        var machine = try following()
        try handle(&machine, 6, 5)
        try handle(&machine, 7, 6)
        machine.connected()
        _ = try machine.received("INFO feed=1")
        _ = try machine.received("OK HELLO caps=sub")
        _ = try machine.received("OK AUTH as=ana")
        _ = try machine.received("OK SUB desk at=5 epoch=e behind=3 open=0 window=2048 last=lost")
        #expect(try machine.received(event(6, 5)) == .skip)
        #expect(machine.nextAcknowledgement() == "@a ACK desk 6")
        #expect(try machine.received(event(7, 6)) == .skip)
        try handle(&machine, 8, 7)
    }

    @Test func `in a new epoch nothing counts as handled`() throws {
        var machine = try following()
        try handle(&machine, 6, 5)
        machine.connected()
        _ = try machine.received("INFO feed=1")
        _ = try machine.received("OK HELLO caps=sub")
        _ = try machine.received("OK AUTH as=ana")
        _ = try machine.received("OK SUB desk at=5 epoch=f behind=3 open=0 window=2048")
        try handle(&machine, 6, 5)
    }

    @Test(arguments: [
        ("409 epoch-changed text epoch=f head=1009 floor=1 from=4", "4@f", FeedBreak.Cause.epochChanged, Int64?(4)),
        ("409 epoch-changed text epoch=f head=1009 floor=7", "floor", .epochChanged, nil),
        ("410 too-old text floor=7", "floor", .tooOld, nil),
    ])
    func `refused for its position the client goes on where nothing that is there is missed`(
        _ refusal: String,
        _ start: String,
        _ cause: FeedBreak.Cause,
        _ from: Int64?
    ) throws {
        var machine = try following()
        try handle(&machine, 6, 5)
        machine.connected()
        _ = try machine.received("INFO feed=1")
        _ = try machine.received("OK HELLO caps=sub")
        _ = try machine.received("OK AUTH as=ana")
        let lost = FeedBreak(cause: cause, processed: 6, from: from)
        let again = "SUB desk FROM \(start) WINDOW 2048 FILTER area:E05A"
        #expect(try machine.received("ERR " + refusal) == .tellAndSay(.movedOn(lost), again))
        var unlucky = machine
        guard case .end = try unlucky.received("ERR " + refusal) else {
            Issue.record("refused again, the client is to come back later")
            return
        }
        _ = try machine.received("OK SUB desk at=4 epoch=f behind=3 open=0 window=2048")
        try handle(&machine, 6, 4)
    }

    @Test func `who asked for a position is told that it is gone`() throws {
        var settings = FeedClientSettings(host: "a", port: 1, credential: Credential(tokenID: "a", secret: "b"))
        settings.from = .after(seq: 5, epoch: "e")
        var machine = FeedClientMachine(settings: settings)
        _ = try machine.received("INFO feed=1")
        _ = try machine.received("OK HELLO caps=sub")
        _ = try machine.received("OK AUTH as=ana")
        #expect(throws: FeedClientError.self) {
            try machine.received("ERR 409 epoch-changed text epoch=f head=9 floor=1")
        }
    }

    @Test func `an acknowledgement refused for its position makes the client come back, not stop`() throws {
        for refusal in ["409 epoch-changed text epoch=f head=9 floor=1", "410 too-old text floor=8"] {
            var machine = try following()
            try handle(&machine, 6, 5)
            _ = machine.nextAcknowledgement()
            guard case .end(_, nil) = try machine.received("ERR @a " + refusal) else {
                Issue.record("\(refusal) stops the client")
                continue
            }
        }
        var loser = try following()
        try handle(&loser, 6, 5)
        _ = loser.nextAcknowledgement()
        #expect(throws: FeedClientError.replaced) { try loser.received("ERR @a 409 replaced text") }
    }

    @Test(arguments: [
        "", "hello", "{}", "OK", "ERR", "ERR x y", "EVT desk 1",
        "EVT other 6 5 raised a 1 high 2025-11-24T16:00:00Z {}",
        "EVT desk six 5 raised a 1 high 2025-11-24T16:00:00Z {}", "EVT desk 6 5 raised a 1 high yesterday {}", "HB",
        "HB -1 2025-11-24T16:00:00Z", "EVT desk -6 -5 raised a 1 high 2025-11-24T16:00:00Z {}", "HOLD", "GO", "BYE",
        "INFO again", "OK SUB desk at=1", "OK @a ACK desk 6", "ALERT a 1 raised high t 1 {}",
    ])
    func `what is not FEED slash 1 ends the client`(_ line: String) throws {
        var machine = try following()
        #expect(throws: FeedClientError.protocolViolation) { try machine.received(line) }
    }

    @Test func `a class of lines that came later is passed over, but never opens a session`() throws {
        var machine = try following()
        #expect(try machine.received("NEWS of the server") == .nothing)
        try handle(&machine, 6, 5)
        var other = FeedClientMachine(
            settings: FeedClientSettings(host: "a", port: 1, credential: Credential(tokenID: "a", secret: "b"))
        )
        #expect(throws: FeedClientError.protocolViolation) { try other.received("SSH") }
    }

    @Test func `a position beyond all numbers is refused and traps nothing`() throws {
        var machine = FeedClientMachine(
            settings: FeedClientSettings(host: "a", port: 1, credential: Credential(tokenID: "a", secret: "b"))
        )
        for line in ["INFO feed=1", "OK HELLO caps=sub", "OK AUTH as=ana"] { _ = try machine.received(line) }
        #expect(throws: FeedClientError.protocolViolation) {
            try machine.received("OK SUB follow at=9223372036854775807 epoch=e behind=1 open=0")
        }
    }

    @Test func `a limit that waiting does not change ends the client, a fault of the server does not`() throws {
        var machine = FeedClientMachine(
            settings: FeedClientSettings(host: "a", port: 1, credential: Credential(tokenID: "a", secret: "b"))
        )
        for line in ["INFO feed=1", "OK HELLO caps=sub", "OK AUTH as=ana"] { _ = try machine.received(line) }
        #expect(throws: FeedClientError.self) { try machine.received("ERR 429 slow-down too many names") }
        var following = try following()
        try handle(&following, 6, 5)
        _ = following.nextAcknowledgement()
        #expect(try following.received("ERR @a 500 internal text") == .end(reason: "internal", retry: nil))
    }

    @Test func `passing refusals are tried again, others are not`() throws {
        for word in ["429 slow-down", "503 db-unavailable", "520 draining"] {
            var machine = FeedClientMachine(
                settings: FeedClientSettings(host: "a", port: 1, credential: Credential(tokenID: "a", secret: "b"))
            )
            guard case .end(_, 9) = try machine.received("ERR \(word) text retry=9") else {
                Issue.record("\(word) is for good")
                continue
            }
        }
        for reason in ["drain", "slow", "idle", "login", "flood", "epoch-changed"] {
            var machine = try following()
            #expect(try machine.received("BYE \(reason) retry=3") == .end(reason: reason, retry: 3))
        }
    }

    @Test(arguments: [("id.secret", true), ("id.", false), (".secret", false), ("idsecret", false), ("a.b.c", true)])
    func `a token is an id and a secret`(_ token: String, _ isRead: Bool) {
        #expect((FeedClientSettings.credential(from: token) != nil) == isRead)
    }
}
