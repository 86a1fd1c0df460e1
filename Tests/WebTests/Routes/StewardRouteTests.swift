import HTTPTypes
import HummingbirdTesting
import Safeguarding
import Testing

@testable import Web

/// The HTTP twins of a steward's commands.
@Suite struct StewardRouteTests {
    private static let place = "/v1/locations/" + MemoryBriefings.place.text

    @Test(arguments: [
        (
            "controls", "{\"control\":\"staff-trained\",\"state\":\"verified\",\"note\":\"seen\"}",
            "control staff-trained verified seen"
        ),
        (
            "inspections", "{\"sign\":\"lock-inside\",\"cleared\":true,\"at\":\"2026-11-01T10:00:00Z\"}",
            "inspect lock-inside 2026-11-01T10:00:00Z"
        ),
        ("reviews", "{\"outcome\":\"advice given\"}", "review false -"),
        (
            "reviews", "{\"outcome\":\"advice given\",\"asOf\":\"2026-11-01T10:00:00Z\"}",
            "review false - as of 2026-11-01T10:00:00Z"
        ),
        ("reviews", "{\"outcome\":\"closed\",\"close\":true,\"displaced\":\"unknown\"}", "review true unknown"),
        (
            "judgements", "{\"band\":\"red\",\"reason\":\"three visits\",\"until\":\"2027-01-01T00:00:00Z\"}",
            "judge red until 2027-01-01T00:00:00Z"
        ),
        ("lado", "{\"released\":true}", "lado true"),
    ])
    func `an action is recorded in the steward's name`(path: String, body: String, action: String) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post("\(StewardRouteTests.place)/\(path)", body, token: "steward")
            #expect(response.status == .noContent, "\(response.text)")
            #expect(response.text.isEmpty)
            #expect(bed.stewards.actions == [action + " by person:steward"])
        }
    }

    @Test func `an unlocated report is settled at a place`() async throws {
        try await TestBed.router { bed, client in
            let uri = "/v1/reports/rpt_01923a5d-0000-7000-8000-000000000001/location"
            let response = try await client.post(
                uri,
                "{\"location\":\"\(MemoryBriefings.place.text)\"}",
                token: "steward"
            )
            #expect(response.status == .noContent)
            #expect(bed.stewards.actions == ["locate by person:steward"])
            let wrong = try await client.post(uri, "{\"location\":\"nowhere\"}", token: "steward")
            #expect(wrong.faults == ["location bad-location"])
        }
    }

    @Test(arguments: [
        ("controls", "{}", ["control missing-field", "state missing-field"]),
        ("controls", "{\"control\":\"x\",\"state\":\"good\",\"at\":\"noon\"}", ["state out-of-range", "at bad-time"]),
        ("controls", "{\"control\":\"\",\"state\":\"verified\"}", ["control too-long"]),
        ("inspections", "{\"sign\":\"x\",\"cleared\":false}", ["cleared out-of-range"]),
        ("reviews", "{\"outcome\":\"x\",\"close\":true}", ["displaced missing-field"]),
        ("reviews", "{\"outcome\":7}", ["outcome wrong-type"]),
        (
            "judgements", "{\"band\":\"unrated\",\"reason\":\"x\",\"until\":\"2027-01-01T00:00:00Z\"}",
            ["band out-of-range"]
        ),
        ("lado", "{\"released\":\"yes\"}", ["released wrong-type"]),
        ("lado", "{\"released\":true,\"realeased\":true}", ["realeased unknown-field"]),
        ("lado", "{\"released\":true,\"released\":false}", ["released duplicate-field"]),
        ("lado", "{\"released\":null}", ["released missing-field"]),
        ("lado", "[]", [" wrong-type"]), ("lado", "{", [" bad-json"]),
    ])
    func `a form with faults is refused with all of them and nothing is recorded`(
        path: String,
        body: String,
        faults: [String]
    ) async throws {
        try await TestBed.router { bed, client in
            let response = try await client.post("\(StewardRouteTests.place)/\(path)", body, token: "steward")
            #expect(response.status == .unprocessableContent)
            #expect(response.faults == faults)
            #expect(bed.stewards.actions.isEmpty)
        }
    }

    @Test func `every refusal of a steward has its name and its status`() async throws {
        let statuses: [StewardRefusal: Int] = [
            .unknownLocation: 404, .unknownReport: 404, .unknownControl: 422, .unknownSign: 422, .notStructural: 422,
            .momentInFuture: 422, .untilNotLater: 422, .nothingToReview: 422, .alreadyLocated: 409,
            .conflictOfInterest: 403,
            .reasonRequired: 422, .changed: 409,
        ]
        #expect(Set(statuses.keys) == Set(StewardRefusal.allCases))
        try await TestBed.router { bed, client in
            for (refusal, status) in statuses {
                bed.stewards.refuse(refusal)
                let response = try await client.post(
                    "\(StewardRouteTests.place)/lado",
                    "{\"released\":true}",
                    token: "steward"
                )
                #expect(response.status.code == status)
                #expect(response.reason == refusal.rawValue)
            }
        }
    }

    @Test func `a form larger than a page is 413`() async throws {
        try await TestBed.router { _, client in
            let body = "{\"outcome\":\"" + String(repeating: "x", count: 17_000) + "\"}"
            let response = try await client.post("\(StewardRouteTests.place)/reviews", body, token: "steward")
            #expect(response.status == .contentTooLarge)
        }
    }
}
