/// Reads the columns of a row from left to right, so that adding a column in the middle moves no numbers.
package struct RowDecoder {
    private let row: Row
    private var column = 0

    init(row: Row) {
        self.row = row
    }

    /// Reads the next column, which must not be NULL.
    package mutating func next<T: PostgresDecodable>(_ type: T.Type = T.self) throws(PostgresError) -> T {
        try row.decode(advance())
    }

    /// Reads the next column, nil where it is NULL.
    package mutating func nextIfPresent<T: PostgresDecodable>(_ type: T.Type = T.self) throws(PostgresError) -> T? {
        try row.decodeIfPresent(advance())
    }

    /// Reads the next column as an array without NULL elements.
    package mutating func nextArray<T: PostgresArrayElement>(_ type: T.Type = T.self) throws(PostgresError) -> [T] {
        try row.decodeArray(advance())
    }

    /// Reads the next column as bytes.
    package mutating func nextBytes() throws(PostgresError) -> [UInt8] { try row.bytes(advance()) }

    /// Passes over the next column.
    package mutating func skip() { column += 1 }

    private mutating func advance() -> Int {
        defer { column += 1 }
        return column
    }
}
