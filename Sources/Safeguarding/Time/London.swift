/// Civil time in Europe/London since 1990, the zone in which partners read and write times.
///
/// Summer time begins at 01:00 UTC on the last Sunday of March and ends at 01:00 UTC on the last Sunday of October
/// (Summer Time Act 1972 with the Orders under it); from 1990 to 1995 it ended on the Sunday after the fourth Saturday of
/// October. A test compares every day with the tz database. Kept here because Foundation stays out of the pure targets.
package enum London {
    /// Seconds east of Greenwich at a moment: 0 or 3 600.
    package static func offset(at moment: Moment) -> Int64 {
        let year = moment.utcDate.year
        return moment >= summerBegins(year) && moment < summerEnds(year) ? Moment.hour : 0
    }

    /// The date on London's calendars.
    package static func date(at moment: Moment) -> CivilDate { (moment + offset(at: moment)).utcDate }

    /// Seconds since London's midnight on London's wall clock, 0..<86 400.
    package static func secondOfDay(at moment: Moment) -> Int64 {
        let local = moment.seconds + offset(at: moment)
        return local - Moment.floorDivide(local, Moment.day) * Moment.day
    }

    /// The instant at which a London day begins.
    package static func midnight(_ date: CivilDate) -> Moment { moment(date, secondOfDay: 0) }

    /// The instant of a London wall-clock time.
    ///
    /// A time that the spring change skips is read with winter's offset (an hour later on the wall); one that the autumn
    /// change repeats is the first of the two.
    package static func moment(_ date: CivilDate, secondOfDay: Int64) -> Moment {
        let wall = Moment(seconds: date.daysSinceEpoch * Moment.day + secondOfDay)
        let summer = wall - Moment.hour
        return offset(at: summer) == Moment.hour ? summer : wall
    }

    /// `22 Nov 2026 05:54`, as people are shown it.
    package static func display(_ moment: Moment) -> String {
        let time = secondOfDay(at: moment)
        return display(date(at: moment)) + " " + Int(time / 3_600).twoDigits + ":" + Int(time / 60 % 60).twoDigits
    }

    /// `22 Nov 2026`.
    package static func display(_ date: CivilDate) -> String {
        "\(date.day) \(monthNames[date.month - 1]) \(date.year)"
    }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func summerBegins(_ year: Int) -> Moment { lastSunday(month: 3, year: year) + Moment.hour }

    private static func summerEnds(_ year: Int) -> Moment {
        switch year {
        case 1993: days(1993, 10, 24) + Moment.hour
        case 1994: days(1994, 10, 23) + Moment.hour
        case 1995: days(1995, 10, 22) + Moment.hour
        default: lastSunday(month: 10, year: year) + Moment.hour
        }
    }

    private static func lastSunday(month: Int, year: Int) -> Moment {
        let last = days(year, month, 31)
        return last - Int64(last.utcDate.weekday % 7) * Moment.day
    }

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Moment {
        let date = CivilDate(year: year, month: month, day: day)?.daysSinceEpoch ?? 0
        return Moment(seconds: date * Moment.day)
    }
}
