import Safeguarding
import Testing

@testable import Intake

@Suite("Observed (design.md)")
struct ObservedIntervalTests {
    @Test(arguments: [
        (#""2026-11-20T21:15:30Z""#, "2026-11-20T21:15:30Z", "2026-11-20T21:15:30Z"),
        (#""2026-06-20T21:15:30+01:00""#, "2026-06-20T20:15:30Z", "2026-06-20T20:15:30Z"),
        (#"{"from":"2026-11-20T21:15:30Z","precision":"minute"}"#, "2026-11-20T21:15:30Z", "2026-11-20T21:16:30Z"),
        (#"{"from":"2026-11-20T21:15:30Z","precision":"hour"}"#, "2026-11-20T21:15:30Z", "2026-11-20T22:15:30Z"),
        (#"{"from":"2026-11-20T21:15:30Z","precision":"day"}"#, "2026-11-20T21:15:30Z", "2026-11-21T00:00:00Z"),
        // In summer London's midnight is 23:00 UTC.
        (#"{"from":"2026-06-20T22:30:00Z","precision":"day"}"#, "2026-06-20T22:30:00Z", "2026-06-20T23:00:00Z"),
        (#"{"from":"2026-06-20T23:30:00Z","precision":"day"}"#, "2026-06-20T23:30:00Z", "2026-06-21T23:00:00Z"),
        (#"{"from":"2026-11-20T21:15:30Z","precision":"month"}"#, "2026-11-20T21:15:30Z", "2026-12-01T00:00:00Z"),
        (#""2026-11-22""#, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
        // The clocks go forward on 29 March and back on 25 October 2026.
        (#""2026-03-29""#, "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        (#""2026-10-25""#, "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
        (#""2026-11""#, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        (#""2026-12""#, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (#""2024-02""#, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        (#"{"from":"2026-07","precision":"month"}"#, "2026-06-30T23:00:00Z", "2026-07-31T23:00:00Z"),
        (#"{"from":"2026-11-22","precision":"month"}"#, "2026-11-22T00:00:00Z", "2026-12-01T00:00:00Z"),
        (
            #"{"from":"2026-11-20T21:00:00Z","to":"2026-11-20T23:00:00Z"}"#, "2026-11-20T21:00:00Z",
            "2026-11-20T23:00:00Z"
        ),
        // An explicit end is taken as given.
        (
            #"{"from":"2026-11-20T21:00:00Z","to":"2026-11-20T21:00:30Z","precision":"hour"}"#, "2026-11-20T21:00:00Z",
            "2026-11-20T21:00:30Z"
        ),
        (
            #"{"from":"2026-11-20T21:00:00Z","to":"2026-11-20T21:00:00Z"}"#, "2026-11-20T21:00:00Z",
            "2026-11-20T21:00:00Z"
        ),
        (#""1990-01-01T00:00:00Z""#, "1990-01-01T00:00:00Z", "1990-01-01T00:00:00Z"),
    ])
    func `begins and ends as design.md says`(_ observed: String, _ from: String, _ to: String) throws {
        let report = try Sample.report([("observed", observed)])
        #expect(report.observedFrom.rfc3339 == from)
        #expect(report.observedTo.rfc3339 == to)
    }

    @Test func `takes a precision beside a single time`() throws {
        let beside = try Sample.report([("observed", #""2026-11-20T21:15:00Z""#), ("precision", #""hour""#)])
        let within = try Sample.report([("observed", #"{"from":"2026-11-20T21:15:00Z","precision":"hour"}"#)])
        #expect(beside.precision == .hour && beside.observedTo - beside.observedFrom == 3_600)
        #expect(beside.contentHash == within.contentHash)
    }

    @Test func `takes the precision of a day or month from its form`() throws {
        #expect(try Sample.report([("observed", #""2026-11-22""#)]).precision == .day)
        #expect(try Sample.report([("observed", #""2026-11""#)]).precision == .month)
    }
}
