import Postgres
package import Safeguarding

/// Why a standing subscription was not retired.
package enum StandingRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case notThere = "not-there"

    package var description: String { "There is no standing subscription of that name and reader." }
}

/// The subscriptions that are always to be connected, for whoever runs the service.
package struct StandingSubscriptions: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of a role that may read cursors; to retire one, the administrator's.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// Those that have shown no sign of work for longer than they may, by subject and name.
    package func silent() async throws -> [SilentSubscription] {
        try await source.lend(while: "looking at standing subscriptions") { connection in
            try await connection.query(Self.silent).map { row in
                SilentSubscription(
                    subject: try row.text(0),
                    name: try row.text(1),
                    view: try row.name(2),
                    since: try row.moment(3)
                )
            }
        }
    }

    /// It is not to be connected any more; its position stays. Throws `StandingRefusal`.
    package func retire(_ name: String, of subject: String, by actor: String) async throws {
        try await source.transaction(while: "retiring a standing subscription") { connection in
            let retired = try await connection.query(
                """
                UPDATE placeguard.feed_cursor SET standing = NULL
                WHERE subject = $1 AND name = $2 AND standing IS NOT NULL
                """,
                [.text(subject), .text(name)]
            )
            guard retired.affected > 0 else { throw StandingRefusal.notThere }
            let audit = AuditDraft(actor: actor, action: "feed.retire", detail: "subject=\(subject) name=\(name)")
            _ = try await connection.query(AuditStatement.one(audit))
        }
    }

    private static let silent = Statement(
        """
        SELECT subject, name, view, standing FROM placeguard.feed_cursor
        WHERE standing < clock_timestamp() - make_interval(secs => $1) ORDER BY subject, name, view
        """,
        [.double(Double(SilentSubscription.patience))]
    )
}
