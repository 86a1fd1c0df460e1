import Safeguarding
import Testing

@testable import Intake

@Suite("Originators")
struct OriginatorTests {
    private static func value(_ text: String, _ kind: AgencyKind = .licensing, agency: String = "a") throws
        -> OriginatorValue
    {
        try OriginatorValue.read(text, from: Sample.principal(kind, code: agency))
    }

    @Test(arguments: [
        ("email:Ada@Marlowick.EXAMPLE", "email:ada@marlowick.example"),
        ("EMAIL: ada@marlowick.example ", "email:ada@marlowick.example"),
        ("email:ada@b\u{FC}cher.example", "email:ada@xn--bcher-kva.example"),
        ("email:ada@BU\u{308}CHER.example", "email:ada@xn--bcher-kva.example"),
        ("email:ada+x@xn--bcher-kva.example", "email:ada+x@xn--bcher-kva.example"),
        ("phone:07700 900123", "phone:+447700900123"), ("phone:+44 (0)7700 900-123", "phone:+447700900123"),
        ("phone:0044 7700 900123", "phone:+447700900123"), ("phone:447700900123", "phone:+447700900123"),
        ("phone:7700900123", "phone:+447700900123"),
        ("phone:+353 1 555 0123", "phone:+35315550123"), ("phone:00353 1 555 0123", "phone:+35315550123"),
    ])
    func `shared by every agency come to one spelling`(_ text: String, _ message: String) throws {
        let value = try Self.value(text)
        #expect(value.message == message)
        #expect(value.scheme == String(message.prefix { $0 != ":" }))
    }

    @Test func `of police and licensing come to one spelling`() throws {
        #expect(try Self.value("warrant:marl / 12 a", .police).message == "warrant:MARL/12A")
        #expect(try Self.value("badge: Marlowick/ph-7", .licensing).message == "badge:MARLOWICK/PH-7")
        #expect(try Self.value("badge:marlowick/ph-7", .transport).message == "badge:MARLOWICK/PH-7")
    }

    @Test func `of an agency's own are its own, as they come`() throws {
        #expect(try Self.value("Op 44", agency: "cctv").message == "cctv|Op 44")
        #expect(
            try Self.value("unknown:44", agency: "cctv") == OriginatorValue(scheme: nil, message: "cctv|unknown:44")
        )
        #expect(try Self.value("44", agency: "cctv").message != Self.value("44", agency: "taxi").message)
    }

    @Test(arguments: [
        "email:", "email:ada", "email:@b.example", "email:ada@", "email:ada@localhost", "email:ada@b..example",
        "email:a b@c.example",
        "email:ada@-b.example", "email:\"Ada\" <ada@b.example>", "email:ada@b\u{FC}/cher.example",
        "email:ada@\u{200B}.example",
        "phone:", "phone:123", "phone:07700 90012x", "phone:+", "phone:1234567890123456", "phone:++447700900123",
        "phone:7+700900123",
        "warrant:X/1", "badge:MARLOWICK", "badge:/1", "badge:A/B/C", "badge:M\u{E4}/1",
    ])
    func `of bad shape are refused`(_ text: String) {
        #expect(throws: OriginatorValue.Fault.self) { try Self.value(text) }
    }

    @Test(arguments: AgencyKind.allCases)
    func `claim warrants from police only, badges from licensing and transport only`(_ kind: AgencyKind) {
        #expect(((try? Self.value("warrant:M/1", kind)) != nil) == (kind == .police))
        #expect(((try? Self.value("badge:M/1", kind)) != nil) == [.licensing, .transport].contains(kind))
    }

    @Test func `are the same person through two agencies`() throws {
        let a = try Sample.report(
            [("originator", #""phone:07700900123""#)],
            from: Sample.principal(.cctv, code: "cctv")
        )
        let b = try Sample.report(
            [("originator", #""phone:+447700900123""#)],
            from: Sample.principal(.business, code: "shop")
        )
        #expect(a.originator == b.originator)
        #expect(a.originatorScheme == "phone")
    }

    @Test func `are hashed by HMAC-SHA-256 as others compute it`() {
        // printf 'cctv|44' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
        let hash = Sample.key.hash(of: "cctv|44")
        #expect(
            hash.map { Hexadecimal.text($0.bytes) }
                == "b7edcaace11be5edba716c65fee15c31e1b46ed08a8c12169f45c92d0d59f8c9"
        )
    }

    @Test func `are hashed under a key that says nothing about itself`() {
        #expect(OriginatorKey(bytes: Array(0..<31)) == nil)
        #expect(OriginatorKey(bytes: Array(0..<33)) == nil)
        #expect(Sample.key.fingerprint.count == 32)
        #expect(OriginatorKey(bytes: Array(1..<33))?.fingerprint != Sample.key.fingerprint)
        #expect("\(Sample.key)" == "OriginatorKey")
        #expect(String(reflecting: Sample.key).contains("key:") == false)
    }
}
