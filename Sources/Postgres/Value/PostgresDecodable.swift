/// A Swift type that can be read from a column in binary form.
package protocol PostgresDecodable {
    /// Reads one value that is not NULL.
    ///
    /// - Parameters:
    ///   - bytes: The binary form, valid only during the call.
    ///   - type: The column's type; a conformance refuses types it does not know how to read.
    static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Self
}

/// Why a column could not be read; the row adds where.
package enum DecodingFailure: Error, Equatable {
    /// The column is of a type the Swift type is not read from.
    case typeMismatch
    /// The column is NULL and a value was asked for.
    case unexpectedNull
    /// The bytes are not a value of the column's type.
    case malformed
    /// The value is outside what the Swift type can hold.
    case outOfRange
}

extension RawSpan {
    /// Reads a big-endian integer.
    func integer<T: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int = 0,
        as type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        guard offset >= 0, offset <= byteCount - MemoryLayout<T>.size else { throw .malformed }
        return T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// Reads a big-endian integer that is the whole value.
    func wholeInteger<T: FixedWidthInteger & BitwiseCopyable>(
        as type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        guard byteCount == MemoryLayout<T>.size else { throw .malformed }
        return try integer(at: 0)
    }

    /// Reads UTF-8 text, refusing bytes that are not; the session's encoding is always UTF-8.
    func text(from offset: Int = 0) throws(DecodingFailure) -> String {
        let text = unsafe extracting(offset..<byteCount).withUnsafeBytes { buffer in
            // Through a span: half of what `String(validating:as:)` costs.
            let bytes = unsafe buffer.assumingMemoryBound(to: UInt8.self).span
            do { return String(copying: try UTF8Span(validating: bytes)) as String? } catch { return nil }
        }
        guard let text else { throw .malformed }
        return text
    }

    /// Copies the bytes.
    func copy() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
