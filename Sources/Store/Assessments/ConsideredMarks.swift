import Postgres
import Safeguarding

/// The considered marks of exactly the versions that were read (design.md "New"), as one UPDATE per kind of mark.
struct ConsideredMarks {
    private var versions: [Int64] = []
    private var begunInOpen: [Bool] = []
    private var begunInFull: [Bool] = []
    private var endedInOpen: [Bool] = []
    private var endedInFull: [Bool] = []

    /// - Parameters:
    ///   - endedVersions: Versions whose end was read; none of them is among the items, which are in force.
    ///   - decided: The views that the place was decided in: what another did not consider stays new for it.
    mutating func add(_ items: [RecordedItem], endedVersions: [Int64], decided: Set<View>) {
        for item in items {
            let open = decided.contains(.open) && item.belongs(to: .open) && item.isNew(in: .open)
            let full = decided.contains(.full) && item.isNew(in: .full)
            if open || full { append(item.version, begun: (open, full), ended: (false, false)) }
        }
        let ended = (open: decided.contains(.open), full: decided.contains(.full))
        for version in endedVersions { append(version, begun: (false, false), ended: ended) }
    }

    private mutating func append(_ version: Int64, begun: (open: Bool, full: Bool), ended: (open: Bool, full: Bool)) {
        versions.append(version)
        begunInOpen.append(begun.open)
        begunInFull.append(begun.full)
        endedInOpen.append(ended.open)
        endedInFull.append(ended.full)
    }

    /// Nil where nothing was new.
    ///
    /// One statement writes a version once, whatever the number of its marks.
    func update(now: Moment) -> Statement? {
        guard !versions.isEmpty else { return nil }
        return Statement(
            """
            UPDATE placeguard.item i
            SET considered_open = CASE WHEN u.begun_open THEN $1 ELSE i.considered_open END,
                considered_full = CASE WHEN u.begun_full THEN $1 ELSE i.considered_full END,
                end_considered_open = CASE WHEN u.ended_open THEN $1 ELSE i.end_considered_open END,
                end_considered_full = CASE WHEN u.ended_full THEN $1 ELSE i.end_considered_full END
            FROM unnest($2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[], $6::boolean[])
                AS u (version, begun_open, begun_full, ended_open, ended_full)
            WHERE i.version = u.version
            """,
            [
                .moment(now), .int64s(versions), .bools(begunInOpen), .bools(begunInFull), .bools(endedInOpen),
                .bools(endedInFull),
            ]
        )
    }
}
