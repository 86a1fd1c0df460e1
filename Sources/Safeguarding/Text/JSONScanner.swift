/// The words of JSON text: strings, numbers and punctuation, from a position that only moves forward.
struct JSONScanner {
    private let bytes: [UInt8]
    private let numberLength: Int
    private(set) var position = 0

    init(bytes: [UInt8], numberLength: Int) {
        self.bytes = bytes
        self.numberLength = numberLength
    }

    var isAtEnd: Bool { position == bytes.count }

    /// The byte at the position.
    func peek() throws(JSONReadError) -> UInt8 {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[position]
    }

    func error(_ code: JSONReadError.Code, at offset: Int? = nil) -> JSONReadError {
        JSONReadError(code: code, offset: offset ?? position)
    }

    // MARK: Punctuation

    /// Consumes a literal such as `true`.
    mutating func word(_ text: StaticString) throws(JSONReadError) {
        for byte in text.description.utf8 { try expect(byte) }
    }

    /// Consumes an opening bracket, which the caller has seen, and the space behind it.
    mutating func open() {
        position += 1
        skipSpace()
    }

    mutating func closes(with byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// After an element: true at the closing byte, false after a comma.
    mutating func ends(with byte: UInt8) throws(JSONReadError) -> Bool {
        skipSpace()
        if closes(with: byte) { return true }
        try expect(UInt8(ascii: ","))
        skipSpace()
        return false
    }

    mutating func expect(_ byte: UInt8) throws(JSONReadError) {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        guard bytes[position] == byte else { throw error(.unexpectedCharacter) }
        position += 1
    }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    // MARK: Numbers

    mutating func number() throws(JSONReadError) -> String {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = position
        guard digits() > 0 else { throw error(.badNumber, at: start) }
        guard bytes[whole] != UInt8(ascii: "0") || position == whole + 1 else { throw error(.badNumber, at: start) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw error(.badNumber, at: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw error(.badNumber, at: start) }
        }
        guard position - start <= numberLength else { throw error(.numberTooLong, at: start) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
        return position - start
    }

    // MARK: Strings

    /// A string from its opening quote; most have no escape and are taken over in one piece.
    mutating func string() throws(JSONReadError) -> String {
        let start = position + 1
        position = start
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = String(validating: bytes[start..<position], as: UTF8.self)
                guard let text else { throw error(.badUnicode, at: start) }
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error(.controlCharacter) }
            position += 1
        }
        throw error(.unexpectedEnd)
    }

    /// The rest of a string whose first escape stands at `position`.
    private mutating func escapedString(from start: Int) throws(JSONReadError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw error(.badUnicode, at: start) }
                position += 1
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw error(.controlCharacter)
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONReadError) {
        let start = position
        guard position + 1 < bytes.count else { throw error(.unexpectedEnd) }
        position += 2
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[start + 1])
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try unicodeScalar(escapeAt: start)
            for byte in String(scalar).utf8 { text.append(byte) }
        default: throw error(.badEscape, at: start)
        }
    }

    /// The scalar of a `\u` escape, or of the surrogate pair that begins there; a lone surrogate is no character.
    private mutating func unicodeScalar(escapeAt start: Int) throws(JSONReadError) -> Unicode.Scalar {
        let first = try fourHexadecimalDigits(escapeAt: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error(.badUnicode, at: start) }
        position += 2
        let second = try fourHexadecimalDigits(escapeAt: position - 2)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error(.badUnicode, at: start) }
        return scalar
    }

    private mutating func fourHexadecimalDigits(escapeAt start: Int) throws(JSONReadError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error(.unexpectedEnd) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[position] {
            case 0x30...0x39: digit = bytes[position] - 0x30
            case 0x41...0x46: digit = bytes[position] - 0x37
            case 0x61...0x66: digit = bytes[position] - 0x57
            default: throw error(.badEscape, at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
