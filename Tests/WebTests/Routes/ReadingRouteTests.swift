import Briefings
import HTTPTypes
import HummingbirdTesting
import Safeguarding
import Testing

@testable import Web

/// Briefings, lists and single places over HTTP.
@Suite struct ReadingRouteTests {
    @Test(arguments: BriefingFormat.allCases)
    func `a briefing is given under each of its endings`(format: BriefingFormat) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.get("/v1/briefings/operational.\(format.pathExtension)")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == format.mediaType)
            #expect(response.text.contains("OFFICIAL-SENSITIVE"))
            #expect(bed.audit.entries.count == 1)
            #expect(bed.audit.entries.first?.contains("format=\(format.rawValue)") == true)
        }
    }

    @Test(arguments: [
        (nil, "application/json"), ("*/*", "application/json"), ("text/html", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/csv;q=0.5, application/geo+json", "application/geo+json"),
        ("text/*;q=0.3, text/plain", "text/plain; charset=utf-8"),
        ("application/json;q=0, */*", "text/html; charset=utf-8"),
    ])
    func `the form of a briefing is what Accept prefers`(accept: String?, type: String) async throws {
        try await TestBed.router { _, client in
            let response = try await client.get("/v1/briefings/operational", accept: accept)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == type)
            #expect(response.headers[.vary] == "Accept")
        }
    }

    @Test(arguments: ["application/pdf", "image/*", "text/html;q=0", "nonsense"])
    func `a form that is not given is 406`(accept: String) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.get("/v1/briefings/operational", accept: accept)
            #expect(response.status == .notAcceptable)
            #expect(response.reason == "not-acceptable")
            #expect(bed.audit.entries.isEmpty)
        }
    }

    @Test func `an unknown ending is 404`() async throws {
        try await TestBed.router { _, client in
            let pdf = try await client.get("/v1/briefings/operational.pdf")
            #expect(pdf.status == .notFound)
            let nothing = try await client.get("/v1/briefings/operational.")
            #expect(nothing.status == .notFound)
        }
    }

    @Test func `a withheld name and points are in no form of the open view`() async throws {
        try await TestBed.router { _, client in
            let place = "/v1/locations/" + MemoryBriefings.place.text
            var uris = BriefingFormat.allCases.map { "/v1/briefings/operational.\($0.pathExtension)" }
            uris += ["/v1/hotspots", place]
            for uri in uris {
                let text = try await client.get(uri).text
                #expect(!text.contains(MemoryBriefings.withheldName), "\(uri)")
                #expect(!text.contains("12.34"), "\(uri)")
                let cleared = try await client.get(uri, token: "cleared")
                #expect(cleared.text.contains(MemoryBriefings.withheldName), "\(uri)")
            }
            for accept in ["application/json", "text/html", "text/plain"] {
                let text = try await client.get(place + "/assessment", accept: accept).text
                #expect(!text.contains(MemoryBriefings.withheldName), "\(accept)")
                #expect(!text.contains("12.34") && !text.contains("123400000000"), "\(accept)")
            }
        }
    }

    @Test func `filters reach the source and a period without a beginning is four weeks`() async throws {
        try await TestBed.router { bed, client in
            _ = try await client.get(
                "/v1/briefings/operational?area=E05-1&from=2026-10-01&to=2026-11-01T00:00:00%2B00:00"
                    + "&band=amber&category=hotel&limit=7"
            )
            _ = try await client.get("/v1/briefings/operational")
            let queries = bed.briefings.queries
            #expect(
                queries[0]
                    == BriefingQuery(
                        area: "E05-1",
                        from: Moment(rfc3339: "2026-09-30T23:00:00Z") ?? Moment(seconds: 0),
                        to: Moment(rfc3339: "2026-11-01T00:00:00Z"),
                        band: .amber,
                        category: .hotel,
                        limit: 7
                    )
            )
            #expect(queries[1].from == Moment(seconds: 1_795_000_000) - 28 * Moment.day)
            #expect(queries[1].limit == BriefingQuery.maximumPlaces)
        }
    }

    @Test(arguments: [
        ("aera=x", "aera"), ("area=", "area"), ("area=a&area=b", "area"), ("band=purple", "band"),
        ("category=Hotel", "category"),
        ("from=yesterday", "from"), ("limit=0", "limit"), ("limit=501", "limit"), ("limit=-1", "limit"),
        ("area=%ff", "area"),
        ("area=%4", "area"), ("from=2026-11-02&to=2026-11-01", "to"),
    ])
    func `a query that is not understood is 400 and shows nothing`(query: String, field: String) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.get("/v1/briefings/operational?\(query)")
            #expect(response.status == .badRequest)
            #expect(response.faults == ["\(field) bad-query"], "\(response.faults)")
            #expect(bed.briefings.queries.isEmpty)
        }
    }

    @Test func `all faults of a query are named at once`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.get("/v1/hotspots?band=x&limit=y&unknown=z")
            #expect(Set(response.faults) == ["unknown bad-query", "band bad-query", "limit bad-query"])
        }
    }

    @Test func `a read that cannot be audited is not given`() async throws {
        try await TestBed.router { bed, client in
            bed.audit.fail(with: .unavailable)
            let place = "/v1/locations/" + MemoryBriefings.place.text
            for uri in ["/v1/briefings/operational", "/v1/hotspots", place, place + "/assessment"] {
                let response = try await client.get(uri)
                #expect(response.status == .serviceUnavailable, "\(uri)")
                #expect(!response.text.contains("loc_"), "\(uri)")
            }
        }
    }

    @Test func `audit entries say who, what and which view`() async throws {
        try await TestBed.router { bed, client in
            let place = "/v1/locations/" + MemoryBriefings.place.text
            for uri in ["/v1/hotspots?area=E05-1", place, place + "/assessment"] {
                _ = try await client.get(uri, token: "cleared")
            }
            #expect(
                bed.audit.entries.map { $0.prefix { $0 != "=" } } == [
                    "person:cleared read.hotspots view", "person:cleared read.location view",
                    "person:cleared read.assessment view",
                ]
            )
            #expect(bed.audit.entries.allSatisfy { $0.contains("view=full") })
        }
    }

    @Test func `hotspots are paged by an opaque mark`() async throws {
        try await TestBed.router { bed, client in
            let first = try await client.get("/v1/hotspots?limit=1")
            #expect(try first.json["next"]?.string == "mark-1")
            let second = try await client.get("/v1/hotspots?limit=1&after=mark-1")
            #expect(try second.json["next"]?.isNull == true)
            #expect(bed.briefings.queries.map(\.limit) == [1, 1])
            #expect(try first.json["marking"]?.string == "OFFICIAL-SENSITIVE")
        }
    }

    @Test func `a place that does not exist and one that may not be seen look the same`() async throws {
        try await TestBed.router { _, client in
            var answers: Set<String> = []
            for id in [MemoryBriefings.hidden.text, "loc_01923a5b-0000-7fff-8000-000000000001", "loc_", "x"] {
                let place = try await client.get("/v1/locations/\(id)")
                let score = try await client.get("/v1/locations/\(id)/assessment")
                #expect(place.status == .notFound && score.status == .notFound)
                answers.formUnion([place.text, score.text])
            }
            #expect(answers.count == 1)
        }
    }

    @Test func `an assessment is explained as of a moment, with its numbers where the reader is cleared`() async throws
    {
        try await TestBed.router { _, client in
            let uri = "/v1/locations/\(MemoryBriefings.place.text)/assessment?at=2026-11-01"
            let open = try await client.get(uri).json
            #expect(open["asOf"]?.string == "2026-11-01T00:00:00Z")
            #expect(open["assessment"]?["points"] == nil)
            #expect(open["assessment"]?["explanation"]?["lines"]?.isNull == true)
            let full = try await client.get(uri, token: "cleared").json
            #expect(full["assessment"]?["points"]?.integer == 123_400_000_000)
            #expect(full["assessment"]?["pointsShown"]?.string == "12.34")
            let page = try await client.get(uri, token: "cleared", accept: "text/html")
            #expect(page.text.contains("<!DOCTYPE html>"))
        }
    }

    @Test func `a page allows its own style and nothing else`() async throws {
        try await TestBed.router { _, client in
            let page = try await client.get("/v1/briefings/operational.html")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(page.headers.contains { $0.name.canonicalName == "referrer-policy" && $0.value == "no-referrer" })
            let list = try await client.get("/v1/hotspots")
            #expect(list.headers[.contentSecurityPolicy] == nil)
        }
    }

    @Test func `tables and maps are named files`() async throws {
        try await TestBed.router { _, client in
            let csv = try await client.get("/v1/briefings/operational.csv")
            #expect(csv.headers[.contentDisposition] == "attachment; filename=\"operational-2026-11-18.csv\"")
        }
    }

    @Test func `a reader that takes too long is told to wait`() async throws {
        var limits = WebLimits()
        limits.requestTimeout = .milliseconds(20)
        try await TestBed.router(limits: limits) { bed, client in
            bed.briefings.stall()
            let response = try await client.get("/v1/hotspots")
            #expect(response.status == .serviceUnavailable)
            #expect(response.reason == "overloaded")
            #expect(response.headers[.retryAfter] == "10")
        }
    }

    @Test func `HEAD is answered like GET without a body`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.executeRequest(
                uri: "/v1/briefings/operational.csv",
                method: .head,
                headers: TestBed.headers("meeting", nil),
                body: nil
            )
            #expect(response.status == .ok)
            #expect(response.text.isEmpty)
        }
    }
}
