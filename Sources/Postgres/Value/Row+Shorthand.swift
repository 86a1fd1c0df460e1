/// Reading by name of the type; each is `decode`, `decodeIfPresent` or `decodeArray` of that type.
extension Row {
    package func bool(_ column: Int) throws(PostgresError) -> Bool { try decode(column) }
    package func int16(_ column: Int) throws(PostgresError) -> Int16 { try decode(column) }
    package func int32(_ column: Int) throws(PostgresError) -> Int32 { try decode(column) }
    package func int64(_ column: Int) throws(PostgresError) -> Int64 { try decode(column) }
    package func double(_ column: Int) throws(PostgresError) -> Double { try decode(column) }
    package func text(_ column: Int) throws(PostgresError) -> String { try decode(column) }
    package func uuid(_ column: Int) throws(PostgresError) -> PostgresUUID { try decode(column) }
    package func timestamp(_ column: Int) throws(PostgresError) -> PostgresTimestamp { try decode(column) }
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
        try decode(column, as: PostgresBytes.self).bytes
    }

    package func optionalBool(_ column: Int) throws(PostgresError) -> Bool? { try decodeIfPresent(column) }
    package func optionalInt16(_ column: Int) throws(PostgresError) -> Int16? { try decodeIfPresent(column) }
    package func optionalInt32(_ column: Int) throws(PostgresError) -> Int32? { try decodeIfPresent(column) }
    package func optionalInt64(_ column: Int) throws(PostgresError) -> Int64? { try decodeIfPresent(column) }
    package func optionalDouble(_ column: Int) throws(PostgresError) -> Double? { try decodeIfPresent(column) }
    package func optionalText(_ column: Int) throws(PostgresError) -> String? { try decodeIfPresent(column) }
    package func optionalUUID(_ column: Int) throws(PostgresError) -> PostgresUUID? { try decodeIfPresent(column) }
    package func optionalTimestamp(_ column: Int) throws(PostgresError) -> PostgresTimestamp? {
        try decodeIfPresent(column)
    }
    package func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try decodeIfPresent(column, as: PostgresBytes.self)?.bytes
    }

    package func bools(_ column: Int) throws(PostgresError) -> [Bool] { try decodeArray(column) }
    package func int16s(_ column: Int) throws(PostgresError) -> [Int16] { try decodeArray(column) }
    package func int32s(_ column: Int) throws(PostgresError) -> [Int32] { try decodeArray(column) }
    package func int64s(_ column: Int) throws(PostgresError) -> [Int64] { try decodeArray(column) }
    package func doubles(_ column: Int) throws(PostgresError) -> [Double] { try decodeArray(column) }
    package func texts(_ column: Int) throws(PostgresError) -> [String] { try decodeArray(column) }
    package func uuids(_ column: Int) throws(PostgresError) -> [PostgresUUID] { try decodeArray(column) }
    package func timestamps(_ column: Int) throws(PostgresError) -> [PostgresTimestamp] { try decodeArray(column) }
    package func bytesArray(_ column: Int) throws(PostgresError) -> [[UInt8]] {
        try decodeArray(column, of: PostgresBytes.self).map(\.bytes)
    }

    package func optionalTexts(_ column: Int) throws(PostgresError) -> [String?] { try decodeOptionalArray(column) }
    package func optionalInt64s(_ column: Int) throws(PostgresError) -> [Int64?] { try decodeOptionalArray(column) }
}
