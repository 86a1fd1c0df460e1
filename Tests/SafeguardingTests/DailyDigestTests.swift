import Safeguarding
import Testing

/// When a morning is.
struct DailyDigestTests {
    @Test(arguments: [
        // Winter and summer: eight in London.
        ("2026-01-05T07:59:59Z", "2026-01-04T08:00:00Z"), ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"),
        ("2026-07-06T06:59:59Z", "2026-07-05T07:00:00Z"), ("2026-07-06T07:00:00Z", "2026-07-06T07:00:00Z"),
        // Across the change of clocks.
        ("2026-03-29T06:30:00Z", "2026-03-28T08:00:00Z"), ("2026-03-29T07:00:00Z", "2026-03-29T07:00:00Z"),
    ])
    func `the morning is eight o'clock in London, today's or yesterday's`(_ now: String, _ morning: String) throws {
        #expect(DailyDigest.morning(before: try #require(Moment(rfc3339: now))).rfc3339 == morning)
    }

    @Test(arguments: [
        ("2026-01-05T08:04:59Z", "2026-01-04T08:00:00Z"), ("2026-01-05T08:05:00Z", "2026-01-05T08:00:00Z"),
    ])
    func `a morning is told of when everything from before it has been written`(_ now: String, _ end: String) throws {
        #expect(DailyDigest.end(at: try #require(Moment(rfc3339: now))).rfc3339 == end)
    }
}
