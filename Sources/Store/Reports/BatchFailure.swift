import Postgres
import Safeguarding

/// What to do about an error in the middle of a batch.
enum BatchFailure {
    /// The same batch may succeed when it is read and written again, up to so many times in all.
    case again(attempts: Int)
    /// A row cannot be stored.
    case poisoned(PoisonedBatch)
    case final

    init(_ error: PostgresError) {
        if error.isRetryable {
            self = .again(attempts: StoreLimits.attempts)
        } else if error.isUniqueViolation, error.constraint == "report_reference_pkey" {
            // Another batch stored the reference after we had looked; next time we see it.
            self = .again(attempts: StoreLimits.attempts)
        } else if error.sqlState == SQLState.foreignKeyViolation {
            // A place was taken away after we had looked. A foreign key that is never there poisons the row.
            self = .poisoned(PoisonedBatch(error))
        } else if error.isConnectionLoss {
            self = .again(attempts: StoreLimits.connectionAttempts)
        } else if let state = error.sqlState, state.hasPrefix("22") || state.hasPrefix("23") {
            self = .poisoned(PoisonedBatch(error))
        } else {
            self = .final
        }
    }
}

/// A batch that holds a row the server refuses: by its value (class 22) or by a constraint (class 23).
struct PoisonedBatch: Error {
    /// What the row's sender is told.
    let fault: Fault

    init(_ error: PostgresError) {
        let reason: RefusalReason
        switch error.sqlState {
        // Text that is no UTF-8 or holds U+0000, which only the narrative may.
        case "22021", "22P05": reason = .badUnicode
        case "22003", "22008": reason = .outOfRange
        default: reason = .internalError
        }
        fault = Fault(field: "", reason: reason, message: "cannot be stored")
    }
}
