import CLibPQ

/// Owns one `PGresult` and frees it; one C call per method, no policy.
///
/// `@unchecked Sendable`: a result is never modified after libpq hands it over, and such a result may be passed between
/// threads and read from several (PostgreSQL manual, 34.20). The one writing call, `PQclear`, is in `deinit`, which
/// runs once, when nobody can read any more.
@safe
struct ResultHandle: ~Copyable, @unchecked Sendable {
    private let pointer: OpaquePointer
    /// A result copies its connection's notice receiver and calls it after the connection is gone, so it must keep the
    /// receiver's context alive by itself.
    private let notices: NoticeSink

    init(owning pointer: OpaquePointer, notices: NoticeSink) {
        unsafe self.pointer = pointer
        self.notices = notices
        HandleCensus.add()
    }

    deinit {
        unsafe PQclear(pointer)
        HandleCensus.remove()
    }

    var rowCount: Int { Int(unsafe PQntuples(pointer)) }
    var columnCount: Int { Int(unsafe PQnfields(pointer)) }

    func columnType(_ column: Int) -> PostgresType {
        PostgresType(rawValue: unsafe PQftype(pointer, Int32(column)))
    }

    func isNull(row: Int, column: Int) -> Bool {
        unsafe PQgetisnull(pointer, Int32(row), Int32(column)) != 0
    }

    /// Lends the bytes of a cell; an empty value has a span of length 0.
    func withField<T>(
        row: Int,
        column: Int,
        _ body: (RawSpan, PostgresType) throws(DecodingFailure) -> T
    ) throws(DecodingFailure) -> T {
        let length = Int(unsafe PQgetlength(pointer, Int32(row), Int32(column)))
        let start = unsafe UnsafeRawPointer(PQgetvalue(pointer, Int32(row), Int32(column)))
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length)
        return try body(unsafe buffer.bytes, columnType(column))
    }

    /// The number of rows a command affected, 0 for one that does not say (`PQcmdTuples`).
    var affected: Int {
        guard let text = unsafe PQcmdTuples(pointer) else { return 0 }
        return Int(unsafe String(cString: text)) ?? 0
    }

    /// The command tag, for instance `INSERT 0 1` or, of a COMMIT that could not be, `ROLLBACK`.
    var commandTag: String {
        unsafe PQcmdStatus(pointer).map { unsafe String(cString: $0) } ?? ""
    }

    /// What the result is, with the server's diagnostics where it is an error.
    var status: ResultStatus {
        switch unsafe PQresultStatus(pointer) {
        case PGRES_COMMAND_OK: .command
        case PGRES_TUPLES_OK: .rows
        case PGRES_SINGLE_TUPLE: .singleRow
        case PGRES_EMPTY_QUERY: .emptyQuery
        case PGRES_COPY_IN: .copyIn
        case PGRES_COPY_OUT, PGRES_COPY_BOTH: .copyOut
        case PGRES_PIPELINE_SYNC: .pipelineSync
        case PGRES_PIPELINE_ABORTED: .pipelineAborted
        case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR: .failure(unsafe Self.diagnostics(of: pointer))
        default: .malformed
        }
    }

    /// Copies every diagnostic field of an error or a notice.
    static func diagnostics(of result: OpaquePointer) -> ServerDiagnostics {
        func field(_ code: UInt8) -> String? {
            unsafe PQresultErrorField(result, Int32(code)).map { unsafe String(cString: $0) }
        }
        return ServerDiagnostics(
            severity: field(DiagnosticField.severity) ?? "ERROR",
            sqlState: field(DiagnosticField.sqlState),
            // An error libpq made itself, for example on a lost connection, has a message and no fields.
            message: field(DiagnosticField.message)
                ?? (unsafe PQresultErrorMessage(result).map { unsafe String(cString: $0) } ?? ""),
            detail: field(DiagnosticField.detail),
            hint: field(DiagnosticField.hint),
            context: field(DiagnosticField.context),
            schema: field(DiagnosticField.schema),
            table: field(DiagnosticField.table),
            column: field(DiagnosticField.column),
            dataType: field(DiagnosticField.dataType),
            constraint: field(DiagnosticField.constraint),
            position: field(DiagnosticField.position)
        )
    }
}

/// The field codes of `postgres_ext.h`, which are character macros and so do not reach Swift.
private enum DiagnosticField {
    static let severity = UInt8(ascii: "V")
    static let sqlState = UInt8(ascii: "C")
    static let message = UInt8(ascii: "M")
    static let detail = UInt8(ascii: "D")
    static let hint = UInt8(ascii: "H")
    static let context = UInt8(ascii: "W")
    static let schema = UInt8(ascii: "s")
    static let table = UInt8(ascii: "t")
    static let column = UInt8(ascii: "c")
    static let dataType = UInt8(ascii: "d")
    static let constraint = UInt8(ascii: "n")
    static let position = UInt8(ascii: "P")
}
