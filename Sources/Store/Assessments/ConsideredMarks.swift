import Postgres
import Safeguarding

/// The considered marks of exactly the versions that were read (design.md "New"), as one UPDATE per kind of mark.
struct ConsideredMarks {
    private var versions: [Int64] = []
    private var inOpen: [Bool] = []
    private var inFull: [Bool] = []
    private var ended: [Int64] = []
    private var endedInOpen: [Bool] = []

    /// - Parameters:
    ///   - endedVersions: Versions whose end was read.
    ///   - decided: The views that the place was decided in: what another did not consider stays new for it.
    mutating func add(_ items: [RecordedItem], endedVersions: [Int64], decided: Set<View>) {
        for item in items {
            let open = decided.contains(.open) && item.belongs(to: .open) && item.isNew(in: .open)
            let full = decided.contains(.full) && item.isNew(in: .full)
            guard open || full else { continue }
            versions.append(item.version)
            inOpen.append(open)
            inFull.append(full)
        }
        ended += endedVersions
        endedInOpen += endedVersions.map { _ in decided.contains(.open) }
    }

    /// Nil where nothing was new.
    ///
    /// One statement writes a version once, whatever the number of its marks.
    func update(now: Moment) -> Statement? {
        guard !(versions.isEmpty && ended.isEmpty) else { return nil }
        return Statement(
            """
            UPDATE placeguard.item i
            SET considered_open = CASE WHEN u.in_open AND NOT u.has_ended THEN $4 ELSE i.considered_open END,
                considered_full = CASE WHEN u.in_full THEN $4 ELSE i.considered_full END,
                end_considered_open = CASE WHEN u.has_ended AND u.in_open THEN $4 ELSE i.end_considered_open END,
                end_considered_full = CASE WHEN u.has_ended THEN $4 ELSE i.end_considered_full END
            FROM (
                SELECT r.version, r.in_open, r.in_full, false AS has_ended
                FROM unnest($1::bigint[], $2::boolean[], $3::boolean[]) AS r (version, in_open, in_full)
                UNION ALL
                SELECT e.version, e.in_open, false, true
                FROM unnest($5::bigint[], $6::boolean[]) AS e (version, in_open)
            ) AS u
            WHERE i.version = u.version
            """,
            [.int64s(versions), .bools(inOpen), .bools(inFull), .moment(now), .int64s(ended), .bools(endedInOpen)]
        )
    }
}
