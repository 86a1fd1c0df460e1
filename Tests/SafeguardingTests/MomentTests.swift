import Foundation
import Safeguarding
import TestSupport
import Testing

@Suite struct `Moments and dates` {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-22T05:54:36Z", 1_795_326_876),
            ("2026-11-22t05:54:36z", 1_795_326_876),
            ("2026-11-22 05:54:36+00:00", 1_795_326_876), ("2026-11-22T06:54:36+01:00", 1_795_326_876),
            ("2026-11-21T23:54:36-06:00", 1_795_326_876), ("2026-11-22T05:54:36.999999Z", 1_795_326_876),
            ("2016-12-31T23:59:60Z", 1_483_228_799), ("1969-12-31T23:59:59Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("2024-02-29T12:00:00-23:59", 1_709_294_340),
        ] as [(String, Int64)]
    )
    func `read RFC 3339`(text: String, seconds: Int64) {
        #expect(Moment(rfc3339: text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T05:54:36", "2026-11-22T05:54:36.Z", "2026-11-22T05:54Z", "2026-13-22T05:54:36Z",
        "2026-02-29T05:54:36Z", "2026-11-22T24:00:00Z", "2026-11-22T05:60:36Z", "2026-11-22T05:54:61Z",
        "2026-11-22T05:54:36+0100", "2026-11-22T05:54:36+01", "2026-11-22T05:54:36+24:00", "2026-11-22T05:54:36+01:60",
        "2026-11-22T05:54:36Z ", " 2026-11-22T05:54:36Z", "2026-11-22X05:54:36Z", "+026-11-22T05:54:36Z",
        "20261122T055436Z", "2026-11-22T05:54:36.5", "2026-11-22T05:54:3\u{0661}Z", "0000-01-01T00:00:00Z",
        "2026-11-22T05:54:36.000000000000000000000000Z",
    ])
    func `refuse what is not RFC 3339`(text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test(arguments: UInt64(1)...20)
    func `write what they read`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let moment = Moment(seconds: Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator))
            #expect(Moment(rfc3339: moment.rfc3339) == moment, "seed \(seed): \(moment.seconds)")
        }
    }

    @Test func `a date is the day of Foundation's calendar for two hundred years`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for days in Int64(-36_525)...36_525 {
            let date = CivilDate(daysSinceEpoch: days)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday],
                from: Date(timeIntervalSince1970: Double(days) * 86_400)
            )
            let weekday = ((parts.weekday ?? 0) + 5) % 7 + 1
            guard parts.year == date.year, parts.month == date.month, parts.day == date.day, weekday == date.weekday,
                date.daysSinceEpoch == days, CivilDate(date.text) == date
            else {
                Issue.record("day \(days)")
                return
            }
        }
    }

    @Test func `dates that no calendar has do not exist`() {
        #expect(CivilDate(year: 2023, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 1900, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
        #expect(CivilDate(year: 2026, month: 4, day: 31) == nil)
        #expect(CivilDate(year: 2026, month: 0, day: 1) == nil)
        #expect(CivilDate(year: 2026, month: 1, day: 0) == nil)
        for text in ["2026-1-1", "26-01-01", "2026-01-01 ", "2026/01/01", "2026-01-0\u{0661}", "-026-01-01"] {
            #expect(CivilDate(text) == nil, "\(text)")
        }
    }

    @Test func `a second is never both before and after`() {
        let moment = Moment(seconds: 5)
        #expect(moment < moment + 1)
        #expect(moment - 1 < moment)
        #expect((moment + 7) - moment == 7)
        #expect(Moment.floorDivide(-1, 86_400) == -1)
        #expect(Moment.floorDivide(-86_400, 86_400) == -1)
        #expect(Moment(seconds: -1).utcDate.text == "1969-12-31")
    }
}
