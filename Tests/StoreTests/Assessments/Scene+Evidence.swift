import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport

/// Putting places and reports.
extension Scene {
    /// Degrees of the market square of Marlowick.
    static let square = (longitude: -0.5, latitude: 52.0)

    func place(
        _ name: String? = "Corner Shop",
        category: LocationCategory = .takeaway,
        register: Bool = true,
        areas: [String] = ["E05-1"],
        at position: (longitude: Double, latitude: Double)? = Scene.square
    ) async throws -> LocationID {
        try await fixture.owner.lend { connection in
            let isRestricted = category.isRestricted
            let rows = try await connection.query(
                """
                INSERT INTO placeguard.location (category, name, position, areas, from_register)
                VALUES ($1, $2, ST_SetSRID(ST_MakePoint($3, $4), 4326), $5, $6) RETURNING id
                """,
                [
                    .name(category), .text(isRestricted ? nil : name), .double(position?.longitude),
                    .double(position?.latitude), .texts(areas), .bool(register),
                ]
            )
            let id: LocationID = try rows[0].id(0)
            if isRestricted, let name {
                _ = try await connection.query(
                    "INSERT INTO placeguard.location_restricted_name (location, name) VALUES ($1, $2)",
                    [.id(id), .text(name)]
                )
            }
            return id
        }
    }

    /// A report with one item for each sign, and a due row.
    @discardableResult
    func report(
        _ signs: [String] = ["shop-tick-debt"],
        at location: LocationID?,
        agency: String = "licensing",
        compartment: Compartment = .openPartner,
        information: InformationGrade = .a,
        happeningNow: Bool = false,
        receivedAgo: Int64 = 60,
        priority: DuePriority = .live,
        run: Int64? = nil,
        due: Bool = true
    ) async throws -> ReportID {
        try await fixture.owner.transaction(while: "reporting", reading: .everything) { connection in
            let received = Moment(try await connection.query("SELECT clock_timestamp()")[0].timestamp(0)) - receivedAgo
            let id: ReportID = try await connection.query(
                """
                INSERT INTO placeguard.report (id, agency, agency_kind, reference, actor, received, observed_from,
                    observed_to, canonical, role, attribution, knowledge, source, information, handling, compartment,
                    private_compartment, lawful_basis, early_help, happening_now, adult_works_with_children,
                    self_report_claimed, self_report, import_run, is_back_file, location, location_manner)
                SELECT placeguard.uuid_v7(), a.code, a.kind, gen_random_uuid()::text, 'agency:' || a.code, $2, $3, $3,
                    '{}', 'linked-only', 'inside', 'seen', 1, $4, 'P', $5, $5, 'public-task', 'not-asked', $6, false,
                    false, false, $7, $7 IS NOT NULL, $8, CASE WHEN $8 IS NOT NULL THEN 'id' END
                FROM placeguard.agency a WHERE a.code = $1
                RETURNING id
                """,
                [
                    .text(agency), .moment(received), .moment(received - Moment.hour), .name(information),
                    .name(compartment), .bool(happeningNow), .int64(run), .id(location),
                ]
            )[0].id(0)
            _ = try await connection.query(
                """
                INSERT INTO placeguard.item (report, form, location, sign, source, information, attribution, observed,
                    received, recorded, agency, agency_kind, originator_unconfirmed, self_report, happening_now,
                    compartment, handling, is_back_file)
                SELECT r.id, 1, r.location, s.code, 1, r.information, 'inside', r.observed_to, r.received, r.received,
                    r.agency, r.agency_kind, false, false, r.happening_now, r.compartment, 'P', r.is_back_file
                FROM placeguard.report r CROSS JOIN unnest($2::text[]) AS s (code)
                WHERE r.id = $1
                """,
                [.id(id), .texts(signs)]
            )
            if let location, compartment.isOpen {
                _ = try await connection.query(
                    "UPDATE placeguard.location SET has_open_item = true WHERE id = $1",
                    [.id(location)]
                )
            }
            if let location, let run {
                _ = try await connection.query(
                    "INSERT INTO placeguard.import_run_location VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [.int64(run), .id(location)]
                )
            }
            if due {
                _ = try await connection.query(
                    """
                    INSERT INTO placeguard.due (kind, subject, due_at, priority, import_run, reason)
                    VALUES ($1, $2, $3, $4, $5, 'report')
                    """,
                    [
                        .text(location == nil ? "unlocated" : "location"),
                        .uuid(location.map { PostgresUUID($0) } ?? PostgresUUID(id)),
                        .moment(received), .int16(Int16(priority.rawValue)), .int64(run),
                    ]
                )
            }
            return id
        }
    }

    /// Withdraws a report as intake does: its items end, its place is due.
    func withdraw(_ report: ReportID) async throws {
        try await fixture.owner.transaction(while: "withdrawing", reading: .everything) { connection in
            _ = try await connection.pipeline([
                Statement(
                    "UPDATE placeguard.report SET withdrawn_at = date_trunc('second', clock_timestamp()) WHERE id = $1",
                    [.id(report)]
                ),
                Statement(
                    """
                    INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
                    SELECT CASE WHEN location IS NULL THEN 'unlocated' ELSE 'location' END, coalesce(location, id),
                        clock_timestamp(), 1, 'withdrawal' FROM placeguard.report WHERE id = $1
                    """,
                    [.id(report)]
                ),
                Statement(
                    """
                    UPDATE placeguard.item i SET superseded_at = r.withdrawn_at
                    FROM placeguard.report r WHERE r.id = $1 AND i.report = r.id AND i.superseded_at IS NULL
                    """,
                    [.id(report)]
                ),
            ])
        }
    }

    /// A back-file run, open until `finish`.
    func run() async throws -> Int64 {
        try await fixture.owner.lend { connection in
            try await connection.query(
                """
                INSERT INTO placeguard.import_run (agency, file_digest, mapping, is_back_file, started_by)
                VALUES ('licensing', sha256(gen_random_uuid()::text::bytea), 'test', true, 'admin:test') RETURNING id
                """
            )[0].int64(0)
        }
    }

    /// The end of an import: its summary is due once its rows are gone.
    func finish(_ run: Int64) async throws {
        try await put("import-run", nil, priority: .background, run: run)
    }

    func put(
        _ kind: String,
        _ subject: UniqueID?,
        priority: DuePriority = .live,
        run: Int64? = nil,
        inSeconds: Int64 = 0
    ) async throws {
        _ = try await fixture.owner.lend { connection in
            try await connection.query(
                """
                INSERT INTO placeguard.due (kind, subject, due_at, priority, import_run, reason)
                VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), $4, $5, 'test')
                """,
                [
                    .text(kind), .uuid(subject.map { PostgresUUID($0) }), .double(Double(inSeconds)),
                    .int16(Int16(priority.rawValue)), .int64(run),
                ]
            )
        }
    }

    func link(agency: String, to location: LocationID) async throws {
        _ = try await fixture.owner.lend { connection in
            try await connection.query(
                """
                INSERT INTO placeguard.link (agency, location, relation, created_by)
                VALUES ($1, $2, 'operator', 'admin:test')
                """,
                [.text(agency), .id(location)]
            )
        }
    }

    /// A person of the licensing authority, made known by this.
    func link(person: String, to location: LocationID) async throws {
        _ = try await fixture.owner.lend { connection in
            try await connection.query(
                """
                WITH known AS (
                    INSERT INTO placeguard.person (code, agency, name) VALUES ($1, 'licensing', $1) RETURNING code
                )
                INSERT INTO placeguard.link (person, location, relation, created_by)
                SELECT code, $2, 'operator', 'admin:test' FROM known
                """,
                [.text(person), .id(location)]
            )
        }
    }
}

/// Looking behind the scene, with the owner's rights.
extension Scene {
    func rows(_ sql: StaticString, _ parameters: [PostgresValue] = []) async throws -> Rows {
        try await fixture.owner.lend { connection in try await connection.query(sql, parameters) }
    }

    func count(_ sql: StaticString, _ parameters: [PostgresValue] = []) async throws -> Int {
        Int(try await rows(sql, parameters)[0].int64(0))
    }

    func text(_ sql: StaticString, _ parameters: [PostgresValue] = []) async throws -> String {
        try await rows(sql, parameters)[0].text(0)
    }

    /// Types and positions of the log of a view, in order.
    func log(_ view: View) async throws -> [String] {
        try await rows(
            "SELECT seq::text || ' ' || type || ' ' || rev::text FROM placeguard.feed WHERE view = $1 ORDER BY seq",
            [.name(view)]
        ).map { row in try row.text(0) }
    }
}
