import Postgres
package import Safeguarding

extension StewardDesk {
    /// Records a review of the latest assessment the reader may read.
    ///
    /// Its moment is the latest `received` among that assessment's items, so it settles only what was seen. A full reader
    /// has seen the open items too, so the review counts in both views, in `open` up to the latest open item; an open
    /// reader's counts in `open` only.
    package func review(
        _ location: LocationID,
        outcome: String,
        closes: Bool,
        displaced: Displacement?,
        asOf read: Moment? = nil,
        by steward: Steward
    ) async throws {
        guard !outcome.isBlank, !closes || displaced != nil else { throw StewardRefusal.reasonRequired }
        let view = steward.reader.view
        let detail = (closes ? "closing displaced=\(displaced?.rawValue ?? "")" : "open") + " view=\(view.rawValue)"
        try await act("review", on: location, by: steward, detail: detail) { scene, connection in
            let rows = try await connection.query(
                """
                SELECT a.id, a.latest_received, a.latest_received_open, a.at
                FROM placeguard.location_state s JOIN placeguard.assessment a ON a.id = s.assessment
                WHERE s.location = $1 AND s.view = $2
                """,
                [.id(location), .name(view)]
            )
            guard let row = rows.first, let seen = try row.optionalMoment(1) else {
                throw StewardRefusal.nothingToReview
            }
            // What has come and is not assessed yet no review settles.
            if let read, try row.moment(3) >= read { throw StewardRefusal.changed }
            let assessment = try row.uuid(0)
            let seenOpen = try row.optionalMoment(2)
            let settled: [(view: View, at: Moment?)] =
                view == .open
                ? [(.open, seen)] : [(.open, seenOpen), (.full, seen)]
            return settled.compactMap { view, at in
                at.map { at in
                    Statement(
                        """
                        INSERT INTO placeguard.review (location, view, assessment, at, recorded, outcome, closes,
                            displaced, actor)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                        """,
                        [
                            .id(location), .name(view), .uuid(assessment), .moment(at), .moment(scene.now),
                            .text(outcome), .bool(closes), .name(displaced), .text(steward.actor),
                        ]
                    )
                }
            }
        }
    }
}
