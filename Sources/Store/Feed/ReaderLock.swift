import Postgres

/// Held to the end of the transaction by whoever counts or looks something up of a reader's in order to add to it: two at a
/// time would both find room.
enum ReaderLock: String {
    case names, mutes, acts

    /// - Parameter key: The subject, and of an act its key behind it.
    func of(_ key: String) -> Statement {
        Statement(
            "SELECT pg_advisory_xact_lock(hashtextextended('placeguard.' || $1 || '.' || $2, 0))",
            [.text(rawValue), .text(key)]
        )
    }
}
