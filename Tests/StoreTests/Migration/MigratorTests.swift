import Foundation
import Logging
import Postgres
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct MigratorTests {
    private let logger = Logger(label: "tests.migrator")

    @Test func `an empty database comes to the latest version, and a second run does nothing`() async throws {
        try await StoreFixture.bootstrapped { database in
            let migrator = Migrator(logger: logger)
            let first = try await migrator.migrate(database.settings)
            #expect(first.applied == Migration.embedded.map(\.name))
            #expect(first.version == Migration.embedded.count)
            let second = try await migrator.migrate(database.settings)
            #expect(second.applied == [])
            #expect(second.version == first.version)
        }
    }

    @Test func `each version goes to the next one`() async throws {
        try await StoreFixture.bootstrapped { database in
            for count in 1...Migration.embedded.count {
                let migrator = Migrator(migrations: Array(Migration.embedded.prefix(count)), logger: logger)
                let report = try await migrator.migrate(database.settings)
                #expect(report.applied == [Migration.embedded[count - 1].name])
            }
        }
    }

    @Test func `what waits when reports come to be held by version goes on waiting, and nothing else does`()
        async throws
    {
        try await StoreFixture.bootstrapped { database in
            let earlier = Migration.embedded.prefix { $0.name < "V0019" }
            _ = try await Migrator(migrations: Array(earlier), logger: logger).migrate(database.settings)
            try await withConnection(database.settings) { connection in
                _ = try await connection.pipeline([
                    Statement("INSERT INTO placeguard.location (category) VALUES ('takeaway')"),
                    Statement(
                        """
                        INSERT INTO placeguard.location_state (location, view, reports_held_from)
                        SELECT l.id, v.name, v.since FROM placeguard.location l CROSS JOIN (
                            VALUES ('open', timestamptz '2026-09-01 12:00Z'), ('full', '2026-09-01 11:00Z')
                        ) AS v (name, since)
                        """
                    ),
                    Statement(
                        """
                        INSERT INTO placeguard.item (report, form, location, sign, source, information, attribution,
                            observed, received, recorded, agency, agency_kind, originator_unconfirmed, self_report,
                            happening_now, compartment, handling, is_back_file, considered_open, considered_full,
                            superseded_at)
                        SELECT gen_random_uuid(), 1, l.id, i.sign, 1, 'A', 'inside', i.at, i.at, i.at, 'a', 'licensing',
                            false, false, false, i.compartment, 'P', i.is_back_file, i.considered, i.considered,
                            CASE WHEN i.sign = 'ended' THEN i.at END
                        FROM placeguard.location l CROSS JOIN (VALUES
                            ('before', timestamptz '2026-09-01 10:59Z', 'open-partner', false, now()),
                            ('first', '2026-09-01 11:00Z', 'open-partner', false, now()),
                            ('both', '2026-09-01 12:00Z', 'open-partner', false, now()),
                            ('secret', '2026-09-01 12:00Z', 'lado', false, now()),
                            ('back-file', '2026-09-01 12:00Z', 'open-partner', true, now()),
                            ('new', '2026-09-01 12:00Z', 'open-partner', false, null),
                            ('ended', '2026-09-01 12:00Z', 'open-partner', false, now())
                        ) AS i (sign, at, compartment, is_back_file, considered)
                        """
                    ),
                ])
            }
            _ = try await Migrator(logger: logger).migrate(database.settings)
            try await withConnection(database.settings) { connection in
                let rows = try await connection.query(
                    """
                    SELECT sign || CASE WHEN held_open THEN ' open' ELSE '' END || CASE WHEN held_full THEN ' full' ELSE '' END
                    FROM placeguard.item WHERE held_open OR held_full ORDER BY sign
                    """
                )
                #expect(try rows.map { row in try row.text(0) } == ["both open full", "first full", "secret full"])
            }
        }
    }

    @Test func `two migrators at once apply every file once`() async throws {
        try await StoreFixture.bootstrapped { database in
            let reports = try await withThrowingTaskGroup(of: MigrationReport.self) { group in
                for _ in 0..<2 {
                    group.addTask { try await Migrator(logger: logger).migrate(database.settings) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.flatMap(\.applied).sorted() == Migration.embedded.map(\.name))
            #expect(reports.allSatisfy { $0.version == Migration.embedded.count })
        }
    }

    @Test func `a file that was applied in another form is refused`() async throws {
        try await StoreFixture.bootstrapped { database in
            _ = try await Migrator(logger: logger).migrate(database.settings)
            var changed = Migration.embedded
            let name = changed[0].name
            changed[0] = try #require(Migration(name: name, bytes: Array(changed[0].text.utf8) + [0x0A]))
            await #expect(throws: MigrationError.checksumMismatch(name: name)) {
                try await Migrator(migrations: changed, logger: logger).migrate(database.settings)
            }
        }
    }

    @Test func `a database of a newer release is refused`() async throws {
        try await StoreFixture.bootstrapped { database in
            _ = try await Migrator(logger: logger).migrate(database.settings)
            let known = Migration.embedded.count
            try await withConnection(database.settings) { connection in
                _ = try await connection.query(
                    "INSERT INTO placeguard.schema_migration (version, name, checksum) VALUES ($1, 'V9999_later.sql', '')",
                    [.int32(Int32(known + 1))]
                )
            }
            await #expect(throws: MigrationError.databaseNewer(version: known + 1, known: known)) {
                try await Migrator(logger: logger).migrate(database.settings)
            }
        }
    }

    @Test func `a file that fails leaves nothing behind, not even its record`() async throws {
        try await StoreFixture.bootstrapped { database in
            let next = Migration.embedded.count + 1
            let name = "V" + String("000\(next)".suffix(4)) + "_broken.sql"
            let broken = try #require(
                Migration(name: name, bytes: Array("CREATE TABLE left_over (a integer); SELECT 1 / 0;".utf8))
            )
            let migrator = Migrator(migrations: Migration.embedded + [broken], logger: logger)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate(database.settings) }
            guard case .failed(name, let cause) = error else {
                Issue.record("unexpected error: \(String(describing: error))")
                return
            }
            #expect(cause.cause?.sqlState == "22012")
            try await withConnection(database.settings) { connection in
                let rows = try await connection.query(
                    """
                    SELECT to_regclass('placeguard.left_over') IS NULL,
                        (SELECT count(*) FROM placeguard.schema_migration)
                    """
                )
                #expect(try rows[0].bool(0))
                #expect(try rows[0].int64(1) == Int64(Migration.embedded.count))
            }
        }
    }

    @Test func `without the bootstrap it says what is missing and what to run`() async throws {
        try await TestDatabase.with { database in
            let error = await #expect(throws: MigrationError.self) {
                try await Migrator(logger: logger).migrate(database.settings)
            }
            guard case .bootstrapMissing(let findings) = error else {
                Issue.record("unexpected error: \(String(describing: error))")
                return
            }
            #expect(findings.contains(.postgisMissing))
            #expect(findings.contains(.schemaMissing))
            #expect(error?.description.contains("Deploy/bootstrap.sql") == true)
        }
    }

    @Test func `a role that is no member of the owner may not migrate`() async throws {
        try await StoreFixture.bootstrapped { database in
            var settings = database.settings
            settings.keywords["user"] = Bootstrap.Role.feed.rawValue
            await #expect(throws: MigrationError.bootstrapMissing([.notOwner])) {
                try await Migrator(logger: logger).migrate(settings)
            }
        }
    }

    @Test func `every object belongs to the owner although a superuser migrated`() async throws {
        try await StoreFixture.with { fixture in
            let strangers = try await fixture.owner.withConnection { connection in
                try await connection.query(
                    """
                    SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'placeguard' AND c.relowner <> 'placeguard_owner'::regrole
                    """
                ).map { try $0.text(0) }
            }
            #expect(strangers == [])
        }
    }

    @Test func `the bootstrap can be run again`() async throws {
        try await StoreFixture.bootstrapped { database in
            let script = try StoreFixture.bootstrapScript()
            try await withConnection(database.settings) { try await $0.script(script) }
        }
    }

    @Test func `the list of embedded files equals the directory`() throws {
        let schema = Repository.root.appending(path: "Schema")
        let files = try FileManager.default.contentsOfDirectory(atPath: schema.path)
            .filter { $0.hasSuffix(".sql") }.sorted()
        #expect(Migration.embedded.map(\.name) == files)
        #expect(Migration.embedded.map(\.version) == Array(1...files.count))
        for migration in Migration.embedded {
            let text = try String(contentsOf: schema.appending(path: migration.name), encoding: .utf8)
            #expect(migration.text == text)
        }
    }
}
