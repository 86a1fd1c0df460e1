import Postgres
import Safeguarding

/// The marks of exactly the versions that were read, in one UPDATE: what has been considered (design.md "New"), and what of it is
/// held back to be told together.
struct ConsideredMarks {
    private var versions: [Int64] = []
    private var begunInOpen: [Bool] = []
    private var begunInFull: [Bool] = []
    private var endedInOpen: [Bool] = []
    private var endedInFull: [Bool] = []
    private var heldInOpen: [Bool] = []
    private var heldInFull: [Bool] = []

    /// A mark of each view.
    private typealias Mark = (open: Bool, full: Bool)

    /// - Parameters:
    ///   - endedVersions: Versions whose end was read; none of them is among the items, which are in force.
    ///   - held: What waits in the views that the place was decided in: what another view did not consider stays as it is there.
    mutating func add(_ items: [RecordedItem], endedVersions: [Int64], held: [View: Set<Int64>]) {
        for item in items {
            let begun = Mark(
                open: held[.open] != nil && item.belongs(to: .open) && item.isNew(in: .open),
                full: held[.full] != nil && item.isNew(in: .full)
            )
            let waits = Mark(
                open: held[.open].map { $0.contains(item.version) } ?? item.heldOpen,
                full: held[.full].map { $0.contains(item.version) } ?? item.heldFull
            )
            if begun != (false, false) || waits != (item.heldOpen, item.heldFull) {
                append(item.version, begun: begun, ended: (false, false), waits: waits)
            }
        }
        let ended = Mark(open: held[.open] != nil, full: held[.full] != nil)
        for version in endedVersions { append(version, begun: (false, false), ended: ended, waits: (false, false)) }
    }

    private mutating func append(_ version: Int64, begun: Mark, ended: Mark, waits: Mark) {
        versions.append(version)
        begunInOpen.append(begun.open)
        begunInFull.append(begun.full)
        endedInOpen.append(ended.open)
        endedInFull.append(ended.full)
        heldInOpen.append(waits.open)
        heldInFull.append(waits.full)
    }

    /// Nil where no mark changed.
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
                end_considered_full = CASE WHEN u.ended_full THEN $1 ELSE i.end_considered_full END,
                held_open = u.held_open, held_full = u.held_full
            FROM unnest($2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[], $6::boolean[], $7::boolean[],
                $8::boolean[]) AS u (version, begun_open, begun_full, ended_open, ended_full, held_open, held_full)
            WHERE i.version = u.version
            """,
            [
                .moment(now), .int64s(versions), .bools(begunInOpen), .bools(begunInFull), .bools(endedInOpen),
                .bools(endedInFull), .bools(heldInOpen), .bools(heldInFull),
            ]
        )
    }
}
