import HTTPTypes
import HummingbirdTesting
import NIOCore
import Safeguarding
import Testing

@testable import Web

/// Streams of reports and files of them.
@Suite struct StreamRouteTests {
    private static func results(_ response: TestResponse) throws -> [JSONValue] {
        try response.text.split(separator: "\n").map { try JSONReader.read(bytes: Array($0.utf8)) }
    }

    @Test func `each line of a stream has its result, in order, with the status it would have had alone`() async throws
    {
        try await TestBed.router { bed, client in
            let lines = [
                TestBed.report("S-1"), "{\"nonsense\":", TestBed.report("S-2"), TestBed.report("S-1"),
                TestBed.report("S-1", extra: "\"happeningNow\":true"),
            ]
            let response = try await client.post(
                "/v1/reports",
                lines.joined(separator: "\r\n"),
                type: "application/x-ndjson"
            )
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/x-ndjson")
            let results = try StreamRouteTests.results(response)
            #expect(results.map { $0["line"]?.integer } == [1, 2, 3, 4, 5])
            #expect(results[1]["status"]?.integer == 422)
            #expect(results[1]["reason"]?.string == "bad-json")
            #expect(results[2]["receipt"]?["reference"]?.string == "S-2")
            let ofTheSame = [results[0], results[3], results[4]].compactMap { $0["status"]?.integer }
            #expect(ofTheSame.sorted() == [200, 201, 409] || ofTheSame.sorted() == [201, 409, 409], "\(ofTheSame)")
            #expect(bed.reports.count == 2)
        }
    }

    @Test func `more lines than a window keep their order`() async throws {
        try await TestBed.router { bed, client in
            let body = (1...500).map { TestBed.report("W-\($0)") }.joined(separator: "\n") + "\n"
            let response = try await client.post("/v1/reports", body, type: "application/x-ndjson")
            let results = try StreamRouteTests.results(response)
            #expect(results.count == 500)
            #expect(results.compactMap { $0["receipt"]?["reference"]?.string } == (1...500).map { "W-\($0)" })
            #expect(bed.reports.count == 500)
        }
    }

    @Test func `a line that is too long is refused by itself`() async throws {
        try await TestBed.router { bed, client in
            let long = String(repeating: "x", count: 10 * 1_024 * 1_024)
            let response = try await client.post(
                "/v1/reports",
                [TestBed.report("L-1"), long, TestBed.report("L-2")].joined(separator: "\n"),
                type: "application/x-ndjson"
            )
            let results = try StreamRouteTests.results(response)
            #expect(results.map { $0["status"]?.integer } == [201, 413, 201])
            #expect(results[1]["reason"]?.string == "too-large")
            #expect(bed.reports.references == ["L-1", "L-2"])
        }
    }

    @Test func `a refused line says when to try again`() async throws {
        try await TestBed.router { bed, client in
            bed.reports.fail(with: .unavailable)
            let response = try await client.post("/v1/reports", TestBed.report("R-1"), type: "application/x-ndjson")
            let results = try StreamRouteTests.results(response)
            #expect(results.first?["status"]?.integer == 503)
            #expect(results.first?["reason"]?.string == "database-unavailable")
            #expect(results.first?["retryAfter"]?.integer ?? 0 > 0)
        }
    }

    @Test func `an empty stream has no results`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.post("/v1/reports", "", type: "application/x-ndjson")
            #expect(response.status == .ok)
            #expect(response.text.isEmpty)
        }
    }

    @Test func `a stream needs a credential before anything of it is read`() async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post(
                "/v1/reports",
                TestBed.report("X-1"),
                token: nil,
                type: "application/x-ndjson"
            )
            #expect(response.status == .unauthorized)
            #expect(bed.reports.count == 0)
        }
    }

    // MARK: Imports

    private static let csv = """
        Number,When,Lon,Lat,Remark
        1,2026-11-01T20:00:00Z,-0.41,51.88,one
        2,never,-0.41,51.88,two
        3,2026-11-02T20:00:00Z,-0.42,51.89,three

        """

    @Test func `a CSV goes in through the mapping, and the bad row comes back`() async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post(
                "/v1/imports?mapping=marlowick-shops",
                StreamRouteTests.csv,
                type: "text/csv"
            )
            #expect(response.status == .ok, "\(response.text)")
            let json = try response.json
            #expect(json["run"]?.integer == 7)
            #expect(json["counts"]?["created"]?.integer == 2)
            #expect(json["counts"]?["refused"]?.integer == 1)
            #expect(json["unmappedColumns"]?.array?.compactMap(\.string) == ["Remark"])
            #expect(json["rows"]?.array?.compactMap { $0["status"]?.integer } == [201, 422, 201])
            let fault = json["rows"]?.array?[1]["faults"]?.array?.first
            #expect(fault?["column"]?.string == "When")
            #expect(fault?["reason"]?.string == "bad-time")
            #expect(json["rejects"]?.string?.contains("two") == true)
            #expect(bed.reports.references == ["1", "3"])
            let again = try await client.post(
                "/v1/imports?mapping=marlowick-shops",
                StreamRouteTests.csv,
                type: "text/csv"
            )
            #expect(try again.json["counts"]?["same"]?.integer == 2)
        }
    }

    @Test(arguments: [
        ("/v1/imports", "mapping bad-query"), ("/v1/imports?mapping=", "mapping bad-query"),
        ("/v1/imports?mapping=unknown", "mapping bad-query"), ("/v1/imports?maping=a&mapping=b", "maping bad-query"),
        ("/v1/imports?mapping=marlowick-shops&backfile=perhaps", "backfile bad-query"),
    ])
    func `an import with a wrong query is 400`(uri: String, fault: String) async throws {
        try await TestBed.router { _, client in
            let response = try await client.post(uri, StreamRouteTests.csv, type: "text/csv")
            #expect(response.status == .badRequest)
            #expect(response.faults.contains(fault), "\(response.faults)")
        }
    }

    @Test func `only a steward loads a back-file`() async throws {
        try await TestBed.router { _, client in
            let uri = "/v1/imports?mapping=marlowick-shops&backfile=true"
            let reporter = try await client.post(uri, StreamRouteTests.csv, type: "text/csv")
            #expect(reporter.status == .forbidden)
            let steward = try await client.post(uri, StreamRouteTests.csv, token: "steward", type: "text/csv")
            #expect(steward.status == .ok)
        }
    }

    @Test func `a file without a header and a file of another type are refused`() async throws {
        try await TestBed.router { _, client in
            let empty = try await client.post("/v1/imports?mapping=marlowick-shops", "", type: "text/csv")
            #expect(empty.status == .unprocessableContent)
            let json = try await client.post("/v1/imports?mapping=marlowick-shops", "{}")
            #expect(json.status == .unsupportedMediaType)
        }
    }

    @Test func `a file larger than allowed is 413`() async throws {
        var limits = WebLimits()
        limits.importBytes = StreamRouteTests.csv.utf8.count - 1
        try await TestBed.router(limits: limits) { _, client in
            let response = try await client.post(
                "/v1/imports?mapping=marlowick-shops",
                StreamRouteTests.csv,
                type: "text/csv"
            )
            #expect(response.status == .contentTooLarge)
        }
    }

    @Test(arguments: [(5, HTTPResponse.Status.ok), (4, .contentTooLarge)])
    func `a file may have as many lines as its answer may have entries`(
        lines: Int,
        status: HTTPResponse.Status
    ) async throws {
        var limits = WebLimits()
        limits.importLines = lines
        try await TestBed.router(limits: limits) { bed, client in
            let uri = "/v1/imports?mapping=marlowick-shops"
            let response = try await client.post(uri, StreamRouteTests.csv, type: "text/csv")
            #expect(response.status == status)
            #expect((bed.reports.count == 0) == (status != .ok), "a refused file stores nothing")
        }
    }

    @Test func `an import that loses its database is 503 and safe to send again`() async throws {
        try await TestBed.router { bed, client in
            bed.reports.fail(with: .unavailable)
            let broken = try await client.post(
                "/v1/imports?mapping=marlowick-shops",
                StreamRouteTests.csv,
                type: "text/csv"
            )
            #expect(broken.status == .serviceUnavailable)
            bed.reports.fail(with: nil)
            let again = try await client.post(
                "/v1/imports?mapping=marlowick-shops",
                StreamRouteTests.csv,
                type: "text/csv"
            )
            #expect(try again.json["counts"]?["created"]?.integer == 2)
        }
    }
}
