import Briefings
import Safeguarding
import TestSupport
import Testing

@testable import Web

/// Headers, credentials and limits, each by itself.
@Suite struct RequestUnitTests {
    @Test(arguments: [
        ("Bearer a.b", "a", "b"), ("bearer  a.b.c", "a", "b.c"), ("BEARER tok-1_A.c2Vj+/=", "tok-1_A", "c2Vj+/="),
    ])
    func `a bearer token is an id and a secret`(header: String, id: String, secret: String) {
        let token = BearerToken(header: header)
        if secret.contains(".") {
            #expect(token == nil)
        } else {
            #expect(token?.id == id)
            #expect(token?.secret == secret)
        }
    }

    @Test func `a token does not print itself`() throws {
        let token = try #require(BearerToken(header: "Bearer visible.invisible"))
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped] { #expect(!text.contains("invisible")) }
    }

    @Test(arguments: [63, 64, 65])
    func `an id has a longest length`(length: Int) {
        let token = BearerToken(header: "Bearer " + String(repeating: "a", count: length) + ".b")
        #expect((token != nil) == (length <= 64))
    }

    @Test func `refused logins are counted by address and minute`() {
        let throttle = LoginThrottle(limit: 2)
        let start = ContinuousClock.now
        #expect([true, true, false] == (0..<3).map { _ in throttle.allows("a", now: start) })
        #expect(throttle.allows("b", now: start))
        #expect(throttle.allows("a", now: start + .seconds(60)))
    }

    @Test(
        arguments: [
            (nil, BriefingFormat.json), ("", nil), ("*/*", .json), ("text/*", .html), ("text/csv", .csv),
            ("application/json;q=0.1, text/html;q=0.2", .html), ("*/*;q=0.1, text/plain", .text),
            ("a/b/c, text/csv", .csv),
            ("text/html;q=2", nil), ("*/html", nil),
        ] as [(String?, BriefingFormat?)]
    )
    func `the preferred form is found`(accept: String?, format: BriefingFormat?) {
        let offered: [BriefingFormat] = [.json, .html, .csv, .geojson, .text]
        #expect(MediaRange.preferred(offered, accept: accept) == format)
    }

    @Test func `base64 is that of RFC 4648`() {
        for (text, encoded) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ] {
            #expect(Base64.text(Array(text.utf8)) == encoded)
        }
    }

    @Test(arguments: [4_095, 4_096, 4_097])
    func `a query has a longest length`(length: Int) {
        let query = "area=" + String(repeating: "x", count: length - 5)
        let reader = QueryReader(query, known: ["area"])
        #expect(reader.faults.isEmpty == (length <= 4_096))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("localhost", true), ("::1", true), ("127.9.9.9", true), ("0.0.0.0", false),
        ("10.0.0.1", false), ("127.example.org", false), ("::", false),
    ])
    func `only loopback is served without TLS`(host: String, isServed: Bool) throws {
        let bed = try TestBed()
        func start() throws {
            _ = try WebServer(
                configuration: WebConfiguration(host: host, port: 0),
                services: bed.services,
                metrics: TestBed.metrics,
                logger: bed.log.logger
            )
        }
        if isServed { try start() } else { #expect(throws: WebConfigurationError.plainNotLoopback) { try start() } }
    }

    @Test func `TLS files that cannot be read are named`() throws {
        let bed = try TestBed()
        #expect(throws: WebConfigurationError.badCertificate) {
            _ = try WebServer(
                configuration: WebConfiguration(
                    host: "0.0.0.0",
                    port: 0,
                    tls: WebConfiguration.TLSFiles(certificate: "/nonexistent", key: "/nonexistent")
                ),
                services: bed.services,
                metrics: TestBed.metrics,
                logger: bed.log.logger
            )
        }
        for error in WebConfigurationError.allCases { #expect(!error.description.isEmpty) }
    }
}
