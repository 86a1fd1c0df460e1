/// Telephone numbers in E.164, British unless they say otherwise.
enum PhoneNumber {
    /// Digits of an international number (ITU-T E.164: at most fifteen), and the fewest that are one.
    private static let digits = 7...15

    /// Reads `07700 900123`, `+44 (0)7700 900123`, `0044 7700 900123`, `+353 ...`; nil where it has not the shape.
    static func normalised(_ text: String) -> String? {
        var number: [UInt8] = []
        var isInternational = false
        for (index, byte) in text.utf8.drop(while: { $0 == UInt8(ascii: " ") }).enumerated() {
            switch byte {
            case 48...57: number.append(byte)
            case UInt8(ascii: "+"):
                guard index == 0 else { return nil }
                isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): break
            default: return nil
            }
            guard number.count <= 20 else { return nil }
        }
        if !isInternational, number.starts(with: "00".utf8) {
            number.removeFirst(2)
            isInternational = true
        }
        if !isInternational, number.count == 12, number.starts(with: "44".utf8) { isInternational = true }
        if !isInternational {
            if number.first == UInt8(ascii: "0") { number.removeFirst() }
            number = Array("44".utf8) + number
        }
        // The trunk zero of `+44 (0)20` is not dialled from abroad.
        if number.starts(with: "440".utf8) { number.remove(at: 2) }
        guard digits.contains(number.count), number.first != UInt8(ascii: "0") else { return nil }
        return "+" + String(decoding: number, as: UTF8.self)
    }
}
