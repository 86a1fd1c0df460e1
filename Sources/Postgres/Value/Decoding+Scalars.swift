extension Bool: PostgresDecodable {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Bool {
        guard type == .bool else { throw .typeMismatch }
        return try bytes.wholeInteger(as: UInt8.self) != 0
    }
}

extension Int16: PostgresDecodable {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Int16 {
        guard type == .int2 else { throw .typeMismatch }
        return try bytes.wholeInteger()
    }
}

extension Int32: PostgresDecodable {
    /// Reads `integer` and, widened, `smallint`.
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Int32 {
        switch type {
        case .int4: return try bytes.wholeInteger()
        case .int2: return Int32(try bytes.wholeInteger(as: Int16.self))
        default: throw .typeMismatch
        }
    }
}

extension Int64: PostgresDecodable {
    /// Reads `bigint` and, widened, `integer`, `smallint` and `oid`.
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Int64 {
        switch type {
        case .int8: return try bytes.wholeInteger()
        case .int4: return Int64(try bytes.wholeInteger(as: Int32.self))
        case .int2: return Int64(try bytes.wholeInteger(as: Int16.self))
        case .oid: return Int64(try bytes.wholeInteger(as: UInt32.self))
        default: throw .typeMismatch
        }
    }
}

extension Int: PostgresDecodable {
    /// Reads what `Int64` reads; the two are one size on every platform the service runs on.
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Int {
        guard let value = Int(exactly: try Int64.decode(bytes, type: type)) else { throw .outOfRange }
        return value
    }
}

extension Double: PostgresDecodable {
    /// Reads `double precision` and, widened, `real`.
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> Double {
        switch type {
        case .float8: return Double(bitPattern: try bytes.wholeInteger())
        case .float4: return Double(Float(bitPattern: try bytes.wholeInteger()))
        default: throw .typeMismatch
        }
    }
}

extension String: PostgresDecodable {
    /// Reads the text types, JSON, and user-defined types whose binary form is text (enumerations, `citext`).
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> String {
        switch type {
        case .text, .varchar, .bpchar, .name, .json, .unknown, .char:
            return try bytes.text()
        case .jsonb:
            guard try bytes.integer(as: UInt8.self) == PostgresValue.jsonbVersion else { throw .malformed }
            return try bytes.text(from: 1)
        default:
            guard type.isUserDefined else { throw .typeMismatch }
            return try bytes.text()
        }
    }
}

extension PostgresUUID: PostgresDecodable {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> PostgresUUID {
        guard type == .uuid else { throw .typeMismatch }
        guard bytes.byteCount == 16 else { throw .malformed }
        return PostgresUUID(high: try bytes.integer(at: 0), low: try bytes.integer(at: 8))
    }
}

extension PostgresTimestamp: PostgresDecodable {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingFailure) -> PostgresTimestamp {
        guard type == .timestamptz else { throw .typeMismatch }
        guard let moment = PostgresTimestamp(wire: try bytes.wholeInteger()) else { throw .outOfRange }
        return moment
    }
}
