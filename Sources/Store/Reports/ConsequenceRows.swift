import Crypto
import Postgres
import Safeguarding

/// What a batch of reports brings about beside its own rows: due rows, visibility, journeys, sightings, audit.
struct ConsequenceRows {
    /// The most urgent priority for each place, and each report without one.
    private var places: [LocationID: DueReason] = [:]
    private var unlocated: [(report: ReportID, due: DueReason)] = []
    private var runPlaces: Set<RunPlace> = []
    private var openings: [(location: LocationID, name: String?)] = []
    private var journeys: [(report: ReportID, from: LocationID?, to: LocationID?)] = []
    private var sightings: [(originator: OriginatorHash, kind: AgencyKind)] = []
    private var audits: [AuditKey: [ReportID]] = [:]

    private struct DueReason: Hashable {
        var priority: DuePriority
        /// The back-file that the row belongs to.
        var run: Int64?
    }

    private struct RunPlace: Hashable, Comparable {
        var run: Int64
        var location: LocationID

        static func < (a: RunPlace, b: RunPlace) -> Bool {
            a.run == b.run ? a.location < b.location : a.run < b.run
        }
    }

    private struct AuditKey: Hashable {
        var actor: String
        var agency: String
        var run: Int64?
    }

    mutating func add(_ accepted: AcceptedReport, rules: EvidenceRules) {
        let report = accepted.report
        let due = DueReason(
            priority: rules.priority(of: report),
            run: report.isBackFile ? report.importRun : nil
        )
        if let place = accepted.place {
            let known = places[place.location.id]
            if known.map({ due.priority < $0.priority }) ?? true { places[place.location.id] = due }
            let givesName = report.location.name != nil && !place.hasName
            if rules.opensPlace(report), !place.isOpen || givesName {
                openings.append((place.location.id, report.location.name))
            }
            if report.isBackFile, let run = report.importRun {
                runPlaces.insert(RunPlace(run: run, location: place.location.id))
            }
        } else if !report.isBackFile {
            // Those of a back-file are in its summary only.
            unlocated.append((accepted.id, due))
        }
        if report.journeyFrom != nil || report.journeyTo != nil {
            journeys.append((accepted.id, accepted.journeyFrom, accepted.journeyTo))
        }
        if report.originatorScheme != nil, let originator = report.originator {
            sightings.append((originator, accepted.kind))
        }
        audits[AuditKey(actor: report.actor, agency: report.agency, run: report.importRun), default: []]
            .append(accepted.id)
    }

    func statements(received: Moment) -> [Statement] {
        var statements = [auditStatement]
        if !places.isEmpty || !unlocated.isEmpty { statements.append(dueStatement(at: received)) }
        if !runPlaces.isEmpty { statements.append(runStatement) }
        if !openings.isEmpty { statements.append(openingStatement) }
        if !journeys.isEmpty { statements.append(journeyStatement) }
        if !sightings.isEmpty { statements.append(sightingStatement(at: received)) }
        return statements
    }

    /// Seconds that a place waits for more of its back-file: it is scored once for what comes in that time, instead of once
    /// for every batch with all that came before.
    static let gathering: Int32 = 5

    private func dueStatement(at received: Moment) -> Statement {
        let located = places.sorted { $0.key < $1.key }
        return Statement(
            """
            INSERT INTO placeguard.due (kind, subject, due_at, priority, import_run, reason)
            SELECT d.kind, d.subject, $1 + make_interval(secs => CASE d.priority WHEN 3 THEN $6 ELSE 0 END), d.priority, d.run,
                'report'
            FROM unnest($2::text[], $3::uuid[], $4::smallint[], $5::bigint[]) AS d (kind, subject, priority, run)
            """,
            [
                .moment(received),
                .texts(located.map { _ in "location" } + unlocated.map { _ in "unlocated" }),
                .uuids(located.map { PostgresUUID($0.key) } + unlocated.map { PostgresUUID($0.report) }),
                .int16s((located.map(\.value) + unlocated.map(\.due)).map { Int16($0.priority.rawValue) }),
                .int64s((located.map(\.value) + unlocated.map(\.due)).map(\.run)), .int32(Self.gathering),
            ]
        )
    }

    private var runStatement: Statement {
        let sorted = runPlaces.sorted()
        return Statement(
            """
            INSERT INTO placeguard.import_run_location (run, location)
            SELECT * FROM unnest($1::bigint[], $2::uuid[]) ON CONFLICT DO NOTHING
            """,
            [.int64s(sorted.map(\.run)), .ids(sorted.map(\.location))]
        )
    }

    private var openingStatement: Statement {
        Statement(
            "SELECT placeguard.open_locations($1, $2)",
            [.ids(openings.map(\.location)), .texts(openings.map(\.name))]
        )
    }

    private var journeyStatement: Statement {
        Statement(
            """
            INSERT INTO placeguard.journey (report, form, from_location, to_location)
            SELECT j.report, 1, j.origin, j.destination
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS j (report, origin, destination)
            """,
            [
                .ids(journeys.map(\.report)), .uuids(journeys.map { $0.from.map { PostgresUUID($0) } }),
                .uuids(journeys.map { $0.to.map { PostgresUUID($0) } }),
            ]
        )
    }

    private func sightingStatement(at received: Moment) -> Statement {
        let sorted = sightings.sorted {
            $0.originator == $1.originator ? $0.kind.rawValue < $1.kind.rawValue : $0.originator < $1.originator
        }
        return Statement(
            """
            INSERT INTO placeguard.originator_sighting (originator, agency_kind, first_seen)
            SELECT s.originator, s.kind, $3 FROM unnest($1::bytea[], $2::text[]) AS s (originator, kind)
            ON CONFLICT DO NOTHING
            """,
            [.bytesArray(sorted.map(\.originator.bytes)), .names(sorted.map(\.kind)), .moment(received)]
        )
    }

    /// One row for each actor, with the number of reports and a digest of their ids; no personal content.
    private var auditStatement: Statement {
        let entries = audits.sorted {
            ($0.key.actor, $0.key.agency, $0.key.run ?? 0) < ($1.key.actor, $1.key.agency, $1.key.run ?? 0)
        }
        return AuditStatement.many(
            entries.map { key, reports in
                AuditDraft(
                    actor: key.actor,
                    action: "report.create",
                    subject: key.agency,
                    detail: "reports=\(reports.count)" + (key.run.map { " run=\($0)" } ?? ""),
                    digest: AuditDraft.digest(of: reports.map(\.value))
                )
            }
        )
    }
}
