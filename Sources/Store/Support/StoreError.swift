package import Postgres
package import Safeguarding

/// Why the store could not do what was asked.
///
/// Refusals of single reports are not errors: they come back as outcomes. `description` may be logged; everything the
/// server said is in `debugDescription` only.
package struct StoreError: Error {
    /// What kind of failure it is; the list is closed.
    package enum Code: String, Sendable, CaseIterable {
        /// The database cannot be reached, is starting, stopping or read-only: the same request may be repeated later.
        case unavailable
        /// The connection was lost during COMMIT: the transaction may or may not have taken place.
        case outcomeUnknown = "outcome-unknown"
        /// No connection came free, or the server took too long: the same request may be repeated later.
        case overloaded
        /// The server has no room left (class 53): nothing was stored.
        case storageFull = "storage-full"
        /// Other transactions got in the way more often than we try again.
        case conflict
        /// The calling task was cancelled.
        case cancelled
        /// The database role lacks a grant: the installation is at fault.
        case permission
        /// Something that cannot be stored: a value the schema refuses.
        case invalid
        /// A row held what the vocabulary does not know, or the server and we disagree: a fault of the program.
        case `internal`
    }

    package let code: Code
    /// What was being done, in fixed words.
    package let activity: String
    /// What the client said, if it was that.
    package let cause: PostgresError?

    package init(_ code: Code, _ activity: String, cause: PostgresError? = nil) {
        self.code = code
        self.activity = activity
        self.cause = cause
    }

    /// The failure of a statement, sorted by what a caller can do about it.
    package init(_ cause: PostgresError, while activity: String) {
        self.init(StoreError.code(of: cause), activity, cause: cause)
    }

    /// Any failure, sorted likewise; a store error stays what it is.
    package init(_ error: any Error, while activity: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as PostgresError: self.init(error, while: activity)
        case is CancellationError: self.init(.cancelled, activity)
        default: self.init(.internal, activity)
        }
    }

    /// What the services are told of the database's own troubles; nil where repeating the request would not help.
    package var failure: StoreFailure? {
        switch code {
        case .unavailable, .overloaded, .conflict: .unavailable
        case .outcomeUnknown: .outcomeUnknown
        case .storageFull: .storageFull
        case .cancelled, .permission, .invalid, .internal: nil
        }
    }

    /// The form in which the failure of a statement leaves the store: a `StoreFailure` where repeating may help, the
    /// cancellation itself where the task was cancelled, else a `StoreError`.
    static func leaving(_ error: any Error, while activity: String) -> any Error {
        switch error {
        case is PostgresError, is CancellationError:
            let error = StoreError(error, while: activity)
            if error.code == .cancelled { return CancellationError() }
            return error.failure ?? error
        default: return error
        }
    }

    private static func code(of error: PostgresError) -> Code {
        if error.code != .commitUnknown, let state = error.sqlState, let code = code(ofState: state) { return code }
        switch error.code {
        case .commitUnknown: return .outcomeUnknown
        case .connection, .shutdown: return .unavailable
        case .timeout, .poolExhausted: return .overloaded
        case .cancelled: return .cancelled
        case .server, .protocol, .decode, .usage: return error.isConnectionLoss ? .unavailable : .internal
        }
    }

    /// By SQLSTATE (PostgreSQL manual, appendix A).
    private static func code(ofState state: String) -> Code? {
        switch state {
        // A disk or memory limit, and the configured ones.
        case "53100", "53200": return .storageFull
        case "53300", "53400", "55P03", "57014": return .overloaded
        case "40001", "40P01": return .conflict
        case "42501", "28000", "28P01": return .permission
        default:
            if state.hasPrefix("22") || state.hasPrefix("23") { return .invalid }
            // 58030 is an I/O error of the server: as likely a full or failing disk as anything.
            if state.hasPrefix("58") { return .storageFull }
            return nil
        }
    }
}

extension StoreError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        "store \(code.rawValue) while \(activity)" + (cause.map { ": \($0)" } ?? "")
    }

    package var debugDescription: String {
        "store \(code.rawValue) while \(activity)" + (cause.map { ": \($0.debugDescription)" } ?? "")
    }
}
