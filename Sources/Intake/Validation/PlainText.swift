import Foundation

/// Text of a field other than the narrative: normalised to NFC and free of control characters.
///
/// Names and conditions are compared, printed and put into lines of other formats, so they hold nothing invisible. The
/// narrative goes another way, byte for byte.
enum PlainText {
    /// The text in NFC without white space at its ends; nil where it holds a control character or a line separator.
    static func clean(_ text: String, allowingLines: Bool = false) -> String? {
        var isASCII = true
        var isNormalised = true
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x0D, 0x09:
                guard allowingLines else { return nil }
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: return nil
            default: break
            }
            if scalar.value >= 0x80 { isASCII = false }
            if scalar.value >= firstScalarThatMayChange { isNormalised = false }
        }
        if isASCII { return trimmed(text) }
        return trimmed(isNormalised ? text : text.precomposedStringWithCanonicalMapping)
    }

    /// Below the combining diacritical marks every scalar is its own NFC (Unicode Standard Annex 15, quick check).
    private static let firstScalarThatMayChange: UInt32 = 0x300

    private static func trimmed(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
            first.properties.isWhitespace || last.properties.isWhitespace
        else { return text }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
