/// Bounds of the store; each number with its reason.
package enum StoreLimits {
    /// How often a transaction that others got in the way of is tried: the loser of a deadlock finds the winner gone, so
    /// a handful is plenty, and more would hide a fault.
    package static let attempts = 8
    /// How often a batch is sent again after its connection was lost: once onto a new one, and once more should the
    /// server be just coming back. Beyond that the caller tells its clients to wait.
    package static let connectionAttempts = 3
    /// Rows of reference data sent in one statement: a few megabytes, and a lock of well under a second.
    package static let registerRows = 5_000
    /// Audit entries sealed in one transaction: a hundredth of a second's work each second keeps up with 10 000 requests
    /// a second.
    package static let sealedEntries: Int32 = 20_000
}
