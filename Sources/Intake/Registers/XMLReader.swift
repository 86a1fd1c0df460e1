/// Reads XML as events from chunks of bytes: strict, bounded, and without the parts that do harm.
///
/// No DTD, hence no entities but the five of XML itself and characters by number, nothing external, 32 levels, UTF-8 only.
/// Elements, attributes (read for well-formedness, not kept), text, CDATA, comments and processing instructions. Our own,
/// since Foundation's parser answers success for documents that end in the middle or have two roots, and accepts DTDs.
package struct XMLReader {
    package enum Event: Sendable, Hashable {
        case start(String)
        /// Text and CDATA between two tags, in one piece.
        case text(String)
        case end(String)
    }

    /// Why a document was refused.
    package enum Fault: String, Error, Sendable, CaseIterable {
        case notWellFormed = "not-well-formed"
        case doctypeNotAccepted = "doctype-not-accepted"
        case unknownEntity = "unknown-entity"
        case notUTF8 = "not-utf-8"
        case tooDeep = "too-deep"
        /// A tag, comment or text longer than ``Limits/token``.
        case tokenTooLong = "token-too-long"
        case tooLarge = "too-large"
    }

    package struct Limits: Sendable, Hashable {
        package var depth = 32
        /// Bytes of one tag, comment or run of text.
        package var token = 64 * 1_024
        /// Bytes of the document: the register of all England has a third of it.
        package var document = 1_024 * 1_024 * 1_024

        package init() {}
        package static let standard = Limits()
    }

    private let limits: Limits
    private var open: [String] = []
    private var hadRoot = false
    private var seen = 0
    /// The text or markup that is being read.
    private var token: [UInt8] = []
    private var text: [UInt8] = []
    private var isMarkup = false
    /// The quote that an attribute's value is in.
    private var quote: UInt8?
    private var markPosition = 0

    package init(limits: Limits = .standard) {
        self.limits = limits
    }

    /// Takes some bytes, hands over the events that are complete in them.
    package mutating func push(_ chunk: [UInt8], to handle: (Event) throws -> Void) throws {
        seen += chunk.count
        guard seen <= limits.document else { throw Fault.tooLarge }
        for byte in chunk {
            if markPosition < 3 {
                if byte == [0xEF, 0xBB, 0xBF][markPosition] {
                    markPosition += 1
                    continue
                }
                guard markPosition == 0 else { throw Fault.notUTF8 }
                markPosition = 3
            }
            if isMarkup {
                token.append(byte)
                if try endsMarkup(byte) { try markup(handle) }
            } else if byte == UInt8(ascii: "<") {
                isMarkup = true
            } else {
                text.append(byte)
            }
            guard token.count <= limits.token, text.count <= limits.token else { throw Fault.tokenTooLong }
        }
    }

    /// The document has ended: throws where it is not whole.
    package mutating func finish() throws(Fault) {
        guard !isMarkup, open.isEmpty, hadRoot, XMLReader.isSpace(text) else { throw .notWellFormed }
    }

    // MARK: Markup

    /// Whether the byte just appended ends the markup.
    private mutating func endsMarkup(_ byte: UInt8) throws(Fault) -> Bool {
        switch token[0] {
        case UInt8(ascii: "!"):
            if token.count == 2, byte != UInt8(ascii: "-"), byte != UInt8(ascii: "[") { throw .doctypeNotAccepted }
            guard byte == UInt8(ascii: ">") else { return false }
            return token.starts(with: "!--".utf8) ? token.count >= 6 && ends("-->") : ends("]]>")
        case UInt8(ascii: "?"): return byte == UInt8(ascii: ">") && token.count >= 3 && ends("?>")
        default:
            if let open = quote {
                if byte == open { quote = nil }
                if byte == UInt8(ascii: "<") { throw .notWellFormed }
                return false
            }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
            case UInt8(ascii: "<"): throw .notWellFormed
            case UInt8(ascii: ">"): return true
            default: break
            }
            return false
        }
    }

    private func ends(_ end: StaticString) -> Bool {
        token.suffix(end.utf8CodeUnitCount).elementsEqual(end.description.utf8)
    }

    private mutating func markup(_ handle: (Event) throws -> Void) throws {
        defer {
            token.removeAll(keepingCapacity: true)
            isMarkup = false
        }
        let content = token.dropLast()
        switch content.first {
        case UInt8(ascii: "!")?:
            if content.starts(with: "!--".utf8) { return try comment(content) }
            guard content.starts(with: "![CDATA[".utf8), !open.isEmpty else { throw Fault.notWellFormed }
            text += content.dropFirst(8).dropLast(2).flatMap(XMLReader.escaped)
        case UInt8(ascii: "?")?: try instruction(content.dropFirst().dropLast())
        case UInt8(ascii: "/")?:
            try flushText(handle)
            try close(name(content.dropFirst()).name, rest: name(content.dropFirst()).rest, handle)
        default:
            try flushText(handle)
            try start(content, handle)
        }
    }

    private func comment(_ content: ArraySlice<UInt8>) throws(Fault) {
        let inner = content.dropFirst(3).dropLast(2)
        guard String(validating: inner, as: UTF8.self)?.contains("--") == false else { throw .notWellFormed }
    }

    /// Only the declaration matters, and of it the encoding.
    private func instruction(_ content: ArraySlice<UInt8>) throws(Fault) {
        guard let text = String(validating: content, as: UTF8.self) else { throw .notUTF8 }
        guard text.hasPrefix("xml"), text.dropFirst(3).first?.isWhitespace ?? true else { return }
        guard seen > 0, !hadRoot, open.isEmpty, self.text.isEmpty else { throw .notWellFormed }
        let words = text.split { $0.isWhitespace || $0 == "=" || $0 == "\"" || $0 == "'" }
        guard let encoding = words.firstIndex(of: "encoding") else { return }
        let named = encoding + 1 < words.count ? words[encoding + 1].lowercased() : ""
        guard named == "utf-8" || named == "us-ascii" else { throw .notUTF8 }
    }

    private mutating func start(_ content: ArraySlice<UInt8>, _ handle: (Event) throws -> Void) throws {
        let isEmpty = content.last == UInt8(ascii: "/")
        let parts = try name(isEmpty ? content.dropLast() : content)
        try attributes(parts.rest)
        guard !open.isEmpty || !hadRoot else { throw Fault.notWellFormed }
        guard open.count < limits.depth else { throw Fault.tooDeep }
        hadRoot = true
        try handle(.start(parts.name))
        if isEmpty { try handle(.end(parts.name)) } else { open.append(parts.name) }
    }

    private mutating func close(_ name: String, rest: ArraySlice<UInt8>, _ handle: (Event) throws -> Void) throws {
        guard XMLReader.isSpace(rest), open.popLast() == name else { throw Fault.notWellFormed }
        try handle(.end(name))
    }

    /// The name at the beginning, and what stands behind it.
    private func name(_ content: ArraySlice<UInt8>) throws(Fault) -> (name: String, rest: ArraySlice<UInt8>) {
        let name = content.prefix { !XMLReader.isSpace($0) && $0 != UInt8(ascii: "=") }
        guard let first = name.first, XMLReader.isNameStart(first), name.allSatisfy(XMLReader.isNamePart) else {
            throw .notWellFormed
        }
        guard let text = String(validating: name, as: UTF8.self) else { throw .notUTF8 }
        return (text, content.dropFirst(name.count))
    }

    /// `name = "value"` with space before each; no name twice.
    private func attributes(_ content: ArraySlice<UInt8>) throws(Fault) {
        var rest = content
        var names: Set<String> = []
        while true {
            let spaced = rest.drop(while: XMLReader.isSpace)
            if spaced.isEmpty { return }
            guard spaced.count < rest.count else { throw .notWellFormed }
            let parts = try name(spaced)
            guard names.insert(parts.name).inserted else { throw .notWellFormed }
            var value = parts.rest.drop(while: XMLReader.isSpace)
            guard value.popFirst() == UInt8(ascii: "=") else { throw .notWellFormed }
            value = value.drop(while: XMLReader.isSpace)
            guard let quote = value.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let end = value.firstIndex(of: quote)
            else { throw .notWellFormed }
            _ = try XMLReader.resolved(value[..<end])
            rest = value[(end + 1)...]
        }
    }

    // MARK: Text

    private mutating func flushText(_ handle: (Event) throws -> Void) throws {
        guard !text.isEmpty else { return }
        defer { text.removeAll(keepingCapacity: true) }
        guard !open.isEmpty else {
            guard XMLReader.isSpace(text) else { throw Fault.notWellFormed }
            return
        }
        try handle(.text(try XMLReader.resolved(text[...])))
    }

    /// CDATA enters the text as references, so that both are read in one way.
    private static func escaped(_ byte: UInt8) -> [UInt8] {
        byte == UInt8(ascii: "&") ? Array("&amp;".utf8) : [byte]
    }

    /// The text with its references resolved.
    private static func resolved(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        guard text.utf8.contains(UInt8(ascii: "&")) else { return try checked(text) }
        var out = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            out += rest[..<ampersand]
            rest = rest[rest.index(after: ampersand)...]
            guard let end = rest.prefix(longestReference).firstIndex(of: ";") else { throw .unknownEntity }
            out.unicodeScalars.append(try scalar(of: rest[..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return try checked(out + rest)
    }

    /// `#x10FFFF;` with room for leading zeros.
    private static let longestReference = 12

    private static func scalar(of reference: Substring) throws(Fault) -> Unicode.Scalar {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let digits = reference.dropFirst(reference.hasPrefix("#x") ? 2 : 1)
            guard reference.hasPrefix("#"), !digits.hasPrefix("+"),
                let value = UInt32(digits, radix: reference.hasPrefix("#x") ? 16 : 10),
                let scalar = Unicode.Scalar(value)
            else { throw .unknownEntity }
            return scalar
        }
    }

    /// Refuses the characters that XML 1.0 has not (2.2 "Char").
    private static func checked(_ text: String) throws(Fault) -> String {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: continue
            case 0..<0x20, 0xFFFE, 0xFFFF: throw .notWellFormed
            default: continue
            }
        }
        return text
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    private static func isSpace(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy { isSpace($0) } }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
            || byte >= 0x80
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        isNameStart(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
