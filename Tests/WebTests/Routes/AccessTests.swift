import HTTPTypes
import HummingbirdTesting
import NIOCore
import Safeguarding
import TestSupport
import Testing

@testable import Web

/// Who may do what, and what a stranger learns.
@Suite struct AccessTests {
    @Test(arguments: [
        nil, "Bearer", "Bearer ", "Bearer x", "Basic cmVwb3J0ZXI6eA==", "Bearer .x", "Bearer x.", "Bearer a b.c",
        "Bearer reporter.wrong", "Bearer nobody.secret-of-nobody", "Bearer reporter.secret-of-reporter-x",
        "bearer reporter.secret of", "Bearer \u{0}.x",
    ])
    func `whatever is wrong with a credential, the answer is the same`(header: String?) async throws {
        try await TestBed.router { _, client in
            var headers = HTTPFields()
            headers[.authorization] = header
            let response = try await client.executeRequest(
                uri: "/v1/briefings/operational",
                method: .get,
                headers: headers,
                body: nil
            )
            #expect(response.status == .unauthorized)
            #expect(response.headers[.wwwAuthenticate] == "Bearer realm=\"placeguard\"")
            #expect(response.faults == [" unauthorized"])
        }
    }

    @Test func `an unknown id costs the check of a wrong secret`() async throws {
        try await TestBed.router { bed, client in
            for token in ["nobody.secret", "reporter.secret"] {
                var headers = TestBed.headers(nil, nil)
                headers[.authorization] = "Bearer \(token)"
                let before = bed.credentials.checks
                _ = try await client.executeRequest(uri: "/v1/hotspots", method: .get, headers: headers, body: nil)
                #expect(bed.credentials.checks == before + 1)
            }
            #expect(bed.credentials.refusals == ["nobody@local", "reporter@local"])
        }
    }

    @Test func `every request is checked, so that a revocation holds at once`() async throws {
        try await TestBed.router { bed, client in
            for _ in 0..<5 { _ = try await client.get("/v1/hotspots") }
            #expect(bed.credentials.checks == 5)
            for _ in 0..<3 {
                _ = try await client.get("/v1/hotspots", token: "stranger")
            }
            #expect(bed.credentials.checks == 8)
        }
    }

    @Test func `a revoked token is refused at once`() async throws {
        try await TestBed.router { bed, client in
            let before = try await client.get("/v1/hotspots")
            #expect(before.status == .ok)
            bed.credentials.revoke("meeting")
            let after = try await client.get("/v1/hotspots")
            #expect(after.status == .unauthorized)
        }
    }

    @Test func `too many refused logins are told to slow down, and a good one is still let in`() async throws {
        var limits = WebLimits()
        limits.refusedLogins = 3
        try await TestBed.router(limits: limits) { bed, client in
            for _ in 0..<3 {
                let answer = try await client.get("/v1/hotspots", token: "x")
                #expect(answer.status == .unauthorized)
            }
            let fourth = try await client.get("/v1/hotspots", token: "x")
            #expect(fourth.status == .tooManyRequests)
            #expect(fourth.reason == "slow-down")
            #expect(fourth.headers[.retryAfter] == "60")
            #expect(bed.credentials.refusals.count == 3)
            let good = try await client.get("/v1/hotspots")
            #expect(good.status == .ok)
        }
    }

    @Test func `an agency whose agreement has ended is 403 by name`() async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post("/v1/reports", TestBed.report("B-1"), token: "lapsed")
            #expect(response.status == .forbidden)
            #expect(response.reason == "agreement-lapsed")
            #expect(bed.reports.count == 0)
        }
    }

    @Test func `a store of credentials that does not answer is 503, not 401`() async throws {
        try await TestBed.router { bed, client in
            bed.credentials.fail(with: .unavailable)
            let response = try await client.get("/v1/hotspots")
            #expect(response.status == .serviceUnavailable)
            #expect(response.reason == "database-unavailable")
        }
    }

    /// Every endpoint with the roles that may call it, read off interfaces.md and not off the code.
    static let permitted: [(method: HTTPRequest.Method, path: String, roles: Set<TokenRole>)] = [
        (.post, "/v1/reports", [.reporter, .steward]),
        (.get, "/v1/reports/rpt_01923a5d-0000-7000-8000-000000000001", [.reporter, .steward]),
        (.post, "/v1/reports/rpt_01923a5d-0000-7000-8000-000000000001/corrections", [.reporter, .steward]),
        (.post, "/v1/imports?mapping=marlowick-shops", [.reporter, .steward]),
        (.get, "/v1/briefings/operational", [.meeting, .steward]),
        (.get, "/v1/briefings/operational.html", [.meeting, .steward]),
        (.get, "/v1/hotspots", [.meeting, .steward]),
        (.get, "/v1/locations/" + MemoryBriefings.place.text, [.meeting, .steward, .coordinator]),
        (.get, "/v1/locations/" + MemoryBriefings.place.text + "/assessment", [.meeting, .steward, .coordinator]),
        (.post, "/v1/locations/" + MemoryBriefings.place.text + "/controls", [.steward]),
        (.post, "/v1/locations/" + MemoryBriefings.place.text + "/inspections", [.steward]),
        (.post, "/v1/locations/" + MemoryBriefings.place.text + "/reviews", [.steward]),
        (.post, "/v1/locations/" + MemoryBriefings.place.text + "/judgements", [.steward]),
        (.post, "/v1/locations/" + MemoryBriefings.place.text + "/lado", [.steward]),
        (.post, "/v1/reports/rpt_01923a5d-0000-7000-8000-000000000001/location", [.steward]),
    ]

    @Test func `each role is let in where it belongs and nowhere else`() async throws {
        try await TestBed.router { _, client in
            for (method, path, roles) in AccessTests.permitted {
                for role in TokenRole.allCases {
                    let response = try await client.executeRequest(
                        uri: path,
                        method: method,
                        headers: TestBed.headers(role.rawValue, nil),
                        body: ByteBuffer()
                    )
                    let isIn = response.status != .forbidden && response.status != .unauthorized
                    #expect(isIn == roles.contains(role), "\(method) \(path) as \(role): \(response.status)")
                    if !isIn { #expect(response.reason == "forbidden") }
                }
                let nobody = try await client.executeRequest(uri: path, method: method, headers: [:], body: nil)
                #expect(nobody.status == .unauthorized, "\(method) \(path)")
            }
        }
    }

    @Test func `metrics are for whoever is on the machine, and for stewards elsewhere`() async throws {
        try await TestBed.router { _, client in
            #expect(try await client.get("/metrics", token: nil).status == .ok)
            for header in ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"] {
                for (token, status) in [(nil, 401), ("coordinator", 403), ("meeting", 403), ("steward", 200)] {
                    let response = try await client.get("/metrics", token: token, headers: [header: "192.0.2.7"])
                    #expect(response.status.code == status, "\(header) \(token ?? "-")")
                }
            }
        }
        for (address, isLocal) in [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("local", true),
            ("10.0.0.1", false), ("192.0.2.127", false), ("::2", false), ("unknown", false),
        ] { #expect(EndpointRunner.isLocal(address, [:]) == isLocal, "\(address)") }
    }

    @Test func `every endpoint but health, metrics and the description needs a role, and the table above has them all`()
        throws
    {
        let bed = try TestBed()
        let endpoints = try WebServer.endpoints(services: bed.services, gate: DrainGate(), metrics: TestBed.metrics)
        var open: [String] = []
        var guarded = 0
        for endpoint in endpoints {
            if case .roles = endpoint.access { guarded += 1 } else { open.append(endpoint.path) }
        }
        #expect(open.sorted() == ["/healthz", "/metrics", "/openapi.yaml", "/readyz"])
        #expect(guarded == AccessTests.permitted.count)
    }

    @Test func `a name that is not known is told to its sender and to nobody else`() async throws {
        let marker = "XYZZY-PLUGH-7731"
        try await TestBed.router { bed, client in
            let body = "{\"\(marker)\":1,\"location\":{\"\(marker)\":2}}"
            #expect(try await client.post("/v1/reports", body).faults.contains("\(marker) unknown-field"))
            _ = try await client.post("/v1/locations/\(MemoryBriefings.place.text)/lado", body, token: "steward")
            _ = try await client.get("/v1/hotspots?\(marker)=1")
            #expect(!bed.log.text.contains(marker))
            #expect(!TestBed.metrics.text().contains(marker))
        }
    }

    @Test func `a value that was sent is neither in an answer nor in the log nor in the metrics`() async throws {
        let marker = "XYZZY-PLUGH-7731"
        try await TestBed.router { bed, client in
            let bodies = [
                TestBed.report("ok", extra: "\"narrative\":\"\(marker)\",\"originator\":\"\(marker)\""),
                "{\"reference\":\"\(marker) !\",\"knowledge\":\"\(marker)\"}",
                "{\"signs\":[\"\(marker)\"],\"narrative\":\"\(marker)\\ud800\"}", "\(marker)",
                "{\"location\":{\"name\":\"\(marker)\",\"postcode\":\"\(marker)\"}}",
            ]
            var answers = ""
            for body in bodies {
                answers += try await client.post("/v1/reports", body).text
                answers += try await client.post("/v1/reports", body, type: "application/x-ndjson").text
                answers += try await client.post(
                    "/v1/locations/\(MemoryBriefings.place.text)/reviews",
                    body,
                    token: "steward"
                ).text
            }
            for uri in [
                "/v1/hotspots?area=\(marker)", "/v1/hotspots?band=\(marker)", "/\(marker)", "/v1/locations/\(marker)",
            ] {
                answers += try await client.get(uri).text
            }
            answers += try await client.get("/v1/hotspots", token: marker).text
            #expect(!answers.contains(marker))
            #expect(!bed.log.text.contains(marker))
            #expect(!bed.log.text.contains("secret-of"))
            #expect(!TestBed.metrics.text().contains(marker))
        }
    }

    @Test(arguments: [
        ("/v1/reports", HTTPRequest.Method.get, "POST"), ("/v1/hotspots", .post, "GET, HEAD"),
        ("/healthz", .delete, "GET, HEAD"), ("/v1/locations/x/lado", .put, "POST"),
    ])
    func `a method that a path does not have is 405 with those it has`(
        path: String,
        method: HTTPRequest.Method,
        allow: String
    ) async throws {
        try await TestBed.router { _, client in
            let response = try await client.executeRequest(uri: path, method: method, headers: [:], body: nil)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == allow)
            #expect(response.reason == "method-not-allowed")
        }
    }

    @Test(arguments: ["/", "/v1", "/v1/reports/", "/v2/reports", "/v1/briefings", "/..", "/%2e%2e/etc/passwd"])
    func `a path that leads nowhere is 404 problem JSON`(path: String) async throws {
        try await TestBed.router { _, client in
            let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
            // A trailing slash is the same path to the router; what it answers then is 405.
            #expect([.notFound, .methodNotAllowed].contains(response.status), "\(path) \(response.status)")
            #expect(response.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `no answer may be kept or guessed at by what it passes through`() async throws {
        try await TestBed.router { _, client in
            for uri in ["/v1/hotspots", "/healthz", "/nowhere", "/v1/reports"] {
                let response = try await client.get(uri)
                #expect(response.headers[.cacheControl] == "no-store", "\(uri)")
                #expect(response.headers[.xContentTypeOptions] == "nosniff", "\(uri)")
                #expect(response.headers[.setCookie] == nil, "\(uri)")
            }
        }
    }
}
