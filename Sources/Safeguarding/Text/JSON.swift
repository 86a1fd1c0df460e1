/// A JSON value with its members in order, for what Placeguard writes.
///
/// Reading is ``JSONReader``, which keeps what was sent as ``JSONValue``. Numbers are integers, or decimals
/// already rendered as text, so that no score passes through floating point on its way out.
package indirect enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number written exactly as given; the caller guarantees JSON number syntax.
    case decimal(String)
    case string(String)
    case array([JSON])
    case object([(key: String, value: JSON)])

    package static func == (a: JSON, b: JSON) -> Bool { a.text == b.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    package static func strings(_ values: some Sequence<String>) -> JSON { .array(values.map { .string($0) }) }
    package static func optional(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    package static func int(_ value: Int) -> JSON { .integer(Int64(value)) }

    /// The compact text: no spaces, U+2028 and U+2029 and every control character escaped, so it is always one line.
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .decimal(let text): out.append(contentsOf: text.utf8)
        case .string(let value): JSON.write(value, to: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSON.write(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// Copies runs of plain bytes and escapes the rest; works on bytes, since every canonical form passes through here.
    private static func write(_ string: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        let bytes = Array(string.utf8)
        var start = 0
        var index = 0
        while index < bytes.count {
            guard let (value, length) = escaped(bytes, at: index) else {
                index += 1
                continue
            }
            out.append(contentsOf: bytes[start..<index])
            escape(value, to: &out)
            index += length
            start = index
        }
        out.append(contentsOf: bytes[start...])
        out.append(UInt8(ascii: "\""))
    }

    /// The scalar at a byte and its length in bytes, where it must be escaped.
    private static func escaped(_ bytes: [UInt8], at index: Int) -> (value: UInt32, length: Int)? {
        switch bytes[index] {
        case 0..<0x20, 0x22, 0x5C, 0x7F: return (UInt32(bytes[index]), 1)
        case 0xC2 where index + 1 < bytes.count && bytes[index + 1] < 0xA0:
            return (UInt32(bytes[index + 1]), 2)
        case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && (bytes[index + 2] & 0xFE) == 0xA8:
            return (0x2000 + UInt32(bytes[index + 2] - 0x80), 3)
        default: return nil
        }
    }

    private static func escape(_ value: UInt32, to out: inout [UInt8]) {
        switch value {
        case 0x22: out.append(contentsOf: "\\\"".utf8)
        case 0x5C: out.append(contentsOf: "\\\\".utf8)
        case 0x0A: out.append(contentsOf: "\\n".utf8)
        case 0x0D: out.append(contentsOf: "\\r".utf8)
        case 0x09: out.append(contentsOf: "\\t".utf8)
        default:
            out.append(contentsOf: "\\u".utf8)
            for shift in [12, 8, 4, 0] as [UInt32] { out.append(hexadecimal[Int(value >> shift & 15)]) }
        }
    }
}
