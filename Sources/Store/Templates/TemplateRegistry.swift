import Crypto
import Postgres
import Safeguarding

/// The partnership's templates: recorded once, never changed, one in force (interfaces.md "The template").
package struct TemplateRegistry: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role to activate, of any role to read.
    package init(_ source: any ConnectionSource) {
        self.source = source
    }

    /// Puts a template into force and every assessed place on the due list, in one transaction.
    ///
    /// The places are a run of their own: a template that moves a thousand bands gives one summary an area, as a
    /// back-file does (design.md "Back-files").
    ///
    /// - Throws: `TemplateRefusal.versionReused` where the version is on record with other content.
    package func activate(_ template: TemplateRecord, by actor: String) async throws -> Activation {
        let digest = Array(SHA256.hash(data: Array(template.source.utf8)))
        return try await source.transaction(while: "activating a template", reading: .everything) { connection in
            // Two activations at once: the second waits and finds the first one's in force.
            _ = try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('placeguard.template', 0))")
            let known = try await connection.query(
                "SELECT sha256, active FROM placeguard.template WHERE id = $1 AND version = $2",
                Self.key(template)
            ).first
            if let known {
                guard try known.bytes(0) == digest else { throw TemplateRefusal.versionReused }
                if try known.bool(1) { return .unchanged }
            } else {
                _ = try await connection.pipeline(Self.record(template, digest: digest, by: actor))
            }
            let run = try await Self.putIntoForce(template, digest: digest, by: actor, on: connection)
            _ = try await connection.query(
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "template.activate",
                        subject: "\(template.id)@\(template.version)",
                        detail: "places=\(run.places)"
                    )
                )
            )
            return .activated(places: run.places, run: run.id)
        }
    }

    /// The template in force; nil before the first activation.
    package func active() async throws -> StoredTemplate? {
        try await source.lend(while: "reading the template") { connection in
            try await connection.query(
                """
                SELECT id, version, source, title, activated_at, active FROM placeguard.template WHERE active
                """
            ).first.map(Self.stored)
        }
    }

    /// Id and version of the template in force: what a reader of the template asks before each transaction.
    package func activeVersion() async throws -> (id: String, version: Int)? {
        try await source.lend(while: "reading the template") { connection in
            try await connection.query("SELECT id, version FROM placeguard.template WHERE active").first.map { row in
                (id: try row.text(0), version: Int(try row.int32(1)))
            }
        }
    }

    /// A version on record; nil where there is none.
    package func template(_ id: String, version: Int) async throws -> StoredTemplate? {
        try await source.lend(while: "reading the template") { connection in
            try await connection.query(
                """
                SELECT id, version, source, title, activated_at, active FROM placeguard.template
                WHERE id = $1 AND version = $2
                """,
                [.text(id), .int32(Int32(clamping: version))]
            ).first.map(Self.stored)
        }
    }

    /// All versions on record, the last activated first.
    package func all() async throws -> [StoredTemplate] {
        try await source.lend(while: "listing templates") { connection in
            try await connection.query(
                """
                SELECT id, version, source, title, activated_at, active FROM placeguard.template
                ORDER BY activated_at DESC NULLS LAST, id, version DESC
                """
            ).map(Self.stored)
        }
    }
}

extension TemplateRegistry {
    private static func key(_ template: TemplateRecord) -> [PostgresValue] {
        [.text(template.id), .int32(Int32(clamping: template.version))]
    }

    private static func stored(_ row: Row) throws -> StoredTemplate {
        StoredTemplate(
            id: try row.text(0),
            version: Int(try row.int32(1)),
            source: try row.text(2),
            title: try row.text(3),
            activatedAt: try row.optionalMoment(4),
            isActive: try row.bool(5)
        )
    }

    private static func record(_ template: TemplateRecord, digest: [UInt8], by actor: String) -> [Statement] {
        let codes = template.codes
        return [
            Statement(
                """
                INSERT INTO placeguard.template (id, version, source, sha256, title, notice, marking, recorded_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                key(template) + [
                    .text(template.source), .bytes(digest), .text(template.title), .text(template.notice),
                    .text(template.marking), .text(actor),
                ]
            ),
            Statement(
                """
                INSERT INTO placeguard.template_code (template_id, template_version, kind, code, label, severity,
                    structural)
                SELECT $1, $2, c.kind, c.code, c.label, c.severity, c.structural
                FROM unnest($3::text[], $4::text[], $5::text[], $6::smallint[], $7::boolean[])
                    AS c (kind, code, label, severity, structural)
                """,
                key(template) + [
                    .texts(codes.map(\.kind.name)), .texts(codes.map(\.code)), .texts(codes.map(\.label)),
                    .int16s(codes.map(\.kind.severity)), .bools(codes.map(\.kind.isStructural)),
                ]
            ),
        ]
    }

    /// Switches over, and puts every assessed place and the summary of the run on the due list.
    private static func putIntoForce(
        _ template: TemplateRecord,
        digest: [UInt8],
        by actor: String,
        on connection: Connection
    ) async throws -> (places: Int, id: Int64?) {
        _ = try await connection.pipeline([
            Statement("UPDATE placeguard.template SET active = false WHERE active"),
            Statement(
                """
                UPDATE placeguard.template
                SET active = true, activated_at = date_trunc('second', clock_timestamp()), activated_by = $3
                WHERE id = $1 AND version = $2
                """,
                key(template) + [.text(actor)]
            ),
        ])
        let rows = try await connection.query(
            """
            WITH place AS (
                SELECT s.location FROM placeguard.location_state s WHERE s.view = 'full'
            ), run AS (
                INSERT INTO placeguard.import_run (kind, file_digest, mapping, is_back_file, started_by, finished)
                SELECT 'rescoring', $1, $2, true, $3, clock_timestamp() WHERE EXISTS (SELECT FROM place)
                RETURNING id
            ), put AS (
                INSERT INTO placeguard.due (kind, subject, due_at, priority, import_run, reason)
                SELECT 'location', place.location, clock_timestamp(), 3::smallint, run.id, 'rescoring'
                FROM run CROSS JOIN place
                UNION ALL
                SELECT 'import-run', NULL, clock_timestamp(), 3::smallint, run.id, 'rescoring' FROM run
                RETURNING subject
            )
            SELECT (SELECT run.id FROM run), (SELECT count(put.subject) FROM put)
            """,
            [.bytes(digest), .text("\(template.id)@\(template.version)"), .text(actor)]
        )
        guard let row = rows.first else { throw StoreError(.internal, "activating a template") }
        return (places: Int(try row.int64(1)), id: try row.optionalInt64(0))
    }
}

extension TemplateRecord.Code.Kind {
    fileprivate var name: String {
        switch self {
        case .sign: "sign"
        case .category: "category"
        case .control: "control"
        }
    }

    fileprivate var severity: Int16? {
        if case .sign(let severity, _) = self { Int16(clamping: severity) } else { nil }
    }

    fileprivate var isStructural: Bool {
        if case .sign(_, let isStructural) = self { isStructural } else { false }
    }
}
