/// A result shared by the rows read from it; freed with the last of them.
final class QueryResult: Sendable {
    private let handle: ResultHandle
    /// Kept, since asking libpq for it at every row costs a call.
    let rowCount: Int
    let columnCount: Int

    init(_ handle: consuming ResultHandle) {
        rowCount = handle.rowCount
        columnCount = handle.columnCount
        self.handle = handle
    }

    var status: ResultStatus { handle.status }
    var affected: Int { handle.affected }
    var commandTag: String { handle.commandTag }

    func columnType(_ column: Int) -> PostgresType { handle.columnType(column) }

    func isNull(row: Int, column: Int) -> Bool { handle.isNull(row: row, column: column) }

    func withField<T>(
        row: Int,
        column: Int,
        _ body: (RawSpan, PostgresType) throws(DecodingFailure) -> T
    ) throws(DecodingFailure) -> T {
        try handle.withField(row: row, column: column, body)
    }
}
