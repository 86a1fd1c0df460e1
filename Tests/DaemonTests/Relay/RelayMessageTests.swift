import AlertFeed
import Foundation
import Safeguarding
import Synchronization
import Testing

@testable import placeguard

/// What a relay says of an event: CAP's words, the signature, the mail.
struct RelayMessageTests {
    private func event(
        _ type: String = "rising",
        rev: Int = 2,
        urgency: String = "high",
        body: String =
            #"{"location":{"id":"loc_1","areas":["MW-1"],"name":"The Anchor"},"band":{"to":"red"},"confidence":"high","marking":"OFFICIAL-SENSITIVE"}"#
    ) -> FeedEvent {
        FeedEvent(
            name: "hook",
            seq: 7,
            prev: 5,
            type: type,
            alert: "alt_1",
            rev: rev,
            urgency: urgency,
            at: Moment(seconds: 1_764_187_200),
            body: body
        )
    }

    private func cap(_ event: FeedEvent) -> JSONValue? {
        try? JSONReader.read(bytes: Array(CommonAlert.json(event, sender: "marlowick").text.utf8))
    }

    @Test func `an event is an alert of CAP with the line's own content inside`() throws {
        let cap = try #require(self.cap(event()))
        #expect(cap["identifier"]?.string == "alt_1.2" && cap["references"]?.string == "alt_1.1")
        #expect(cap["sender"]?.string == "marlowick" && cap["sent"]?.string == "2025-11-26T20:00:00Z")
        #expect(cap["status"]?.string == "Actual" && cap["msgType"]?.string == "Update")
        #expect(cap["restriction"]?.string == "OFFICIAL-SENSITIVE")
        let info = try #require(cap["info"]?.array?.first)
        #expect(info["urgency"]?.string == "Expected" && info["severity"]?.string == "Severe")
        #expect(info["certainty"]?.string == "Likely" && info["area"]?.array?.first?["areaDesc"]?.string == "MW-1")
        #expect(cap["placeguard"]?["seq"]?.integer == 7)
    }

    @Test(arguments: [
        ("raised", 1, "immediate", "Alert", "Immediate"), ("note", 3, "normal", "Update", "Future"),
        ("closed", 4, "low", "Cancel", "Unknown"), ("resolved", 1, "high", "Cancel", "Expected"),
        ("zebra", 1, "zebra", "Alert", "Unknown"),
    ])
    func `type and urgency have their words in CAP`(
        _ type: String,
        _ rev: Int,
        _ urgency: String,
        _ message: String,
        _ told: String
    ) {
        let cap = self.cap(event(type, rev: rev, urgency: urgency))
        #expect(cap?["msgType"]?.string == message)
        #expect(cap?["info"]?.array?.first?["urgency"]?.string == told)
    }

    @Test func `an exercise is one in CAP and in the mail`() {
        let event = event(body: #"{"marking":"EXERCISE - made-up data"}"#)
        #expect(cap(event)?["status"]?.string == "Exercise")
        #expect(mail.text([event], epoch: "e").contains("Subject: EXERCISE: Placeguard"))
    }

    private var mail: MailMessage { mail(to: "duty@example.org") }

    private func mail(to recipient: String, subscription: String = "Desk.1") -> MailMessage {
        MailMessage(
            from: "alerts@example.org",
            to: recipient,
            link: "https://placeguard.example.org/",
            subscription: subscription
        )
    }

    private func identifier(_ message: String) -> String? {
        message.firstRange(of: /Message-ID: <[A-Za-z0-9_.-]+@placeguard>\r\n/).map { String(message[$0]) }
    }

    @Test func `a mail says that an alert waits, and nothing that came with the event reaches a header`() {
        let message = mail.text([event("rising\r\nBcc: eve@example.org", urgency: "high\r\nX: y")], epoch: "e\r\n1")
        #expect(!message.contains("Bcc:") && !message.contains("\nX:"))
        #expect(message.contains("\r\nDate: Wed, 26 Nov 2025 20:00:00 +0000\r\n"))
        #expect(message.contains("\r\nTo: duty@example.org\r\n"))
        #expect(identifier(message)?.hasPrefix("Message-ID: <Desk_1.e1.7-7.") == true)
        for secret in ["loc_", "MW-1", "Anchor", "OFFICIAL"] { #expect(!message.contains(secret)) }
    }

    @Test func `a mail is named by subscription, first and last alert and recipient, and the same only for the same`() {
        var (first, middle, last) = (event(), event(), event())
        (first.seq, middle.seq, last.seq) = (5, 7, 9)
        let texts = [
            mail.text([first, last], epoch: "e"), mail.text([last], epoch: "e"), mail.text([first], epoch: "e"),
            mail.text([first, last], epoch: "f"), mail(to: "deputy@example.org").text([first, last], epoch: "e"),
            mail(to: "duty@example.org", subscription: "night").text([first, last], epoch: "e"),
            // Of another person, or under another filter.
            mail.text([first, middle, last], epoch: "e"),
        ]
        #expect(Set(texts.compactMap(identifier)).count == texts.count)
        #expect(identifier(texts[0])?.hasPrefix("Message-ID: <Desk_1.e.5-9.") == true)
        #expect(mail.text([first, last], epoch: "e") == texts[0])
    }

    @Test func `several alerts are one mail that names the most urgent, and what is made up among them says so`() {
        let madeUp = event("new", urgency: "normal", body: #"{"marking":"EXERCISE - made-up data"}"#)
        let message = mail.text(
            [madeUp, event("rising", urgency: "low"), event("unrated", urgency: "high")],
            epoch: "e"
        )
        #expect(message.contains("\r\nSubject: Placeguard: 3 alerts, the most urgent high\r\n"))
        #expect(message.components(separatedBy: "An alert waits for you.").count == 4)
        #expect(message.components(separatedBy: "\r\nEXERCISE: An alert waits for you.").count == 2)
        #expect(message.components(separatedBy: "Alert: alt").count == 4)
        for secret in ["loc_", "MW-1", "Anchor", "OFFICIAL"] { #expect(!message.contains(secret)) }
        let exercise = mail.text([madeUp, madeUp], epoch: "e")
        #expect(exercise.contains("\r\nSubject: EXERCISE: Placeguard: 2 alerts, the most urgent normal\r\n"))
    }

    @Test func `of mutes a mailbox is told of those for everybody`() {
        #expect(MailTarget.isTold(event("muted", body: #"{"mute":{"all":true}}"#)))
        #expect(!MailTarget.isTold(event("unmuted", body: #"{"mute":{"all":false}}"#)))
        #expect(!MailTarget.isTold(event("exercise", body: "{}")))
    }

    @Test(arguments: [
        ("digest", "what was of low urgency"), ("watch-ended", "a filter can match nothing any more"),
        ("muted", "a mute has begun or ended"), ("unmuted", "a mute has begun or ended"),
    ])
    func `a notice is told in words of its own, and names nothing`(_ type: String, _ subject: String) {
        let message = mail.text([event(type, urgency: "low", body: #"{"watch":{"term":"area:MW-1"}}"#)], epoch: "e")
        #expect(message.contains("\r\nSubject: Placeguard: \(subject)\r\n"))
        #expect(!message.contains("MW-1") && !message.contains("alt_1"))
    }

    @Test func `the standard filter of a mailbox is one that the feed understands`() throws {
        #expect(try FilterParser.parse(MailTarget.standardFilter).text == MailTarget.standardFilter)
    }

    @Test func `the signature is the HMAC of time, delivery and body, as openssl reckons it`() {
        let signature = WebhookSignature(secret: Array("key".utf8))
        // printf '1.e.7.{}' | openssl dgst -sha256 -hmac key
        let expected = "8b61c48926602c3bd89498f6dd23a4aa740730b60848374c861755de1e2de591"
        #expect(signature.header(of: "{}", delivery: "e.7", at: 1) == "t=1,v1=" + expected)
        #expect(
            signature.header(of: "{}", delivery: "e.8", at: 1) != "t=1,v1=" + expected,
            "it stands for one delivery"
        )
    }

    @Test func `a challenge is confirmed by its HMAC, as openssl reckons it, and by nothing else`() {
        let signature = WebhookSignature(secret: Array("key".utf8))
        let url = "https://hook.example.org/"
        // printf 'challenge.https://hook.example.org/' | openssl dgst -sha256 -hmac key
        let code = "3699127b29f859274153853ef1a2744b143636b8df30e30573b1ec36484552e2"
        #expect(signature.confirms(code, "challenge", from: url))
        #expect(signature.confirms(code.uppercased(), "challenge", from: url))
        for answer in [
            "challenge", "", code + "00", String(code.dropLast()), String(code.dropLast(2)), "zz" + code.dropFirst(2),
        ] {
            #expect(!signature.confirms(answer, "challenge", from: url), "\(answer)")
        }
        #expect(!signature.confirms(code, "another", from: url))
        #expect(!signature.confirms(code, "challenge", from: "https://hook.example.org"))
    }

    @Test(arguments: [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (60, 300)])
    func `pauses double from a second to the longest`(_ failures: Int, _ longest: Int) {
        let patience = RelayPatience(longest: .seconds(300)) { _ in }
        for _ in 0..<20 {
            let pause = patience.pause(afterFailures: failures)
            #expect(pause >= .seconds(longest) / 2 && pause <= .seconds(longest))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what cannot wait ends a pause, also where it came during the try before`() async throws {
        let (urgent, pausing) = (Doorbell(), Doorbell())
        let tries = Mutex(0)
        let leftAlone = Mutex<[Duration]>([])
        // From the fifth failure on a pause is of eight seconds at least, of which the first two are the target's.
        let patience = RelayPatience(longest: .seconds(300)) { duration in
            guard tries.withLock({ $0 }) >= 5 else { return }
            guard duration > .seconds(2) else { return leftAlone.withLock { $0.append(duration) } }
            pausing.ring()
            _ = await Doorbell().wait(after: 0)
        }
        async let taken: Void = patience.untilTaken("telling", hurriedBy: urgent) {
            let number = tries.withLock {
                $0 += 1
                return $0
            }
            if number == 6 { urgent.ring() }
            if number < 8 { throw RelayFailure("later") }
        }
        _ = await pausing.wait(after: 0)
        urgent.ring()
        while tries.withLock({ $0 }) < 7 { await Task.yield() }
        urgent.ring()
        try await taken
        #expect(leftAlone.withLock { $0 } == [.seconds(2), .seconds(2), .seconds(2)])
        #expect(tries.withLock { $0 } == 8)
    }
}
