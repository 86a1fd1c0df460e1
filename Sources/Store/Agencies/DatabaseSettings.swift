import Postgres
package import Safeguarding

/// Facts about this database that no file can know.
package struct DatabaseSettings: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// The database's clock, in whole seconds.
    package func now() async throws -> Moment {
        try await source.lend(while: "reading the clock") { connection in
            let rows = try await connection.query("SELECT clock_timestamp()")
            guard let row = rows.first else { throw StoreError(.internal, "reading the clock") }
            return try row.moment(0)
        }
    }

    /// Whether this is a database of exercises, whose every output says so.
    package func isExercise() async throws -> Bool {
        try await source.lend(while: "reading a setting") { connection in
            try await !connection.query("SELECT FROM placeguard.setting WHERE key = 'exercise'").isEmpty
        }
    }

    /// Marks the database as one of exercises; false where a real agency is in it, whose reports must never stand beside
    /// made-up ones.
    ///
    /// - Parameter agencyPrefix: What the codes of made-up agencies begin with.
    package func markExercise(agencyPrefix: String, by actor: String) async throws -> Bool {
        try await source.transaction(while: "marking a database of exercises") { connection in
            let real = try await connection.query(
                """
                SELECT FROM placeguard.agency WHERE NOT starts_with(code, $1)
                    AND NOT EXISTS (SELECT FROM placeguard.setting WHERE key = 'exercise') LIMIT 1
                """,
                [.text(agencyPrefix)]
            )
            guard real.isEmpty else { return false }
            _ = try await connection.pipeline([
                Statement(
                    "INSERT INTO placeguard.setting (key, value) VALUES ('exercise', $1) ON CONFLICT (key) DO NOTHING",
                    [.text(agencyPrefix)]
                ),
                AuditStatement.one(AuditDraft(actor: actor, action: "exercise.mark")),
            ])
            return true
        }
    }

    /// Checks the fingerprint of the originator key against the one on record, recording it in a database that has none.
    ///
    /// - Returns: False where the database knows another key: a daemon with it must not start.
    package func acceptsOriginatorKey(fingerprint: String) async throws -> Bool {
        try await source.lend(while: "checking the originator key") { connection in
            let results = try await connection.pipeline([
                Statement(
                    "INSERT INTO placeguard.originator_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING",
                    [.text(fingerprint)]
                ),
                Statement("SELECT fingerprint FROM placeguard.originator_key"),
            ])
            return try results.last?.first?.text(0) == fingerprint
        }
    }

    /// Whether a fingerprint is on record: then nobody may make a new key.
    package func hasOriginatorKey() async throws -> Bool {
        try await source.lend(while: "checking the originator key") { connection in
            try await !connection.query("SELECT FROM placeguard.originator_key").isEmpty
        }
    }
}
