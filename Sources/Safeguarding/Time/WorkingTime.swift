/// Working time of the partnership: Monday to Friday less the holidays in the data, 08:00 to 18:00 London time.
///
/// feed-protocol.md "Alerts and their events" and scoring.md section 10: a working day ends at the same time on the next
/// working day; a moment outside opening hours counts as the next opening.
package struct WorkingTime: Sendable, Hashable {
    /// Holidays of England, from the database.
    package var holidays: Set<CivilDate>
    /// Opening and closing in seconds after London's midnight.
    package var opens: Int64
    package var closes: Int64

    package init(holidays: Set<CivilDate> = [], opens: Int64 = 8 * 3_600, closes: Int64 = 18 * 3_600) {
        self.holidays = holidays
        self.opens = opens
        self.closes = closes
    }

    package func isWorkingDay(_ date: CivilDate) -> Bool { date.weekday <= 5 && !holidays.contains(date) }

    /// The moment itself within opening hours, else the next opening.
    package func nextOpen(_ moment: Moment) -> Moment {
        let date = London.date(at: moment)
        let time = London.secondOfDay(at: moment)
        if isWorkingDay(date) {
            if time < opens { return London.moment(date, secondOfDay: opens) }
            if time < closes { return moment }
        }
        return London.moment(nextWorkingDay(after: date), secondOfDay: opens)
    }

    /// One or more working days later, at the same time of day.
    package func adding(workingDays count: Int, to moment: Moment) -> Moment {
        let start = nextOpen(moment)
        var date = London.date(at: start)
        for _ in 0..<max(0, count) { date = nextWorkingDay(after: date) }
        return London.moment(date, secondOfDay: London.secondOfDay(at: start))
    }

    /// A count of working hours later, counted across nights and weekends.
    package func adding(workingHours count: Int, to moment: Moment) -> Moment {
        var current = nextOpen(moment)
        var left = Int64(max(0, count)) * Moment.hour
        while true {
            let closing = London.moment(London.date(at: current), secondOfDay: closes)
            if current + left <= closing { return current + left }
            left -= closing - current
            current = nextOpen(closing)
        }
    }

    private func nextWorkingDay(after date: CivilDate) -> CivilDate {
        var next = date.adding(days: 1)
        // A calendar with a holiday on every day of a year is not a calendar: give up after one rather than spin.
        for _ in 0..<366 where !isWorkingDay(next) { next = next.adding(days: 1) }
        return next
    }
}
