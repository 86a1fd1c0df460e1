import Postgres
import Safeguarding

/// Where a corrected report is.
struct CorrectedPlace {
    var location: LocationID?
    var manner: String?
    var isLinked: Bool
    var journey: (from: LocationID?, to: LocationID?)?

    /// Stays where it is unless the form says something else than the one before: a correction of the time does not undo a
    /// steward's settling.
    static func find(
        _ form: ValidatedReport,
        stored: StoredReport,
        _ reading: BatchReading,
        rules: EvidenceRules,
        _ connection: Connection
    ) async throws -> CorrectedPlace {
        var placed = reading.placed
        var unplaced = ReferenceColumns()
        let keepsPlace = saysTheSame("location", form.canonical, stored.canonical)
        for (slot, reference) in form.locationReferences
        where reference.isPosition && placed[slot] == nil && !(slot == 0 && keepsPlace) {
            unplaced.append(
                reference,
                ordinal: slot,
                isOpen: rules.opensPlace(form),
                agency: form.agency,
                person: nil
            )
        }
        if !unplaced.isEmpty {
            for row in try await connection.query(unplaced.settling) {
                placed[Int(try row.int32(0))] = try PlacedReference(row)
            }
        }
        let journey = form.journeyFrom != nil || form.journeyTo != nil
        let ends = journey ? (from: placed[1]?.location.id, to: placed[2]?.location.id) : nil
        guard keepsPlace else {
            return CorrectedPlace(
                location: placed[0]?.location.id,
                manner: placed[0]?.location.manner.rawValue,
                isLinked: placed[0]?.isLinked ?? false,
                journey: ends
            )
        }
        let manner = try await ReportRepository.manner(of: stored.id, connection)
        let isLinked = try await isLinked(agency: form.agency, person: form.personCode, stored.location, connection)
        return CorrectedPlace(location: stored.location, manner: manner, isLinked: isLinked, journey: ends)
    }

    /// Whether agency or person operates a place or works there.
    static func isLinked(
        agency: String,
        person: String?,
        _ location: LocationID?,
        _ connection: Connection
    ) async throws -> Bool {
        try await !connection.query(
            "SELECT FROM placeguard.link WHERE location = $1 AND (agency = $2 OR person = $3) LIMIT 1",
            [.id(location), .text(agency), .text(person)]
        ).isEmpty
    }

    /// Compares a member of two canonical forms.
    static func saysTheSame(_ member: String, _ new: String, _ old: String) -> Bool {
        guard let new = try? JSONReader.read(bytes: Array(new.utf8)),
            let old = try? JSONReader.read(bytes: Array(old.utf8))
        else { return false }
        return new[member] == old[member]
    }
}
