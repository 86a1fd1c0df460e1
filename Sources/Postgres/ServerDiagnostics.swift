/// Everything the server said about an error or a notice (`PQresultErrorField`).
///
/// Messages, details and hints can quote data, so none of it may reach a log by itself.
package struct ServerDiagnostics: Sendable, Equatable {
    /// `ERROR`, `FATAL`, `PANIC`, `WARNING`, `NOTICE` ..., never translated.
    package var severity: String = ""
    package var sqlState: String?
    package var message: String = ""
    package var detail: String?
    package var hint: String?
    package var context: String?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var dataType: String?
    package var constraint: String?
    /// Where in the statement the error is, counted in characters from 1.
    package var position: String?
}
