import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Safeguarding
import Testing

@testable import Web

/// What a partner gets for what it sends.
@Suite struct ReportRouteTests {
    @Test func `a new report is 201 with its receipt, the same again 200 with the same bytes`() async throws {
        try await TestBed.router { bed, client in
            let first = try await client.post("/v1/reports", TestBed.report("A-1"))
            #expect(first.status == .created)
            #expect(first.headers[.contentType] == "application/json")
            #expect(try first.json["reference"]?.string == "A-1")
            #expect(try first.json["location"]?["category"]?.string == "hotel")
            let again = try await client.post("/v1/reports", TestBed.report("A-1"))
            #expect(again.status == .ok)
            #expect(again.text == first.text)
            #expect(bed.reports.count == 1)
        }
    }

    @Test func `prompts come with the receipt`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.post("/v1/reports", TestBed.report("A-2", extra: "\"happeningNow\":true"))
            #expect(try response.json["prompts"]?.array?.first?["code"]?.string == "call-999")
        }
    }

    @Test func `other content under a used reference is 409`() async throws {
        try await TestBed.router { bed, client in
            _ = try await client.post("/v1/reports", TestBed.report("A-3"))
            let other = try await client.post("/v1/reports", TestBed.report("A-3", extra: "\"happeningNow\":true"))
            #expect(other.status == .conflict)
            #expect(other.reason == "reference-reused")
            #expect(bed.reports.count == 1)
        }
    }

    @Test func `every fault of a report is named at once`() async throws {
        try await TestBed.router { bed, client in
            let body = """
                {"reference":"bad reference!","observed":"soon","location":{"point":[200,51]},"signs":["no-such-sign"],\
                "knowledge":"guessed","happeningnow":true,"lawfulBasis":"consent"}
                """
            let response = try await client.post("/v1/reports", body)
            #expect(response.status == .unprocessableContent)
            #expect(response.headers[.contentType] == "application/problem+json")
            let reasons = Set(response.faults.compactMap { $0.split(separator: " ").last.map(String.init) })
            for reason in ["bad-reference", "unknown-sign", "bad-knowledge", "unknown-field", "consent-is-no-basis"] {
                #expect(reasons.contains(reason), "\(reason) is missing in \(response.faults)")
            }
            #expect(try response.json["status"]?.integer == 422)
            #expect(bed.reports.count == 0)
        }
    }

    @Test(arguments: [
        ("", "bad-json"), ("{", "bad-json"), ("[]", "wrong-type"), ("{\"a\":1}x", "bad-json"), ("nul", "bad-json"),
        ("{\"reference\":\"\\ud800\"}", "bad-unicode"),
        (String(repeating: "[", count: 5_000), "too-deep"),
        ("{\"signs\":" + String(repeating: "[", count: 60) + String(repeating: "]", count: 60) + "}", "too-deep"),
        ("{\"observed\":1" + String(repeating: "0", count: 400) + "}", "out-of-range"),
    ])
    func `JSON that is none is refused by name`(body: String, reason: String) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post("/v1/reports", body)
            #expect(response.status == .unprocessableContent)
            #expect(response.reason == reason, "\(response.text)")
            #expect(bed.reports.count == 0)
        }
    }

    @Test func `bytes that are no UTF-8 are refused as bad-unicode`() async throws {
        try await TestBed.router { _, client in
            let bytes: [UInt8] = Array("{\"reference\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            let response = try await client.executeRequest(
                uri: "/v1/reports",
                method: .post,
                headers: TestBed.headers("reporter"),
                body: ByteBuffer(bytes: bytes)
            )
            #expect(response.reason == "bad-unicode")
        }
    }

    @Test func `a repeated key is refused although the first value would do`() async throws {
        try await TestBed.router { bed, client in
            let body = TestBed.report("A-4", extra: "\"knowledge\":\"seen\"")
            let response = try await client.post("/v1/reports", body)
            #expect(response.faults.contains("knowledge duplicate-field"))
            #expect(bed.reports.count == 0)
        }
    }

    @Test func `a narrative is kept byte for byte, every control character with it`() async throws {
        try await TestBed.router { bed, client in
            let escapes = (0..<32).map {
                "\\u" + String(repeating: "0", count: $0 < 16 ? 3 : 2) + String($0, radix: 16)
            }.joined()
            let response = try await client.post(
                "/v1/reports",
                TestBed.report("A-5", extra: "\"narrative\":\"\(escapes)\u{7F}ü\"")
            )
            #expect(response.status == .created, "\(response.text)")
            #expect(bed.reports.narratives == [Array(0..<32) + [0x7F] + Array("ü".utf8)])
        }
    }

    @Test(arguments: [
        ("text/plain", "unsupported-media-type"), ("application/json; charset=latin1", "unsupported-media-type"),
        ("application/xml", "unsupported-media-type"), ("text/csv", "unsupported-media-type"),
    ])
    func `a body of another type is 415`(type: String, reason: String) async throws {
        try await TestBed.router { _, client in
            let response = try await client.post("/v1/reports", TestBed.report("A-6"), type: type)
            #expect(response.status == .unsupportedMediaType)
            #expect(response.reason == reason)
        }
    }

    @Test func `a body without a type is 415, one with a UTF-8 charset is taken`() async throws {
        try await TestBed.router { _, client in
            let none = try await client.post("/v1/reports", TestBed.report("A-7"), type: nil)
            #expect(none.status == .unsupportedMediaType)
            let utf8 = try await client.post(
                "/v1/reports",
                TestBed.report("A-7"),
                type: "Application/JSON; charset=UTF-8"
            )
            #expect(utf8.status == .created)
        }
    }

    @Test(arguments: ["gzip", "deflate", "br", "gzip, identity"])
    func `an encoded body is 415`(encoding: String) async throws {
        try await TestBed.router { _, client in
            let response = try await client.post(
                "/v1/reports",
                TestBed.report("A-8"),
                adding: [.contentEncoding: encoding]
            )
            #expect(response.status == .unsupportedMediaType)
            #expect(response.reason == "content-encoding")
        }
    }

    @Test(arguments: [-1, 0, 1])
    func `a report of 128 KiB is taken, a byte more is 413`(excess: Int) async throws {
        try await TestBed.router { bed, client in
            let body = TestBed.report("A-9")
            let padded = body + String(repeating: " ", count: 128 * 1_024 - body.utf8.count + excess)
            let response = try await client.post("/v1/reports", padded)
            #expect(response.status == (excess > 0 ? .contentTooLarge : .created))
            if excess > 0 {
                #expect(response.reason == "too-large")
                #expect(response.headers[.connection] == "close")
            }
        }
    }

    @Test func `a database that does not answer is 503 with Retry-After, and again taken when it is back`() async throws
    {
        try await TestBed.router { bed, client in
            for (failure, reason) in [
                (StoreFailure.unavailable, "database-unavailable"), (.outcomeUnknown, "database-unavailable"),
                (.storageFull, "storage-full"),
            ] {
                bed.reports.fail(with: failure)
                let response = try await client.post("/v1/reports", TestBed.report("A-10"))
                #expect(response.status == .serviceUnavailable)
                #expect(response.reason == reason)
                #expect(response.headers[.retryAfter].flatMap { Int($0) } ?? 0 > 0)
            }
            bed.reports.fail(with: nil)
            let taken = try await client.post("/v1/reports", TestBed.report("A-10"))
            #expect(taken.status == .created)
        }
    }

    @Test func `the reporting agency is told what became of its report and another one is not`() async throws {
        try await TestBed.router { bed, client in
            let receipt = try await client.post("/v1/reports", TestBed.report("A-11"))
            let id = try #require(try receipt.json["report"]?.string)
            let status = try await client.get("/v1/reports/\(id)", token: "reporter")
            #expect(status.status == .ok)
            #expect(try status.json["state"]?.string == "located")
            #expect(try status.json["receipt"]?["report"]?.string == id)
            #expect(!status.text.contains("band"))
            #expect(bed.audit.entries == ["agency:marlowick-licensing read.report report=\(id)"])
            for unknown in [
                "rpt_01923a5d-0000-7000-8000-00000000ffff", "rpt_x", "loc_01923a5d-0000-7000-8000-000000000001",
            ] {
                let answer = try await client.get("/v1/reports/\(unknown)", token: "reporter")
                #expect(answer.status == .notFound)
            }
        }
    }

    @Test func `a correction appends a version and a withdrawal ends it`() async throws {
        try await TestBed.router { _, client in
            let receipt = try await client.post("/v1/reports", TestBed.report("A-12"))
            let id = try #require(try receipt.json["report"]?.string)
            let path = "/v1/reports/\(id)/corrections"
            let changed = try await client.post(path, "{\"signs\":[\"shop-tick-debt\"]}")
            #expect(changed.status == .created, "\(changed.text)")
            #expect(try changed.json["version"]?.integer == 2)
            let wrong = try await client.post(path, "{\"signs\":[\"nothing\"],\"reference\":\"other\"}")
            #expect(wrong.status == .unprocessableContent)
            #expect(Set(wrong.faults) == ["reference bad-reference", "signs[0] unknown-sign"])
            let withdrawn = try await client.post(path, "{\"withdrawn\":true,\"reason\":\"entered twice\"}")
            #expect(try withdrawn.json["state"]?.string == "withdrawn")
            let again = try await client.post(path, "{\"withdrawn\":true,\"reason\":\"entered twice\"}")
            #expect(again.status == .conflict)
            #expect(again.reason == "already-withdrawn")
            let nobody = try await client.post(
                "/v1/reports/rpt_01923a5d-0000-7000-8000-00000000ffff/corrections",
                "{\"happeningNow\":true}"
            )
            #expect(nobody.reason == "unknown-report")
        }
    }
}
