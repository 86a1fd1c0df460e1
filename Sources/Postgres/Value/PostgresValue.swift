/// One parameter of a statement or one field of a COPY row: a value with its PostgreSQL type, sent in binary.
///
/// Binary form is what makes parameters safe: lengths are explicit, nothing is parsed as SQL, and a text with a NUL is
/// refused by the server (22021) instead of being cut short as the text format would.
package struct PostgresValue: Sendable {
    /// The type the server is told.
    package let type: PostgresType
    let storage: Storage

    enum Storage: Sendable {
        case null
        case bool(Bool)
        case int16(Int16)
        case int32(Int32)
        case int64(Int64)
        case double(Double)
        case text(String)
        case bytes([UInt8])
        case uuid(PostgresUUID)
        case jsonb(String)
    }

    init(_ type: PostgresType, _ storage: Storage) {
        self.type = type
        self.storage = storage
    }

    package static func bool(_ value: Bool) -> Self { Self(.bool, .bool(value)) }
    package static func int16(_ value: Int16) -> Self { Self(.int2, .int16(value)) }
    package static func int32(_ value: Int32) -> Self { Self(.int4, .int32(value)) }
    package static func int64(_ value: Int64) -> Self { Self(.int8, .int64(value)) }
    package static func double(_ value: Double) -> Self { Self(.float8, .double(value)) }
    package static func text(_ value: String) -> Self { Self(.text, .text(value)) }
    package static func bytes(_ value: [UInt8]) -> Self { Self(.bytea, .bytes(value)) }
    package static func uuid(_ value: PostgresUUID) -> Self { Self(.uuid, .uuid(value)) }
    package static func timestamp(_ value: PostgresTimestamp) -> Self { Self(.timestamptz, .int64(value.wire)) }
    /// A `jsonb` from its JSON text, which the server checks.
    package static func jsonb(_ value: String) -> Self { Self(.jsonb, .jsonb(value)) }

    /// A NULL of the given type.
    package static func null(_ type: PostgresType) -> Self { Self(type, .null) }
}

/// The same values where nil is a NULL of their type.
extension PostgresValue {
    package static func bool(_ value: Bool?) -> Self { value.map { .bool($0) } ?? .null(.bool) }
    package static func int16(_ value: Int16?) -> Self { value.map { .int16($0) } ?? .null(.int2) }
    package static func int32(_ value: Int32?) -> Self { value.map { .int32($0) } ?? .null(.int4) }
    package static func int64(_ value: Int64?) -> Self { value.map { .int64($0) } ?? .null(.int8) }
    package static func double(_ value: Double?) -> Self { value.map { .double($0) } ?? .null(.float8) }
    package static func text(_ value: String?) -> Self { value.map { .text($0) } ?? .null(.text) }
    package static func bytes(_ value: [UInt8]?) -> Self { value.map { .bytes($0) } ?? .null(.bytea) }
    package static func uuid(_ value: PostgresUUID?) -> Self { value.map { .uuid($0) } ?? .null(.uuid) }
    package static func jsonb(_ value: String?) -> Self { value.map { .jsonb($0) } ?? .null(.jsonb) }

    package static func timestamp(_ value: PostgresTimestamp?) -> Self {
        value.map { .timestamp($0) } ?? .null(.timestamptz)
    }
}

extension PostgresValue {
    /// Whether the value is NULL.
    package var isNull: Bool {
        if case .null = storage { true } else { false }
    }

    /// Appends the binary form without a length; nothing for NULL.
    func append(to bytes: inout [UInt8]) {
        switch storage {
        case .null: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .int16(let value): bytes.append(bigEndian: value)
        case .int32(let value): bytes.append(bigEndian: value)
        case .int64(let value): bytes.append(bigEndian: value)
        case .double(let value): bytes.append(bigEndian: value.bitPattern)
        case .text(let value): bytes.append(contentsOf: value.utf8)
        case .bytes(let value): bytes.append(contentsOf: value)
        case .uuid(let value):
            bytes.append(bigEndian: value.high)
            bytes.append(bigEndian: value.low)
        case .jsonb(let value):
            bytes.append(Self.jsonbVersion)
            bytes.append(contentsOf: value.utf8)
        }
    }

    /// Appends the form of an array element and of a COPY field: a length, -1 for NULL, then the binary form.
    func appendSized(to bytes: inout [UInt8]) {
        guard !isNull else {
            bytes.append(bigEndian: Int32(-1))
            return
        }
        let start = bytes.count
        bytes.append(bigEndian: Int32(0))
        append(to: &bytes)
        bytes.replaceLength(at: start, with: Int32(clamping: bytes.count - start - 4))
    }

    /// The only version of the binary form of `jsonb` there is (`jsonb_recv`).
    static let jsonbVersion: UInt8 = 1
}
