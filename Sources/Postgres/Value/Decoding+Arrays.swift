/// The element types of arrays, which is all but the byte: `[UInt8]` is `bytea`.
package protocol PostgresArrayElement: PostgresDecodable {}

extension Bool: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Double: PostgresArrayElement {}
extension String: PostgresArrayElement {}
extension PostgresUUID: PostgresArrayElement {}
extension PostgresTimestamp: PostgresArrayElement {}
extension PostgresBytes: PostgresArrayElement {}

/// A `bytea`, or the binary form of a user-defined type such as `geometry` (EWKB).
package struct PostgresBytes: PostgresDecodable, Hashable, Sendable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> PostgresBytes {
        guard type == .bytea || type.isUserDefined else { throw .typeMismatch }
        return PostgresBytes(bytes.copy())
    }
}

/// Reads the binary form of a one-dimensional array, element by element (`array_recv`).
enum ArrayDecoding {
    /// Bytes before the first element: dimensions, null flag, element type, length, lower bound.
    private static let headerLength = 20

    /// Decodes every element, nil where it is NULL.
    static func optionalElements<Element: PostgresArrayElement>(
        _ bytes: RawSpan,
        of type: Element.Type
    ) throws(DecodingFailure) -> [Element?] {
        try elements(bytes) { element, type throws(DecodingFailure) in
            if let element { try Element.decode(element, type: type) } else { nil }
        }
    }

    /// Decodes every element, of which none may be NULL.
    static func elements<Element: PostgresArrayElement>(
        _ bytes: RawSpan,
        of type: Element.Type
    ) throws(DecodingFailure) -> [Element] {
        try elements(bytes) { element, type throws(DecodingFailure) in
            guard let element else { throw .unexpectedNull }
            return try Element.decode(element, type: type)
        }
    }

    /// The length a value claims is checked against its bytes before anything is allocated for it.
    private static func elements<Element>(
        _ bytes: RawSpan,
        _ decode: (RawSpan?, PostgresType) throws(DecodingFailure) -> Element
    ) throws(DecodingFailure) -> [Element] {
        let dimensions: Int32 = try bytes.integer(at: 0)
        let elementType = PostgresType(rawValue: try bytes.integer(at: 8))
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw .typeMismatch }
        let count = Int(try bytes.integer(at: 12, as: Int32.self))
        guard count >= 0, count <= (bytes.byteCount - headerLength) / 4 else { throw .malformed }

        var elements: [Element] = []
        elements.reserveCapacity(count)
        var offset = headerLength
        for _ in 0..<count {
            let length = Int(try bytes.integer(at: offset, as: Int32.self))
            offset += 4
            if length == -1 {
                elements.append(try decode(nil, elementType))
                continue
            }
            guard length >= 0, length <= bytes.byteCount - offset else { throw .malformed }
            elements.append(try decode(bytes.extracting(offset..<offset + length), elementType))
            offset += length
        }
        guard offset == bytes.byteCount else { throw .malformed }
        return elements
    }
}
