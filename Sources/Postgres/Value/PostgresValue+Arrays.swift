/// One-dimensional arrays, the way to hand many rows to one statement: `unnest($1::int8[], $2::text[])`.
///
/// A statement takes at most 65 535 parameters, an array any number of elements up to 1 GiB in all.
extension PostgresValue {
    package static func bools(_ values: [Bool]) -> Self { array(.boolArray, of: .bool, values) { .bool($0) } }
    package static func int16s(_ values: [Int16]) -> Self { array(.int2Array, of: .int2, values) { .int16($0) } }
    package static func int32s(_ values: [Int32]) -> Self { array(.int4Array, of: .int4, values) { .int32($0) } }
    package static func int64s(_ values: [Int64]) -> Self { array(.int8Array, of: .int8, values) { .int64($0) } }
    package static func doubles(_ values: [Double]) -> Self { array(.float8Array, of: .float8, values) { .double($0) } }
    package static func texts(_ values: [String]) -> Self { array(.textArray, of: .text, values) { .text($0) } }
    package static func bytesArray(_ values: [[UInt8]]) -> Self {
        array(.byteaArray, of: .bytea, values) { .bytes($0) }
    }
    package static func uuids(_ values: [PostgresUUID]) -> Self { array(.uuidArray, of: .uuid, values) { .uuid($0) } }
    package static func timestamps(_ values: [PostgresTimestamp]) -> Self {
        array(.timestamptzArray, of: .timestamptz, values) { .timestamp($0) }
    }
    package static func jsonbs(_ values: [String]) -> Self { array(.jsonbArray, of: .jsonb, values) { .jsonb($0) } }
}

/// Arrays whose elements may be NULL.
extension PostgresValue {
    package static func bools(_ values: [Bool?]) -> Self { array(.boolArray, of: .bool, values) { .bool($0) } }
    package static func int16s(_ values: [Int16?]) -> Self { array(.int2Array, of: .int2, values) { .int16($0) } }
    package static func int32s(_ values: [Int32?]) -> Self { array(.int4Array, of: .int4, values) { .int32($0) } }
    package static func int64s(_ values: [Int64?]) -> Self { array(.int8Array, of: .int8, values) { .int64($0) } }
    package static func doubles(_ values: [Double?]) -> Self {
        array(.float8Array, of: .float8, values) { .double($0) }
    }
    package static func texts(_ values: [String?]) -> Self { array(.textArray, of: .text, values) { .text($0) } }
    package static func bytesArray(_ values: [[UInt8]?]) -> Self {
        array(.byteaArray, of: .bytea, values) { .bytes($0) }
    }
    package static func uuids(_ values: [PostgresUUID?]) -> Self { array(.uuidArray, of: .uuid, values) { .uuid($0) } }
    package static func timestamps(_ values: [PostgresTimestamp?]) -> Self {
        array(.timestamptzArray, of: .timestamptz, values) { .timestamp($0) }
    }
    package static func jsonbs(_ values: [String?]) -> Self { array(.jsonbArray, of: .jsonb, values) { .jsonb($0) } }
}

extension PostgresValue {
    /// The layout of `array_send`: dimensions, has-null flag, element type, then length and lower bound per dimension.
    private static func array<Element>(
        _ type: PostgresType,
        of element: PostgresType,
        _ values: [Element],
        _ value: (Element) -> PostgresValue
    ) -> PostgresValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + values.count * 12)
        bytes.append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        let nullFlag = bytes.count
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: element.rawValue)
        if !values.isEmpty {
            bytes.append(bigEndian: Int32(clamping: values.count))
            bytes.append(bigEndian: Int32(1))
        }
        var hasNull = false
        for element in values {
            let encoded = value(element)
            hasNull = hasNull || encoded.isNull
            encoded.appendSized(to: &bytes)
        }
        if hasNull { bytes.replaceLength(at: nullFlag, with: 1) }
        return PostgresValue(type, .bytes(bytes))
    }
}
