/// Degrees as whole numbers of 10^-7, read from decimal text without floating point, so that equal input is equal.
enum DecimalDegrees {
    /// One degree.
    static let unit: Int64 = 10_000_000

    /// The value of a JSON number, further digits rounded half away from zero; nil where it is no number or beyond
    /// +-1 000 degrees, which no coordinate is.
    static func read(_ text: some StringProtocol) -> Int64? {
        var bytes = text.utf8.makeIterator()
        var byte = bytes.next()
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative { byte = bytes.next() }
        // Digits without leading zeros as far as they can matter, and where the point stands among them.
        var digits: [UInt8] = []
        var wholeDigits = 0
        var sawDigit = false
        var sawPoint = false
        while let current = byte {
            if (48...57).contains(current) {
                sawDigit = true
                if digits.isEmpty, current == 48 {
                    if sawPoint { wholeDigits -= 1 }
                } else {
                    if digits.count < keptDigits { digits.append(current - 48) }
                    if !sawPoint { wholeDigits += 1 }
                }
            } else if current == UInt8(ascii: "."), !sawPoint, sawDigit {
                sawPoint = true
            } else {
                break
            }
            byte = bytes.next()
        }
        guard sawDigit else { return nil }
        var exponent = 0
        if let current = byte {
            guard current | 0x20 == UInt8(ascii: "e"), let value = readExponent(&bytes) else { return nil }
            exponent = value
        }
        return value(of: digits, whole: wholeDigits + exponent, isNegative: isNegative)
    }

    /// Decimal text with as many digits as needed: `-0.4229`.
    static func text(_ value: Int64) -> String {
        let magnitude = value.magnitude
        var fraction = String(magnitude % UInt64(unit))
        fraction = String(repeating: "0", count: 7 - fraction.utf8.count) + fraction
        while fraction.hasSuffix("0"), fraction.utf8.count > 1 { fraction.removeLast() }
        return (value < 0 ? "-" : "") + String(magnitude / UInt64(unit)) + "." + fraction
    }

    /// Three before the point, seven behind it, one to round by, and room.
    private static let keptDigits = 24

    /// Beyond this many places no digit kept can matter.
    private static let largestExponent = 400

    private static func readExponent(_ bytes: inout some IteratorProtocol<UInt8>) -> Int? {
        var byte = bytes.next()
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative || byte == UInt8(ascii: "+") { byte = bytes.next() }
        var value = 0
        var sawDigit = false
        while let current = byte {
            guard (48...57).contains(current) else { return nil }
            sawDigit = true
            value = min(value * 10 + Int(current - 48), largestExponent)
            byte = bytes.next()
        }
        return sawDigit ? (isNegative ? -value : value) : nil
    }

    private static func value(of digits: [UInt8], whole: Int, isNegative: Bool) -> Int64? {
        guard !digits.isEmpty else { return 0 }
        guard whole <= 4 else { return nil }
        let places = whole + 7
        guard places >= 0 else { return 0 }
        var value: Int64 = 0
        for index in 0..<places { value = value * 10 + Int64(index < digits.count ? digits[index] : 0) }
        if places < digits.count, digits[places] >= 5 { value += 1 }
        guard value <= 1_000 * unit else { return nil }
        return isNegative ? -value : value
    }
}
