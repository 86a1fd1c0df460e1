/// Why a text is not the JSON we accept.
///
/// `description` carries no text of the sender; `path` and `offset` say where the fault is.
package struct JSONReadError: Error, Sendable, Hashable {
    /// The closed list of faults; the names are stable and may be counted.
    package enum Code: String, Sendable, CaseIterable {
        case empty
        case unexpectedEnd = "unexpected-end"
        case unexpectedCharacter = "unexpected-character"
        case trailingContent = "trailing-content"
        case badNumber = "bad-number"
        case numberTooLong = "number-too-long"
        case badEscape = "bad-escape"
        /// Bytes that are not UTF-8, or half of a surrogate pair.
        case badUnicode = "bad-unicode"
        /// U+0000 to U+001F written as they are instead of as an escape.
        case controlCharacter = "control-character"
        case duplicateField = "duplicate-field"
        case tooDeep = "too-deep"
        case tooManyValues = "too-many-values"
    }

    package var code: Code
    /// Byte offset of the fault.
    package var offset: Int
    /// Where in the document, such as `signs[2]` or `location.point`; empty for the document itself.
    package var path: String

    package init(code: Code, offset: Int, path: String = "") {
        self.code = code
        self.offset = offset
        self.path = path
    }

    /// The same fault seen from the object that holds it under `key`.
    func inside(key: String) -> JSONReadError {
        JSONReadError(code: code, offset: offset, path: JSONReadError.join(key, path))
    }

    /// The same fault seen from the array that holds it at `index`.
    func inside(index: Int) -> JSONReadError {
        JSONReadError(code: code, offset: offset, path: JSONReadError.join("[\(index)]", path))
    }

    private static func join(_ outer: String, _ inner: String) -> String {
        inner.isEmpty || inner.hasPrefix("[") ? outer + inner : outer + "." + inner
    }
}

extension JSONReadError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "\(code.rawValue) at byte \(offset)" }
    package var debugDescription: String { path.isEmpty ? description : description + " in " + path }
}
