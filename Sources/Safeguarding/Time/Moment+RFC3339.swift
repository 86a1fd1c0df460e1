extension Moment {
    /// Reads an RFC 3339 date-time with offset, to the second; fractions are dropped towards the past.
    ///
    /// Accepts `T`, `t` or a space between date and time, `Z`, `z` or `+hh:mm`. A leap second reads as the second before it.
    package init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40,
            let date = CivilDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = Moment.number(bytes, 11, 13), hour < 24, let minute = Moment.number(bytes, 14, 16), minute < 60,
            let second = Moment.number(bytes, 17, 19), second <= 60
        else { return nil }
        var index = 19
        if bytes[index] == UInt8(ascii: ".") {
            let start = index + 1
            index = start
            while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
            guard index > start else { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard index == bytes.count - 1 else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"),
                let hours = Moment.number(bytes, index + 1, index + 3), hours < 24,
                let minutes = Moment.number(bytes, index + 4, index + 6), minutes < 60
            else { return nil }
            offset = Int64(hours * 3_600 + minutes * 60) * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        let ofDay = Int64(hour * 3_600 + minute * 60 + min(second, 59))
        self.init(seconds: date.daysSinceEpoch * Moment.day + ofDay - offset)
    }

    /// `2026-11-22T05:54:36Z`.
    package var rfc3339: String { dateTimeText(offset: 0, zone: "Z") }

    /// The date in UTC.
    package var utcDate: CivilDate { CivilDate(daysSinceEpoch: Moment.floorDivide(seconds, Moment.day)) }

    /// `2026-11-22T05:54:36`, the wall clock of a zone `offset` seconds east of Greenwich, and what the zone is called.
    package func dateTimeText(offset: Int64, zone: String = "") -> String {
        let local = seconds + offset
        let days = Moment.floorDivide(local, Moment.day)
        let ofDay = Int(local - days * Moment.day)
        let date = CivilDate(daysSinceEpoch: days)
        // Byte by byte, since each line of the feed has one.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        let year = String(date.year).utf8
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, 4 - year.count)))
        bytes.append(contentsOf: year)
        func append(_ separator: Unicode.Scalar, _ number: Int) {
            bytes.append(UInt8(ascii: separator))
            bytes.append(48 + UInt8(truncatingIfNeeded: number / 10))
            bytes.append(48 + UInt8(truncatingIfNeeded: number % 10))
        }
        append("-", date.month)
        append("-", date.day)
        append("T", ofDay / 3_600)
        append(":", ofDay / 60 % 60)
        append(":", ofDay % 60)
        bytes.append(contentsOf: zone.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
    }

    private static func number(_ bytes: [UInt8], _ from: Int, _ to: Int) -> Int? {
        var value = 0
        for byte in bytes[from..<to] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }
}
