import Mustache

/// Text made safe for HTML content and quoted attributes, scalar by scalar.
///
/// Mustache's own escaping works on grapheme clusters and lets a quote through that carries a combining mark; a name
/// may hold one.
struct HTMLText: MustacheContentType {
    /// Under this name the templates find the type.
    static let name = "PLACEGUARD-HTML"

    func escapeText(_ text: String) -> String { HTMLText.escaped(text) }

    /// Control characters that HTML does not allow, and those that turn the direction of writing, become U+FFFD.
    static func escaped(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return out
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}
