import Postgres
import Safeguarding

/// What has to be known before anything is recorded about a place.
struct ActionScene: Sendable {
    /// The server's clock, whole seconds: the `recorded` of what follows.
    let now: Moment

    /// Reads it for a place, by the reader's view, areas and links.
    ///
    /// - Throws: `StewardRefusal`: `unknownLocation` where there is no such place or it may not be seen,
    ///   `conflictOfInterest` where the actor operates it or works there.
    static func open(_ location: LocationID, for steward: Steward, on connection: Connection) async throws
        -> ActionScene
    {
        let reader = steward.reader
        let rows = try await connection.query(
            """
            SELECT date_trunc('second', clock_timestamp()), EXISTS (
                SELECT FROM placeguard.link n WHERE n.location = l.id AND (n.agency = $2 OR n.person = $3))
            FROM placeguard.location l
            WHERE l.id = $1 AND ($4 OR l.from_register OR l.has_open_item)
                AND (cardinality($5::text[]) = 0 OR cardinality(l.areas) = 0 OR l.areas && $5)
            """,
            [
                .id(location), .text(reader.agency), .text(reader.person), .bool(reader.view == .full),
                .texts(reader.areas),
            ]
        )
        guard let row = rows.first else { throw StewardRefusal.unknownLocation }
        guard try !row.bool(1) else { throw StewardRefusal.conflictOfInterest }
        return ActionScene(now: try row.moment(0))
    }

    /// A moment given by hand, or now.
    ///
    /// - Throws: `StewardRefusal.momentInFuture` for one after the server's clock.
    func moment(_ given: Moment?) throws(StewardRefusal) -> Moment {
        guard let given else { return now }
        guard given <= now else { throw .momentInFuture }
        return given
    }

    /// Due rows of a place: one now, as urgent as a live report, and one for each later moment.
    static func due(_ location: LocationID, reason: String, later: [Moment] = []) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
            SELECT 'location', $1, clock_timestamp(), 1::smallint, $2
            UNION ALL
            SELECT 'location', $1, later.at, 2::smallint, $2 FROM unnest($3::timestamptz[]) AS later (at)
            """,
            [.id(location), .text(reason), .timestamps(later.map { PostgresTimestamp($0) })]
        )
    }
}
