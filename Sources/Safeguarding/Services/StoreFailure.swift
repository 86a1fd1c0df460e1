/// Why a store could not do what was asked although the request was sound.
///
/// Every protocol of this folder throws these for the database's own troubles, so that services can tell a caller what
/// would help without knowing the database. Anything else that a store throws is a fault of the program.
package enum StoreFailure: String, Error, Sendable, CaseIterable {
    /// Nobody answers, the connection broke before the work began, or every connection is taken: trying again helps.
    case unavailable
    /// The connection broke while the transaction was being committed: it may or may not have been. Safe to repeat,
    /// since every write has a client-made key (feed-protocol.md).
    case outcomeUnknown = "outcome-unknown"
    /// No space left (SQLSTATE class 53): nothing is stored until somebody makes room.
    case storageFull = "storage-full"
}
