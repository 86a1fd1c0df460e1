package import Logging
package import Postgres

/// What a migration run did.
package struct MigrationReport: Sendable, Hashable {
    /// Names of the files applied now, in order; those that another migrator applied meanwhile are not among them.
    package var applied: [String]
    /// The schema version from now on.
    package var version: Int
}

/// Brings a database to the latest schema.
///
/// Each file runs in a transaction of its own that begins by recording the file, so a second migrator waits at that row,
/// finds the file done and goes on with the next. Objects belong to `placeguard_owner`, whoever runs it.
package struct Migrator: Sendable {
    private let migrations: [Migration]
    private let logger: Logger

    package init(migrations: [Migration] = Migration.embedded, logger: Logger) {
        self.migrations = migrations
        self.logger = logger
    }

    /// Connects as the owner (or a member of it), without time limits, and migrates.
    ///
    /// - Throws: `MigrationError`; `StoreError` where the database cannot be reached.
    package func migrate(_ settings: ConnectionSettings) async throws -> MigrationReport {
        var settings = settings
        settings.statementTimeout = nil
        settings.idleInTransactionTimeout = nil
        settings.responseTimeout = nil
        do {
            return try await withConnection(settings, logger: logger) { connection in
                try await migrate(connection)
            }
        } catch let error as PostgresError {
            throw StoreError(error, while: "migrating")
        }
    }

    /// Migrates over a connection that is not in a transaction.
    package func migrate(_ connection: Connection) async throws -> MigrationReport {
        try await Bootstrap.check(connection)
        try await makeRecord(connection)
        var applied: [String] = []
        for migration in try await pending(connection) {
            if try await apply(migration, connection) { applied.append(migration.name) }
        }
        // A migrator that raced us may have been a newer one.
        let left = try await pending(connection)
        guard left.isEmpty else { throw MigrationError.recordIncomplete(missing: left[0].version) }
        try await makePartitions(connection)
        return MigrationReport(applied: applied, version: migrations.last?.version ?? 0)
    }

    /// The migrations not yet on record, after checking those that are.
    package func pending(_ connection: Connection) async throws -> [Migration] {
        let rows = try await connection.query(
            "SELECT version, name, checksum FROM placeguard.schema_migration ORDER BY version"
        )
        let recorded = try rows.map { row in
            RecordedMigration(version: Int(try row.int32(0)), name: try row.text(1), checksum: try row.bytes(2))
        }
        return try MigrationPlan.pending(migrations, recorded: recorded)
    }

    /// Applies one file; false where another migrator was first.
    private func apply(_ migration: Migration, _ connection: Connection) async throws -> Bool {
        do {
            try await connection.transaction { connection in
                try await Bootstrap.becomeOwner(connection)
                _ = try await connection.query(
                    "INSERT INTO placeguard.schema_migration (version, name, checksum) VALUES ($1, $2, $3)",
                    [.int32(Int32(migration.version)), .text(migration.name), .bytes(migration.checksum)]
                )
                try await connection.script(migration.text)
            }
        } catch let error as PostgresError {
            if error.isUniqueViolation, error.constraint == "schema_migration_pkey" { return false }
            throw MigrationError.failed(name: migration.name, StoreError(error, while: "migrating"))
        }
        logger.info("migration applied", metadata: ["migration": "\(migration.name)"])
        return true
    }

    private func makeRecord(_ connection: Connection) async throws {
        try await alone(connection) { connection in
            try await connection.script(
                """
                CREATE TABLE IF NOT EXISTS placeguard.schema_migration (
                    version integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum bytea NOT NULL,
                    applied timestamptz NOT NULL DEFAULT clock_timestamp(),
                    applied_by text NOT NULL DEFAULT session_user
                );
                GRANT SELECT ON placeguard.schema_migration TO placeguard_intake, placeguard_assessor,
                    placeguard_feed, placeguard_briefing, placeguard_admin;
                """
            )
        }
    }

    /// Makes the report partitions of this year and the two to come: rows of a year without one would go to the default
    /// partition, and once there they keep the year's own from being made. And those of the feed log: of the range that its
    /// position is in, and of the next three millions.
    private func makePartitions(_ connection: Connection) async throws {
        try await alone(connection) { connection in
            _ = try await connection.query(
                """
                SELECT placeguard.make_report_partition(extract(year FROM clock_timestamp())::integer + ahead)
                FROM generate_series(0, 2) AS ahead
                """
            )
            let hasFeed = try await connection.query("SELECT to_regclass('placeguard.feed_counter') IS NOT NULL")
            guard try hasFeed[0].bool(0) else { return }
            _ = try await connection.query(
                """
                SELECT placeguard.make_feed_partition(c.view, (c.seq / 1000000)::integer + ahead)
                FROM placeguard.feed_counter c, generate_series(0, 3) AS ahead
                """
            )
        }
    }

    /// A transaction of the owner with no other migrator in one: IF NOT EXISTS is no protection against another session
    /// doing the same at the same time.
    private func alone(_ connection: Connection, _ body: (Connection) async throws -> Void) async throws {
        try await connection.transaction { connection in
            try await Bootstrap.becomeOwner(connection)
            _ = try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('placeguard.migrator', 0))")
            try await body(connection)
        }
    }
}
