import Postgres
package import Safeguarding

/// Settling where an unlocated report belongs: a steward's decision, with the rights of `placeguard_admin`.
package struct ReportSettlement: Sendable {
    private let source: any ConnectionSource
    private let activeSigns: @Sendable () -> [String: SignWeight]

    package init(source: any ConnectionSource, activeSigns: @escaping @Sendable () -> [String: SignWeight]) {
        self.source = source
        self.activeSigns = activeSigns
    }

    /// Settles the report at the place; every item begins there as new, whatever the steward may read of it.
    ///
    /// - Throws: `StewardRefusal`: `unknownReport` too where the steward may not see it.
    package func locate(_ report: ReportID, at location: LocationID, by steward: Steward) async throws {
        let rules = EvidenceRules(signs: activeSigns())
        try await source.transaction(while: "settling a report", reading: ReadScope(steward.reader)) { connection in
            guard try await isVisible(report, connection) else { throw StewardRefusal.unknownReport }
            let place = try await survivor(of: location, connection)
            guard try await !isConflicted(steward.reader, place, connection) else {
                throw StewardRefusal.conflictOfInterest
            }
            _ = try await connection.query(ReadScope.everything.statement)
            guard let stored = try await StoredReport.lock(report, agency: nil, connection), !stored.isWithdrawn else {
                throw StewardRefusal.unknownReport
            }
            guard stored.location == nil else { throw StewardRefusal.alreadyLocated }
            let moment = try await ReportRepository.clock(connection)
            let isLinked = try await CorrectedPlace.isLinked(agency: stored.agency, person: nil, place, connection)
            let items = ItemChanges.settling(
                stored.items,
                at: moment,
                isSelfReport: stored.claimsSelfReport && isLinked
            )
            let change = FormChange(
                report: stored,
                kind: .located,
                moment: moment,
                actor: steward.actor,
                items: items,
                location: place,
                manner: "steward",
                rules: rules,
                opensPlace: items.added.contains { $0.draft.compartment.isOpen }
            )
            _ = try await connection.pipeline(change.statements)
        }
    }

    private func isVisible(_ report: ReportID, _ connection: Connection) async throws -> Bool {
        try await !connection.query("SELECT FROM placeguard.report WHERE id = $1", [.id(report)]).isEmpty
    }

    /// The place itself, or the one it was merged into.
    private func survivor(of location: LocationID, _ connection: Connection) async throws -> LocationID {
        let rows = try await connection.query(
            "SELECT coalesce(merged_into, id) FROM placeguard.location WHERE id = $1",
            [.id(location)]
        )
        guard let row = rows.first else { throw StewardRefusal.unknownLocation }
        return try row.id(0)
    }

    /// Nobody decides about a place they operate or work at.
    private func isConflicted(_ reader: Reader, _ place: LocationID, _ connection: Connection) async throws -> Bool {
        try await !connection.query(
            "SELECT FROM placeguard.link WHERE location = $1 AND (agency = $2 OR person = $3) LIMIT 1",
            [.id(place), .text(reader.agency), .text(reader.person)]
        ).isEmpty
    }
}
