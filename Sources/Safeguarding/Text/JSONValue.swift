/// A JSON value as it was read: members in their order, numbers as the text that was sent.
///
/// Keeping the text lets a caller read a weight or a coordinate exactly, or refuse what does not fit, without a detour
/// through floating point. What Placeguard writes is ``JSON``.
package indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// Valid JSON number syntax, exactly as sent.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The kind as a person would call it, for messages about a wrong type.
    package enum Kind: String, Sendable {
        case null, boolean, number, string, array, object
    }

    package var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

/// One key of an object with its value.
package struct JSONMember: Sendable, Hashable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

extension JSONValue {
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    package var members: [JSONMember]? { if case .object(let members) = self { members } else { nil } }
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// The number where it is written as an integer (no fraction, no exponent) and fits, else nil.
    package var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }

    /// The nearest finite floating-point number, for coordinates; never used in a score.
    package var double: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The value of a key of an object; nil where there is none.
    package subscript(key: String) -> JSONValue? {
        members?.first { $0.key == key }?.value
    }

    /// The same value for writing.
    package var json: JSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let text): .decimal(text)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.json))
        case .object(let members): .object(members.map { ($0.key, $0.value.json) })
        }
    }
}
