/// Where briefings and lists are read from; every method applies the reader's view, areas and links in SQL.
package protocol BriefingSource: Sendable {
    /// One snapshot (repeatable read, read only) of the ranked places and the counts around them.
    func operational(_ query: BriefingQuery, reader: Reader) async throws -> OperationalPicture

    /// Ranked places after a keyset mark (`after` is opaque); answers the mark of the next page, nil at the end.
    func hotspots(
        _ query: BriefingQuery,
        after: String?,
        reader: Reader
    ) async throws -> (places: [PlaceSummary], next: String?)

    /// One place; nil where it does not exist or may not be seen.
    func place(_ id: LocationID, reader: Reader) async throws -> PlaceSummary?

    /// Seconds since the newest assessment and other facts of readiness.
    func readiness() async throws -> Readiness
}

/// What `/readyz` reports.
package struct Readiness: Sendable, Hashable {
    package var schemaVersion: Int
    package var dueNow: Int
    package var oldestDueSeconds: Int64
    package var unsealedAudit: Int
    package var singleRole: Bool
    package var synchronousCommit: Bool
    /// Oldest open transaction in seconds.
    package var oldestTransactionSeconds: Int64
    /// A standby streams that a commit does not wait for: promoted, it may lack the last of what was acknowledged.
    package var hasAsynchronousStandby: Bool
    /// Part of the server's notification queue that is in use, 0 to 1; full, it makes every commit that notifies fail.
    package var notificationQueueUse: Double
    /// Dead rows of the table that has most, where they are more than its live ones.
    package var deadRows: Int64

    package init(
        schemaVersion: Int,
        dueNow: Int,
        oldestDueSeconds: Int64,
        unsealedAudit: Int,
        singleRole: Bool,
        synchronousCommit: Bool,
        oldestTransactionSeconds: Int64,
        hasAsynchronousStandby: Bool,
        notificationQueueUse: Double,
        deadRows: Int64
    ) {
        self.schemaVersion = schemaVersion
        self.dueNow = dueNow
        self.oldestDueSeconds = oldestDueSeconds
        self.unsealedAudit = unsealedAudit
        self.singleRole = singleRole
        self.synchronousCommit = synchronousCommit
        self.oldestTransactionSeconds = oldestTransactionSeconds
        self.hasAsynchronousStandby = hasAsynchronousStandby
        self.notificationQueueUse = notificationQueueUse
        self.deadRows = deadRows
    }
}

/// The mark to page on from is none that was given out.
package struct UnknownPageMark: Error {
    package init() {}
}
