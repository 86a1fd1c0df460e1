import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Meetings and holidays.
@Suite(needsServer)
struct PartnershipCalendarTests {
    @Test func `the holidays in the data are the bank holidays of England by their rules`() async throws {
        try await Scene.with { scene in
            let stored = try await scene.calendar.holidays()
            for year in 2024...2028 {
                let days = Set(stored.map(\.day).filter { $0.year == year })
                #expect(days == BankHolidays.england(year), "\(year)")
            }
            #expect(stored.allSatisfy { (2024...2028).contains($0.day.year) })
        }
    }

    @Test func `the next meeting and the holidays reach the decision`() async throws {
        try await Scene.with { scene in
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            _ = try await scene.calendar.add(meetingAt: now + 200_000, name: "Later", by: "admin:test")
            _ = try await scene.calendar.add(meetingAt: now + 100_000, name: "Panel", by: "admin:test")
            try await scene.report(at: try await scene.place())
            let seen = Seen()
            try await scene.drain(seeing: seen)
            let context = try #require(seen.calls.first?.context)
            #expect(context.nextMeeting == now + 100_000)
            #expect(context.workingTime.holidays.contains(try #require(CivilDate("2026-12-25"))))
            #expect(context.now >= now)
            #expect(try await scene.calendar.meetings(from: now + 150_000).map(\.name) == ["Later"])
        }
    }

    @Test func `a new meeting has red places looked at again`() async throws {
        try await Scene.with { scene in
            let red = try await scene.place("Red")
            for _ in 0..<4 { try await scene.report(at: red) }
            try await scene.report(at: try await scene.place("Green"))
            try await scene.drain()
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            _ = try await scene.calendar.add(meetingAt: now + 1_000, name: "Panel", by: "admin:test")
            let due = try await scene.rows("SELECT subject FROM placeguard.due WHERE reason = 'meeting'")
            #expect(try due.map { try $0.id(0, as: LocationID.self) } == [red])
        }
    }

    @Test func `what makes no sense is refused by name`() async throws {
        try await Scene.with { scene in
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            await #expect(throws: CalendarRefusal.meetingInPast) {
                try await scene.calendar.add(meetingAt: now - 1, name: "Panel", by: "admin:test")
            }
            await #expect(throws: CalendarRefusal.nameRequired) {
                try await scene.calendar.add(meetingAt: now + 60, name: " \u{2060}", by: "admin:test")
            }
            _ = try await scene.calendar.add(meetingAt: now + 600, name: "Panel", by: "admin:test")
            await #expect(throws: CalendarRefusal.meetingTwice) {
                try await scene.calendar.add(meetingAt: now + 600, name: "Other", by: "admin:test")
            }
        }
    }

    @Test func `holidays can be set, renamed and removed`() async throws {
        try await Scene.with { scene in
            let day = try #require(CivilDate("2029-01-01"))
            for name in ["New Year", "New Year's Day"] {
                try await scene.calendar.set(Holiday(day: day, name: name), by: "admin:test")
            }
            #expect(try await scene.calendar.holidays().filter { $0.day == day }.map(\.name) == ["New Year's Day"])
            try await scene.calendar.remove(holiday: day, by: "admin:test")
            #expect(try await !scene.calendar.holidays().contains { $0.day == day })
        }
    }
}

extension Scene {
    var calendar: PartnershipCalendar {
        PartnershipCalendar(fixture.admin, notice: DueNotice(bell: bell, logger: fixture.logger))
    }
}

/// The rules behind the dates: Banking and Financial Dealings Act 1971, schedule 1, with substitutes for weekends.
enum BankHolidays {
    static func england(_ year: Int) -> Set<CivilDate> {
        let easter = easterSunday(year)
        var days = [easter.adding(days: -2), easter.adding(days: 1)]
        days.append(monday(onOrAfter: date(year, 5, 1)))
        days.append(lastMonday(year, 5, 31))
        days.append(lastMonday(year, 8, 31))
        var taken = Set(days)
        for fixed in [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)] {
            var day = fixed
            // A weekend's holiday moves to the next weekday that is not one already.
            while day.weekday > 5 || taken.contains(day) || day != fixed && isFixed(day) { day = day.adding(days: 1) }
            taken.insert(day)
        }
        return taken
    }

    private static func isFixed(_ day: CivilDate) -> Bool {
        day.weekday <= 5 && day.month == 12 && (day.day == 25 || day.day == 26)
    }

    private static func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day) ?? CivilDate(daysSinceEpoch: 0)
    }

    private static func monday(onOrAfter day: CivilDate) -> CivilDate {
        day.adding(days: Int64((8 - day.weekday) % 7))
    }

    private static func lastMonday(_ year: Int, _ month: Int, _ last: Int) -> CivilDate {
        let day = date(year, month, last)
        return day.adding(days: -Int64(day.weekday - 1))
    }

    /// Anonymous Gregorian computus (Meeus, Jones, Butcher).
    private static func easterSunday(_ year: Int) -> CivilDate {
        let a = year % 19
        let b = year / 100
        let c = year % 100
        let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30
        let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let n = h + l - 7 * m + 114
        return date(year, n / 31, n % 31 + 1)
    }
}
