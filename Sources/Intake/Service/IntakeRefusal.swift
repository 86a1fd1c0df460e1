package import Safeguarding

/// A sound report that could not be taken in just now. Nothing of it is stored, unless the reason is
/// `database-unavailable`: then sending it again, which is always safe, tells.
package struct IntakeRefusal: Error, Sendable, Hashable {
    /// The closed list, each also a ``RefusalReason`` of the same name.
    package enum Reason: String, Sendable, CaseIterable {
        case overloaded
        case draining
        case databaseUnavailable = "database-unavailable"
        case storageFull = "storage-full"
        case internalError = "internal-error"
    }

    package var reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }

    /// The name under which it is answered and counted.
    package var refusal: RefusalReason {
        switch reason {
        case .overloaded: .overloaded
        case .draining: .draining
        case .databaseUnavailable: .databaseUnavailable
        case .storageFull: .storageFull
        case .internalError: .internalError
        }
    }

    /// Seconds after which trying again makes sense; nil where waiting does not help.
    package var retryAfter: Int? {
        switch reason {
        // The queue is worth less than a second of commits.
        case .overloaded: 1
        // About what a restart takes.
        case .draining, .databaseUnavailable: 5
        // Somebody has to make room first.
        case .storageFull: 60
        case .internalError: nil
        }
    }

    /// What the sender is told.
    package var fault: Fault {
        let message =
            switch reason {
            case .overloaded: "too many reports wait to be stored; send this one again"
            case .draining: "the service is stopping; send the report again"
            case .databaseUnavailable: "the database does not answer; send the report again"
            case .storageFull: "there is no room to store reports"
            case .internalError: "the report could not be stored"
            }
        return Fault(field: "", reason: refusal, message: message)
    }

    /// What an error of the store means to the sender.
    init(storeError error: any Error) {
        switch error {
        case let failure as StoreFailure:
            switch failure {
            case .unavailable, .outcomeUnknown: self.init(.databaseUnavailable)
            case .storageFull: self.init(.storageFull)
            }
        case is CancellationError: self.init(.draining)
        default: self.init(.internalError)
        }
    }
}
