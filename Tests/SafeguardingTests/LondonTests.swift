import Foundation
import Safeguarding
import Testing

/// London's civil time against the tz database, through Foundation.
@Suite struct `London time` {
    private let zone: TimeZone
    private let calendar: Calendar

    init() throws {
        zone = try #require(TimeZone(identifier: "Europe/London"))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
    }

    private func offset(at moment: Moment) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds))))
    }

    private static let years = 1990...2040

    @Test(arguments: years)
    func `has the offset of the tz database at every hour of the year`(year: Int) throws {
        let first = try #require(CivilDate(year: year, month: 1, day: 1)).daysSinceEpoch
        let last = try #require(CivilDate(year: year, month: 12, day: 31)).daysSinceEpoch
        for hour in (first * 24)...(last * 24 + 23) {
            let moment = Moment(seconds: hour * Moment.hour)
            guard London.offset(at: moment) == offset(at: moment) else {
                Issue.record("offset at \(moment.rfc3339)")
                return
            }
        }
    }

    @Test(arguments: years)
    func `changes at the very second of the tz database`(year: Int) throws {
        let start = try #require(CivilDate(year: year, month: 1, day: 2)).daysSinceEpoch * Moment.day
        var date = Date(timeIntervalSince1970: Double(start))
        for _ in 0..<2 {
            date = try #require(zone.nextDaylightSavingTimeTransition(after: date))
            let change = Moment(seconds: Int64(date.timeIntervalSince1970))
            #expect(London.offset(at: change - 1) == offset(at: change - 1))
            #expect(London.offset(at: change) == offset(at: change))
            #expect(London.offset(at: change - 1) != London.offset(at: change))
        }
    }

    @Test(arguments: years)
    func `has the midnights and dates of the calendar on every day of the year`(year: Int) throws {
        var date = try #require(CivilDate(year: year, month: 1, day: 1))
        while date.year == year {
            let components = DateComponents(year: date.year, month: date.month, day: date.day)
            let midnight = try #require(calendar.date(from: components))
            let moment = London.midnight(date)
            guard moment.seconds == Int64(midnight.timeIntervalSince1970), London.date(at: moment) == date,
                London.date(at: moment - 1) == date.adding(days: -1), London.secondOfDay(at: moment) == 0
            else {
                Issue.record("midnight of \(date.text)")
                return
            }
            date = date.adding(days: 1)
        }
    }

    @Test func `gives every wall-clock time of ordinary days back`() throws {
        for text in ["2026-01-15", "2026-07-15", "2026-11-22"] {
            let date = try #require(CivilDate(text))
            for second in stride(from: Int64(0), to: Moment.day, by: 1_799) {
                let moment = London.moment(date, secondOfDay: second)
                #expect(London.date(at: moment) == date)
                #expect(London.secondOfDay(at: moment) == second)
            }
        }
    }

    @Test func `reads a skipped time as an hour later and a repeated one as the first`() throws {
        let spring = try #require(CivilDate("2026-03-29"))
        #expect(London.moment(spring, secondOfDay: 5_400).rfc3339 == "2026-03-29T01:30:00Z")
        #expect(London.secondOfDay(at: London.moment(spring, secondOfDay: 5_400)) == 9_000)
        let autumn = try #require(CivilDate("2026-10-25"))
        #expect(London.moment(autumn, secondOfDay: 5_400).rfc3339 == "2026-10-25T00:30:00Z")
        #expect(London.moment(autumn, secondOfDay: 7_200).rfc3339 == "2026-10-25T02:00:00Z")
        #expect(London.moment(autumn, secondOfDay: 7_199).rfc3339 == "2026-10-25T00:59:59Z")
    }

    @Test func `is shown to people as they write it`() throws {
        let moment = try #require(Moment(rfc3339: "2026-07-05T08:04:59Z"))
        #expect(London.display(moment) == "5 Jul 2026 09:04")
        #expect(London.display(London.date(at: moment)) == "5 Jul 2026")
    }
}
