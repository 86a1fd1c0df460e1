import Postgres
import Safeguarding

/// Import runs, begun and finished with the rights of `placeguard_intake` or `placeguard_admin`.
package struct PostgresImportRuns: ImportRuns {
    private let source: any ConnectionSource

    package init(source: any ConnectionSource) {
        self.source = source
    }

    package func begin(
        agency: String,
        fileDigest: [UInt8],
        mapping: String,
        isBackFile: Bool,
        actor: String
    ) async throws -> Int64 {
        let key: [PostgresValue] = [.text(agency), .bytes(fileDigest), .text(mapping), .bool(isBackFile)]
        return try await source.transaction(while: "beginning an import") { connection in
            let added = try await connection.query(
                """
                INSERT INTO placeguard.import_run (agency, file_digest, mapping, is_back_file, started_by)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (agency, file_digest, mapping, is_back_file) WHERE finished IS NULL DO NOTHING
                RETURNING id
                """,
                key + [.text(actor)]
            )
            if let row = added.first {
                let run = try row.int64(0)
                _ = try await connection.query(
                    AuditStatement.one(
                        AuditDraft(
                            actor: actor,
                            action: "import.begin",
                            subject: agency,
                            detail: "run=\(run) mapping=\(mapping)" + (isBackFile ? " backfile" : ""),
                            digest: fileDigest
                        )
                    )
                )
                return run
            }
            // An interrupted run of the same file goes on.
            let open = try await connection.query(
                """
                SELECT id FROM placeguard.import_run
                WHERE agency = $1 AND file_digest = $2 AND mapping = $3 AND is_back_file = $4 AND finished IS NULL
                """,
                key
            )
            guard let row = open.first else {
                throw StoreError(.conflict, "beginning an import: the run of this file ended at this moment")
            }
            return try row.int64(0)
        }
    }

    /// Puts the run's summary on the due list where it is a back-file; finishing twice changes nothing.
    package func finish(_ run: Int64, counts: String) async throws {
        try await source.transaction(while: "finishing an import") { connection in
            let finished = try await connection.query(
                """
                UPDATE placeguard.import_run SET finished = clock_timestamp(), counts = $2
                WHERE id = $1 AND finished IS NULL RETURNING started_by, agency, is_back_file
                """,
                [.int64(run), .jsonb(counts)]
            )
            guard let row = finished.first else { return }
            if try row.bool(2) {
                _ = try await connection.query(
                    """
                    INSERT INTO placeguard.due (kind, due_at, priority, import_run, reason)
                    VALUES ('import-run', date_trunc('second', clock_timestamp()), $2, $1, 'import-finished')
                    """,
                    [.int64(run), .int16(Int16(DuePriority.background.rawValue))]
                )
            }
            _ = try await connection.query(
                AuditStatement.one(
                    AuditDraft(
                        actor: try row.text(0),
                        action: "import.finish",
                        subject: try row.optionalText(1) ?? "",
                        detail: "run=\(run)"
                    )
                )
            )
        }
    }
}
