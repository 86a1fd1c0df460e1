/// A postcode of the United Kingdom in canonical form: upper case, one space before the last three characters (BS 7666).
package struct Postcode: Hashable, Sendable {
    /// `LU1 1AA`.
    package let text: String

    /// Reads any case, with or without spaces; nil where the shape is none of Royal Mail's.
    package init?(_ sent: some StringProtocol) {
        var characters: [UInt8] = []
        for byte in sent.utf8 where byte != UInt8(ascii: " ") {
            guard characters.count < 7 else { return nil }
            characters.append((97...122).contains(byte) ? byte - 32 : byte)
        }
        guard characters.count >= 5, Postcode.isInward(characters.suffix(3)),
            Postcode.isOutward(Array(characters.dropLast(3)))
        else { return nil }
        text = String(decoding: characters.dropLast(3) + [UInt8(ascii: " ")] + characters.suffix(3), as: UTF8.self)
    }

    /// A digit and two letters without C I K M O V.
    private static func isInward(_ part: ArraySlice<UInt8>) -> Bool {
        guard let digit = part.first, isDigit(digit) else { return false }
        return part.dropFirst().allSatisfy { isLetter($0) && !"CIKMOV".utf8.contains($0) }
    }

    /// A9, A99, A9A, AA9, AA99, AA9A; never Q V X first nor I J Z second; and GIR.
    private static func isOutward(_ part: [UInt8]) -> Bool {
        if part.elementsEqual("GIR".utf8) { return true }
        guard let first = part.first, isLetter(first), !"QVX".utf8.contains(first), part.count >= 2 else {
            return false
        }
        var rest = part.dropFirst()
        if let second = rest.first, isLetter(second) {
            guard !"IJZ".utf8.contains(second) else { return false }
            rest = rest.dropFirst()
        }
        guard let district = rest.first, isDigit(district) else { return false }
        rest = rest.dropFirst()
        guard rest.count <= 1 else { return false }
        return rest.allSatisfy { isDigit($0) || isLetter($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
}
