import Safeguarding

/// How a file writes its times, and in which zone; read into the forms that `observed` takes.
package struct TimeFormat: Sendable, Hashable {
    /// The zones that partners write in.
    package enum Zone: Sendable, Hashable {
        case london
        /// Seconds east of Greenwich, the same all year.
        case offset(Int64)

        /// Reads `Europe/London`, `UTC` or `+01:00`.
        package init?(_ text: String) {
            switch text {
            case "Europe/London": self = .london
            case "UTC", "Z": self = .offset(0)
            default:
                let bytes = Array(text.utf8)
                guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
                    bytes[3] == UInt8(ascii: ":"), let hours = text.dropFirst().prefix(2).asciiNumber, hours < 24,
                    let minutes = text.suffix(2).asciiNumber, minutes < 60
                else { return nil }
                let seconds = Int64(hours * 3_600 + minutes * 60)
                self = .offset(bytes[0] == UInt8(ascii: "-") ? -seconds : seconds)
            }
        }
    }

    private enum Part: Hashable {
        /// A component with the fewest and the most digits it is written in.
        case number(Component, ClosedRange<Int>)
        /// `Nov`, in any case.
        case monthName
        case literal(UInt8)
    }

    private enum Component: Int, Hashable, CaseIterable {
        case year, month, day, hour, minute, second
    }

    /// nil = RFC 3339 with its own offset, or a day or month in ISO form.
    private let parts: [Part]?
    private let zone: Zone

    /// RFC 3339, `2026-11-22` or `2026-11`.
    package static let rfc3339 = TimeFormat(parts: nil, zone: .london)

    private init(parts: [Part]?, zone: Zone) {
        self.parts = parts
        self.zone = zone
    }

    /// Reads `rfc3339`, or a pattern of `yyyy MM M dd d MMM HH H mm ss` and anything else as it stands.
    ///
    /// nil where the pattern lacks year or month, has a time without a day or minutes without hours, or a letter that
    /// means nothing.
    package init?(pattern: String, zone: Zone) {
        guard pattern != "rfc3339" else {
            self = .rfc3339
            return
        }
        var parts: [Part] = []
        var rest = Array(pattern.utf8)[...]
        guard rest.count <= 64 else { return nil }
        while let byte = rest.first {
            let run = rest.prefix { $0 == byte }
            guard let part = TimeFormat.part(byte, run.count) else { return nil }
            rest = rest.dropFirst(run.count)
            switch part {
            case .literal: parts += run.map { .literal($0) }
            default: parts.append(part)
            }
        }
        let has = Set(
            parts.compactMap { part -> Component? in
                switch part {
                case .number(let component, _): component
                case .monthName: .month
                case .literal: nil
                }
            }
        )
        let components = parts.filter { if case .literal = $0 { false } else { true } }
        guard has.count == components.count, has.isSuperset(of: [.year, .month]),
            !has.contains(.hour) || has.contains(.day), !has.contains(.minute) || has.contains(.hour),
            !has.contains(.second) || has.contains(.minute)
        else { return nil }
        self.init(parts: parts, zone: zone)
    }

    private static func part(_ byte: UInt8, _ count: Int) -> Part? {
        switch (byte, count) {
        case (UInt8(ascii: "y"), 4): .number(.year, 4...4)
        case (UInt8(ascii: "M"), 3): .monthName
        case (UInt8(ascii: "M"), 2): .number(.month, 2...2)
        case (UInt8(ascii: "M"), 1): .number(.month, 1...2)
        case (UInt8(ascii: "d"), 2): .number(.day, 2...2)
        case (UInt8(ascii: "d"), 1): .number(.day, 1...2)
        case (UInt8(ascii: "H"), 2): .number(.hour, 2...2)
        case (UInt8(ascii: "H"), 1): .number(.hour, 1...2)
        case (UInt8(ascii: "m"), 2): .number(.minute, 2...2)
        case (UInt8(ascii: "s"), 2): .number(.second, 2...2)
        case (UInt8(ascii: "T"), 1), (0x20...0x40, _), (0x5B...0x60, _): .literal(byte)
        default: nil
        }
    }

    // MARK: Reading

    /// The time as `observed` takes it: RFC 3339 in UTC, a day, or a month; nil where it is not in the format.
    package func read(_ text: String) -> String? {
        guard let parts else { return text }
        var numbers: [Int?] = Array(repeating: nil, count: Component.allCases.count)
        var rest = Array(text.utf8)[...]
        for part in parts {
            switch part {
            case .literal(let byte):
                guard rest.first == byte else { return nil }
                rest = rest.dropFirst()
            case .monthName:
                guard let month = TimeFormat.month(rest.prefix(3)) else { return nil }
                numbers[Component.month.rawValue] = month
                rest = rest.dropFirst(3)
            case .number(let component, let digits):
                let run = rest.prefix(digits.upperBound).prefix { (48...57).contains($0) }
                guard run.count >= digits.lowerBound else { return nil }
                numbers[component.rawValue] = run.reduce(0) { $0 * 10 + Int($1 - 48) }
                rest = rest.dropFirst(run.count)
            }
        }
        guard rest.isEmpty else { return nil }
        return observed(numbers)
    }

    private func observed(_ numbers: [Int?]) -> String? {
        guard let year = numbers[0], let month = numbers[1],
            let date = CivilDate(year: year, month: month, day: numbers[2] ?? 1)
        else { return nil }
        guard numbers[2] != nil else { return String(date.text.dropLast(3)) }
        guard let hour = numbers[3] else { return date.text }
        let minute = numbers[4] ?? 0
        let second = numbers[5] ?? 0
        guard hour < 24, minute < 60, second < 60 else { return nil }
        let ofDay = Int64(hour * 3_600 + minute * 60 + second)
        switch zone {
        case .london: return London.moment(date, secondOfDay: ofDay).rfc3339
        case .offset(let east): return Moment(seconds: date.daysSinceEpoch * Moment.day + ofDay - east).rfc3339
        }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func month(_ letters: ArraySlice<UInt8>) -> Int? {
        months.firstIndex(of: String(decoding: letters.map { $0 | 0x20 }, as: UTF8.self)).map { $0 + 1 }
    }
}
