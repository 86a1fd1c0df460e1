import Postgres
package import Safeguarding

/// Sees to it that no position of the log is ever given twice for different events within one epoch.
///
/// After promoting an asynchronous standby, or in a restored copy, the last numbers may be given again. So the lineage of
/// the database (server, timeline, database) is kept beside the counter: where it has changed, the view gets a new random
/// epoch and its counter jumps, and a client that resumes by number is told instead of skipping events in silence
/// (feed-protocol.md section 2). What no lineage shows, such as a file-system snapshot put back, `renew` is for.
package struct EpochGuard: Sendable {
    /// How far the counter jumps: more events than can have been lost with a tail of the log that nobody replicated.
    package static let margin: Int64 = 100_000

    /// What was found of a view.
    package struct Finding: Sendable, Hashable {
        package var view: View
        package var position: LogPosition
        /// A new epoch was begun.
        package var isNewEpoch: Bool
    }

    private let source: any ConnectionSource

    /// - Parameter source: Connections of the assessor's or the administrator's role.
    package init(_ source: any ConnectionSource) {
        self.source = source
    }

    /// To be run at start, before anything is published or read; safe with any number of daemons. A counter that is behind its
    /// log, as after a table was put back by hand, begins a new epoch beyond it too.
    ///
    /// A server promoted while daemons run is noticed where numbers are given (``FeedNumbering``) or the log is looked at.
    package func check() async throws -> [Finding] { try await begin(always: false) }

    /// Begins new epochs whatever the lineage says: the operator's tool after a restore.
    package func renew(by actor: String) async throws -> [Finding] {
        try await begin(always: true, audit: AuditDraft(actor: actor, action: "feed.epoch"))
    }

    private static let sharesNothing: StaticString = "UPDATE placeguard.feed_counter SET before = NULL WHERE view = $1"

    private func begin(always: Bool, audit: AuditDraft? = nil) async throws -> [Finding] {
        try await source.transaction(while: "checking the log's epoch") { connection in
            var findings: [Finding] = []
            // One view after the other, in the order in which publishers lock them.
            for view in View.allCases {
                let rows = try await connection.query(
                    """
                    WITH current AS MATERIALIZED (
                        SELECT placeguard.log_lineage() AS lineage
                    ), locked AS (
                        SELECT c.view, $2 OR c.lineage <> current.lineage OR c.seq < log.last AS is_other,
                            greatest(c.seq, log.last) AS last
                        FROM placeguard.feed_counter c, current,
                            (SELECT placeguard.last_logged($1) AS last) log
                        WHERE c.view = $1 FOR UPDATE OF c
                    )
                    UPDATE placeguard.feed_counter c
                    SET lineage = current.lineage,
                        base = CASE WHEN locked.is_other THEN locked.last ELSE c.base END,
                        epoch = CASE WHEN locked.is_other THEN placeguard.new_epoch() ELSE c.epoch END,
                        seq = CASE WHEN locked.is_other THEN locked.last + $3 ELSE c.seq END
                    FROM current, locked
                    WHERE c.view = locked.view
                    RETURNING c.epoch, c.seq, c.floor, c.base, coalesce(locked.is_other, false)
                    """,
                    [.name(view), .bool(always), .int64(Self.margin)]
                )
                guard let row = rows.first else { throw StoreError(.internal, "checking the log's epoch") }
                // Nobody knows how far the numbers of the epoch before were given when the snapshot was put back.
                if always { _ = try await connection.query(Self.sharesNothing, [.name(view)]) }
                findings.append(
                    Finding(view: view, position: try LogPosition(row), isNewEpoch: try row.bool(4))
                )
            }
            if let audit { _ = try await connection.query(AuditStatement.one(audit)) }
            return findings
        }
    }
}
