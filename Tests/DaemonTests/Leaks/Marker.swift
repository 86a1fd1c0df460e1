import Foundation

/// A word planted where it must not come out, with the spellings that would give it away all the same.
struct Marker: Sendable, Hashable {
    let text: String
    /// Looked for without regard to case: as it is, escaped as in JSON and in addresses, in hexadecimal.
    private let folded: Set<Data>
    /// Base64, where case tells one letter from another.
    private let exact: Set<Data>

    init(_ text: String) {
        self.text = text
        let address = Self.percentEncoded(text, sparing: Self.isUnreserved)
        let spellings = [
            text, Self.escapedForJSON(text), address, address.replacing("%20", with: "+"),
            Self.percentEncoded(text) { _ in false }, text.utf8.map(Self.hexadecimal).joined(),
        ]
        folded = Set(spellings.map { Data($0.lowercased().utf8) })
        let encoded = [text, text.lowercased(), text.uppercased()].flatMap { Self.base64(Array($0.utf8)) }
        let forAddresses = encoded.map { $0.replacing("+", with: "-").replacing("/", with: "_") }
        exact = Set((encoded + forAddresses).map { Data($0.utf8) })
    }

    fileprivate func occurs(in plain: Data, lowered: Data) -> Bool {
        folded.contains { lowered.range(of: $0) != nil } || exact.contains { plain.range(of: $0) != nil }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }

    private static func escapedForJSON(_ text: String) -> String {
        text.utf16.map { unit in
            (0x20...0x7E).contains(unit)
                ? String(decoding: [unit], as: UTF16.self)
                : "\\u" + [UInt8(unit >> 8), UInt8(unit & 0xFF)].map(hexadecimal).joined()
        }.joined()
    }

    private static func percentEncoded(_ text: String, sparing isSpared: (UInt8) -> Bool) -> String {
        text.utf8.map { isSpared($0) ? String(decoding: [$0], as: UTF8.self) : "%" + hexadecimal($0) }.joined()
    }

    /// Unreserved characters of RFC 3986.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "-._~".utf8.contains(byte)
        }
    }

    /// Its Base64 wherever it stands in what is encoded: the letters that do not depend on its neighbours.
    private static func base64(_ bytes: [UInt8]) -> [String] {
        (0..<3).map { offset in
            let encoded = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
            let first = (offset * 8 + 5) / 6
            return String(encoded.prefix((offset + bytes.count) * 8 / 6).dropFirst(first))
        }
    }
}

/// What somebody gets to read of a daemon, as bytes.
struct Surface: Sendable {
    let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    /// The markers that stand in it, however they are spelt, in the order given.
    func found(_ markers: [Marker]) -> [String] {
        let plain = Data(text.utf8)
        let lowered = Data(text.lowercased().utf8)
        return markers.filter { $0.occurs(in: plain, lowered: lowered) }.map(\.text)
    }
}
