import Postgres
import Safeguarding

/// One row of the due list, taken under lock.
struct DueRow: Sendable, Hashable {
    var id: Int64
    var subject: DueSubject
    var priority: Int
    var importRun: Int64?
    var reason: String

    /// The reason of rows that ask whether a place that a run left red or unrated was announced.
    static let runEnded = "run-ended"

    var purpose: DuePurpose {
        if reason == Self.runEnded { return .endOfRun }
        return priority == DuePriority.background.rawValue ? .background : .live
    }

    init(_ row: Row) throws {
        id = try row.int64(0)
        importRun = try row.optionalInt64(3)
        priority = Int(try row.int16(4))
        reason = try row.text(5)
        switch (try row.text(1), try row.optionalUUID(2), importRun) {
        case ("location", let id?, _): subject = .location(LocationID(UniqueID(id)))
        case ("unlocated", let id?, _): subject = .unlocated(ReportID(UniqueID(id)))
        case ("import-run", nil, let run?): subject = .importRun(run)
        default: throw StoreError(.internal, "reading the due list")
        }
    }
}

/// What one transaction took off the due list.
struct DueBatch: Sendable {
    /// The rows to delete, whatever their subject turned out to need.
    var rows: [DueRow]
    /// The class that was drained held as many rows as were asked for.
    var isFull: Bool

    /// Reads what ``DueList/take(_:limit:except:)`` answers.
    init(_ taken: Rows, limit: Int) throws {
        rows = try taken.map(DueRow.init)
        let own = try taken.count { try !$0.bool(6) }
        isFull = own == (rows.first?.priority == DuePriority.now.rawValue ? 1 : max(1, limit))
    }

    /// Taken from the class of back-files and rescoring.
    var isBackground: Bool { rows.first?.priority == DuePriority.background.rawValue }

    var locations: [LocationID] {
        Array(Set(rows.compactMap { if case .location(let id) = $0.subject { id } else { nil } })).sorted()
    }
    var reports: [ReportID] {
        Array(Set(rows.compactMap { if case .unlocated(let id) = $0.subject { id } else { nil } })).sorted()
    }
    var runs: [Int64] {
        Array(Set(rows.compactMap { if case .importRun(let run) = $0.subject { run } else { nil } })).sorted()
    }

    /// Why each subject is decided: the most urgent of its reasons.
    var purposes: [DueSubject: DuePurpose] {
        Dictionary(rows.map { ($0.subject, $0.purpose) }, uniquingKeysWith: min)
    }

    /// Keeps the rows of the subjects that could be locked; the others stay on the list.
    ///
    /// So does the end of a run where something else is due at the place: it is decided by itself, once that is settled.
    mutating func keep(_ isLocked: (DueSubject) -> Bool) {
        let purposes = purposes
        rows.removeAll { row in
            !isLocked(row.subject) || (row.purpose == .endOfRun && purposes[row.subject] != .endOfRun)
        }
    }
}

/// Why a subject is on the due list, the most urgent first.
enum DuePurpose: Int, Comparable {
    case live
    /// A back-file or a rescoring.
    case background
    /// The run that brought the place its evidence has been summarised.
    case endOfRun

    static func < (a: DuePurpose, b: DuePurpose) -> Bool { a.rawValue < b.rawValue }
}

/// The due list: taken by priority, then due moment, never waiting for a row that somebody else holds.
enum DueList {
    /// Further due rows of a subject that one transaction takes along: a file of a million rows about one place is worked
    /// off in pieces that fit in memory.
    static let maximumRowsTakenAlong: Int32 = 20_000

    /// Takes the rows of one class, the most urgent of the range in which any can be had, and what else is due at their
    /// subjects (`placeguard.take_due`). Of priority 0 one at a time, so that nothing else is in its transaction.
    ///
    /// - Parameter passed: Rows already looked at in this transaction, whose subjects are locked elsewhere.
    static func take(_ priorities: ClosedRange<Int>, limit: Int, except passed: [Int64]) -> Statement {
        Statement(
            "SELECT id, kind, subject, import_run, priority, reason, is_along FROM placeguard.take_due($1, $2, $3, $4, $5)",
            [
                .int32(Int32(clamping: priorities.lowerBound)), .int32(Int32(clamping: priorities.upperBound)),
                .int64(Int64(max(1, limit))), .int64s(passed), .int32(maximumRowsTakenAlong),
            ]
        )
    }

    /// Deletes exactly the rows taken.
    static func delete(_ batch: DueBatch) -> Statement {
        Statement("DELETE FROM placeguard.due WHERE id = ANY ($1)", [.int64s(batch.rows.map(\.id))])
    }

    /// Puts timers; where one for the subject is pending that rings no later, it does.
    ///
    /// To be sent after ``delete(_:)``, so that the rows just worked off do not count as pending.
    static func arm(_ timers: [(subject: DueSubject, at: Moment)]) -> Statement? {
        let timers = timers.compactMap { timer -> (kind: String, id: UniqueID, at: Moment)? in
            switch timer.subject {
            case .location(let id): ("location", id.value, timer.at)
            case .unlocated(let id): ("unlocated", id.value, timer.at)
            case .importRun: nil
            }
        }
        guard !timers.isEmpty else { return nil }
        return Statement(
            """
            INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
            SELECT t.kind, t.subject, t.due_at, 2, 'timer'
            FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS t (kind, subject, due_at)
            WHERE NOT EXISTS (
                SELECT FROM placeguard.due d
                WHERE d.subject = t.subject AND d.kind = t.kind AND d.priority = 2 AND d.due_at <= t.due_at)
            """,
            [
                .texts(timers.map(\.kind)), .uuids(timers.map { PostgresUUID($0.id) }),
                .timestamps(timers.map { PostgresTimestamp($0.at) }),
            ]
        )
    }

    /// Puts rows back for subjects whose time has not quite come, with the priority they had.
    static func rearm(_ rows: [(row: DueRow, at: Moment)]) -> Statement? {
        guard !rows.isEmpty else { return nil }
        let keys = rows.map { $0.row.subject.key }
        return Statement(
            """
            INSERT INTO placeguard.due (kind, subject, import_run, due_at, priority, reason)
            SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::smallint[], $6::text[])
            """,
            [
                .texts(keys.map(\.kind)), .uuids(keys.map { $0.id.map { PostgresUUID($0) } }),
                .int64s(rows.map(\.row.importRun)), .timestamps(rows.map { PostgresTimestamp($0.at) }),
                .int16s(rows.map { Int16(clamping: $0.row.priority) }), .texts(rows.map(\.row.reason)),
            ]
        )
    }

    /// Seconds until the next row of the range is due, rounded up; no row where none waits.
    static func secondsUntilNext(_ priorities: ClosedRange<Int>) -> Statement {
        Statement(
            """
            SELECT ceil(extract(epoch FROM min(next.due_at) - clock_timestamp()))::bigint
            FROM generate_series($1::integer, $2::integer) AS class (priority)
            CROSS JOIN LATERAL (
                SELECT d.due_at FROM placeguard.due d WHERE d.priority = class.priority ORDER BY d.due_at LIMIT 1
            ) AS next
            """,
            [.int32(Int32(clamping: priorities.lowerBound)), .int32(Int32(clamping: priorities.upperBound))]
        )
    }
}

extension DueSubject {
    /// Kind and subject as the due list spells them.
    var key: (kind: String, id: UniqueID?) {
        switch self {
        case .location(let id): ("location", id.value)
        case .unlocated(let id): ("unlocated", id.value)
        case .importRun: ("import-run", nil)
        }
    }
}
