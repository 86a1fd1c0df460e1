import Safeguarding

/// The character classes of FEED/1's words.
enum Characters {
    /// `A-Z a-z 0-9`.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// `A-Z a-z 0-9 . _ -`: names, codes, epochs, token ids.
    static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    /// Whether a text has a control character of ASCII or Latin-1, which no line of a client may have.
    static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains(where: \.isControl)
    }

    /// Visible ASCII.
    static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    /// A word of 1 to `limit` bytes of one class, else nil.
    static func word(_ text: Substring, limit: Int, _ isAllowed: (UInt8) -> Bool) -> String? {
        guard !text.isEmpty, text.utf8.count <= limit, text.utf8.allSatisfy(isAllowed) else { return nil }
        return String(text)
    }

    /// A decimal number without sign or leading zero that fits, else nil.
    static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 19, text.utf8.allSatisfy({ (48...57).contains($0) }),
            text.utf8.first != UInt8(ascii: "0") || text.utf8.count == 1
        else { return nil }
        return Int64(text)
    }
}
