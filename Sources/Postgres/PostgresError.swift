/// Any failure of the client: what kind it is, and what the server said about it.
///
/// `description` holds no values, names or texts from data and may be logged. `debugDescription` has everything.
package struct PostgresError: Error {
    /// What kind of failure it is; the list is closed.
    package enum Code: String, Sendable {
        /// The connection could not be made, or was lost.
        case connection
        /// The server refused a statement; `sqlState` says why.
        case server
        /// A deadline passed; the statement was cancelled or its connection closed.
        case timeout
        /// The calling task was cancelled.
        case cancelled
        /// libpq or the server did something the protocol does not allow here.
        case `protocol`
        /// A column did not hold what was asked for.
        case decode
        /// No connection came free before the lease deadline.
        case poolExhausted
        /// The pool, the listener or the reactor has been stopped.
        case shutdown
        /// The connection was lost during COMMIT: the transaction may or may not have taken place.
        case commitUnknown
        /// The caller broke a rule of this interface, for instance by using a connection after its lease.
        case usage
    }

    private let storage: Storage

    /// Kept on the heap, so that a typed throw moves one pointer.
    private final class Storage: Sendable {
        let code: Code
        let reason: String
        let secret: String?
        let diagnostics: ServerDiagnostics?
        let statementIndex: Int?

        init(
            code: Code,
            reason: String,
            secret: String?,
            diagnostics: ServerDiagnostics?,
            statementIndex: Int?
        ) {
            self.code = code
            self.reason = reason
            self.secret = secret
            self.diagnostics = diagnostics
            self.statementIndex = statementIndex
        }
    }

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - reason: Safe to log: fixed text, numbers and type names only.
    ///   - secret: Detail for the debug description, for example a message of libpq that names hosts.
    init(
        _ code: Code,
        _ reason: String,
        secret: String? = nil,
        diagnostics: ServerDiagnostics? = nil,
        statementIndex: Int? = nil
    ) {
        storage = Storage(
            code: code,
            reason: reason,
            secret: secret,
            diagnostics: diagnostics,
            statementIndex: statementIndex
        )
    }

    /// The error of a statement the server refused.
    static func server(_ diagnostics: ServerDiagnostics) -> PostgresError {
        PostgresError(.server, "the server refused the statement", diagnostics: diagnostics)
    }
}

extension PostgresError {
    package var code: Code { storage.code }
    /// All the server said, if it was the server.
    package var diagnostics: ServerDiagnostics? { storage.diagnostics }
    package var sqlState: String? { storage.diagnostics?.sqlState }
    /// The constraint that was violated, a name of the schema.
    package var constraint: String? { storage.diagnostics?.constraint }
    /// Which statement of a pipeline failed, counted from 0.
    package var statementIndex: Int? { storage.statementIndex }

    /// Whether the same transaction may succeed when run again: serialization failure or deadlock.
    package var isRetryable: Bool {
        sqlState == SQLState.serializationFailure || sqlState == SQLState.deadlockDetected
    }

    /// Whether the connection is gone or of no more use: class 08, server going down, a standby, end of file.
    package var isConnectionLoss: Bool {
        if let sqlState, SQLState.meansConnectionLoss(sqlState) { return true }
        return code == .connection || code == .commitUnknown
    }

    package var isUniqueViolation: Bool { sqlState == SQLState.uniqueViolation }

    /// The same error with the number of the pipeline statement that caused it.
    func at(statement index: Int) -> PostgresError {
        PostgresError(
            code,
            storage.reason,
            secret: storage.secret,
            diagnostics: storage.diagnostics,
            statementIndex: index
        )
    }

    /// The same failure under another code, keeping what the server said.
    func recoded(_ code: Code, _ reason: String) -> PostgresError {
        PostgresError(
            code,
            reason,
            secret: storage.secret,
            diagnostics: storage.diagnostics,
            statementIndex: storage.statementIndex
        )
    }
}

extension PostgresError: Equatable {
    /// Compares all but the secret detail.
    package static func == (left: PostgresError, right: PostgresError) -> Bool {
        left.code == right.code && left.storage.reason == right.storage.reason
            && left.diagnostics == right.diagnostics && left.statementIndex == right.statementIndex
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var text = "postgres \(code.rawValue): \(storage.reason)"
        if let sqlState { text += " (SQLSTATE \(sqlState)" + (constraint.map { ", constraint \($0)" } ?? "") + ")" }
        if let statementIndex { text += " at statement \(statementIndex)" }
        return text
    }

    package var debugDescription: String {
        var text = description
        if let secret = storage.secret { text += "; \(secret)" }
        guard let diagnostics else { return text }
        text += "; \(diagnostics.severity): \(diagnostics.message)"
        let fields: [(String, String?)] = [
            ("detail", diagnostics.detail), ("hint", diagnostics.hint), ("context", diagnostics.context),
            ("schema", diagnostics.schema), ("table", diagnostics.table), ("column", diagnostics.column),
            ("type", diagnostics.dataType), ("position", diagnostics.position),
        ]
        for case (let name, .some(let value)) in fields { text += "; \(name): \(value)" }
        return text
    }
}
