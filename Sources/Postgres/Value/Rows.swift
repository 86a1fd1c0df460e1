/// The rows of one result, decoded only when asked for.
///
/// The collection keeps libpq's result alive and reads cells out of it in place: no allocation per row or cell. A
/// result never changes once received and may be read from several threads at once (PostgreSQL manual, 34.20), which
/// is why `Rows` is `Sendable`.
package struct Rows: RandomAccessCollection, Sendable {
    let result: QueryResult

    init(_ result: QueryResult) {
        self.result = result
        endIndex = result.rowCount
    }

    package let endIndex: Int
    package var startIndex: Int { 0 }

    /// The row at a position; trapping on one out of bounds, as every collection does.
    package subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row index out of bounds")
        return Row(result: result, index: position)
    }

    /// How many rows the statement selected, inserted, updated, deleted or copied (`PQcmdTuples`).
    package var affected: Int { result.affected }

    /// How many columns each row has.
    package var columnCount: Int { result.columnCount }
}

/// One row; reading a column checks its type, its length and NULL.
package struct Row: Sendable {
    let result: QueryResult
    let index: Int

    /// Reads a column that must not be NULL.
    ///
    /// - Throws: `PostgresError` with code `decode`, naming column and types, never the value.
    package func decode<T: PostgresDecodable>(
        _ column: Int,
        as type: T.Type = T.self
    ) throws(PostgresError) -> T {
        try read(column) { bytes, type throws(DecodingFailure) in try T.decode(bytes, type: type) }
    }

    /// Reads a column, nil where it is NULL.
    package func decodeIfPresent<T: PostgresDecodable>(
        _ column: Int,
        as type: T.Type = T.self
    ) throws(PostgresError) -> T? {
        try isNull(column) ? nil : decode(column)
    }

    /// Reads an array without NULL elements.
    package func decodeArray<T: PostgresArrayElement>(
        _ column: Int,
        of type: T.Type = T.self
    ) throws(PostgresError) -> [T] {
        try read(column) { bytes, _ throws(DecodingFailure) in try ArrayDecoding.elements(bytes, of: T.self) }
    }

    /// Reads an array whose elements may be NULL.
    package func decodeOptionalArray<T: PostgresArrayElement>(
        _ column: Int,
        of type: T.Type = T.self
    ) throws(PostgresError) -> [T?] {
        try read(column) { bytes, _ throws(DecodingFailure) in try ArrayDecoding.optionalElements(bytes, of: T.self) }
    }

    /// Whether a column is NULL.
    package func isNull(_ column: Int) throws(PostgresError) -> Bool {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decode, "there is no column \(column) of \(result.columnCount)")
        }
        return result.isNull(row: index, column: column)
    }

    /// Reads the columns one after the other.
    package func decoder() -> RowDecoder { RowDecoder(row: self) }

    private func read<T>(
        _ column: Int,
        _ body: (RawSpan, PostgresType) throws(DecodingFailure) -> T
    ) throws(PostgresError) -> T {
        do throws(DecodingFailure) {
            guard try !isNullChecked(column) else { throw .unexpectedNull }
            return try result.withField(row: index, column: column, body)
        } catch {
            throw PostgresError(.decode, "column \(column): \(error) (\(columnDescription(column)) as \(T.self))")
        }
    }

    private func columnDescription(_ column: Int) -> String {
        guard column >= 0, column < result.columnCount else { return "there are \(result.columnCount)" }
        return "type \(result.columnType(column).rawValue)"
    }

    private func isNullChecked(_ column: Int) throws(DecodingFailure) -> Bool {
        guard column >= 0, column < result.columnCount else { throw .typeMismatch }
        return result.isNull(row: index, column: column)
    }
}
