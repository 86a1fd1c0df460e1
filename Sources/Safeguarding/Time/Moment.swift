/// An instant in whole seconds since 1970-01-01T00:00:00Z.
///
/// Every time that takes part in a decision is a `Moment`: scoring.md section 1 counts whole seconds, and a day is
/// 86 400 of them. The type knows no clock; the clock of record is the database server's (design.md, rule 8).
package struct Moment: Hashable, Comparable, Sendable, Codable {
    /// Seconds since 1970-01-01T00:00:00Z, negative before it.
    package var seconds: Int64

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    package static let day: Int64 = 86_400
    package static let hour: Int64 = 3_600
    package static let minute: Int64 = 60

    package static func < (a: Moment, b: Moment) -> Bool { a.seconds < b.seconds }
    package static func + (moment: Moment, seconds: Int64) -> Moment { Moment(seconds: moment.seconds + seconds) }
    package static func - (moment: Moment, seconds: Int64) -> Moment { Moment(seconds: moment.seconds - seconds) }
    package static func - (a: Moment, b: Moment) -> Int64 { a.seconds - b.seconds }
}

/// A day of the proleptic Gregorian calendar, without a time or a zone.
package struct CivilDate: Hashable, Comparable, Sendable, Codable {
    package var year: Int
    package var month: Int
    package var day: Int

    /// A date, or nil where the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9_999).contains(year), (1...12).contains(month),
            (1...CivilDate.days(in: month, of: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date a count of days after 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    package init(daysSinceEpoch days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0))
    }

    /// Days after 1970-01-01.
    package var daysSinceEpoch: Int64 {
        let y = Int64(month <= 2 ? year - 1 : year)
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Monday 1 to Sunday 7 (ISO 8601).
    package var weekday: Int {
        let remainder = (daysSinceEpoch + 3) % 7
        return Int(remainder < 0 ? remainder + 7 : remainder) + 1
    }

    package func adding(days: Int64) -> CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch + days) }

    package static func < (a: CivilDate, b: CivilDate) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }

    package static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// `2026-11-22`.
    package var text: String {
        let y = String(year)
        return String(repeating: "0", count: max(0, 4 - y.count)) + y + "-" + month.twoDigits + "-" + day.twoDigits
    }

    /// Reads `YYYY-MM-DD` and nothing else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = parts[0].asciiNumber, let month = parts[1].asciiNumber, let day = parts[2].asciiNumber
        else { return nil }
        self.init(year: year, month: month, day: day)
    }
}

extension Int {
    /// At least two decimal digits, zero padded.
    package var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
}

extension StringProtocol {
    /// The value of a run of ASCII digits (no sign, no space, at most nine of them), else nil.
    package var asciiNumber: Int? {
        guard !isEmpty, utf8.count <= 9, utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(self)
    }
}
