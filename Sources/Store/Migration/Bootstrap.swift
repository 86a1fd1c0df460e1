package import Postgres

/// What Deploy/bootstrap.sql provides, and whether it is there.
package enum Bootstrap {
    /// The roles of design.md "Trust".
    package enum Role: String, Sendable, CaseIterable {
        case owner = "placeguard_owner"
        case intake = "placeguard_intake"
        case assessor = "placeguard_assessor"
        case feed = "placeguard_feed"
        case briefing = "placeguard_briefing"
        case admin = "placeguard_admin"
    }

    /// The oldest server that has all we use: CREATE on `public` is not everybody's from 15 on.
    package static let oldestServer = 150_000

    /// Looks at the server; empty where all is well.
    package static func findings(_ connection: Connection) async throws(PostgresError) -> [BootstrapFinding] {
        let rows = try await connection.query(
            """
            SELECT current_setting('server_version_num')::integer, getdatabaseencoding() = 'UTF8',
                ARRAY(SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS r (name, number)
                    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) ORDER BY number),
                EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis'),
                EXISTS (SELECT FROM pg_namespace WHERE nspname = 'placeguard'),
                has_schema_privilege('public', 'public', 'CREATE'),
                EXISTS (SELECT FROM pg_roles WHERE rolname = 'placeguard_owner'
                    AND pg_has_role(current_user, oid, 'MEMBER'))
            """,
            [.names(Role.allCases)]
        )
        guard let row = rows.first else { return [] }
        var findings: [BootstrapFinding] = []
        let version = Int(try row.int32(0))
        if version < oldestServer { findings.append(.serverTooOld(version: version)) }
        if try !row.bool(1) { findings.append(.encodingNotUTF8) }
        let missing = try row.texts(2)
        findings += missing.map { .roleMissing($0) }
        if try !row.bool(3) { findings.append(.postgisMissing) }
        if try !row.bool(4) { findings.append(.schemaMissing) }
        if try row.bool(5) { findings.append(.publicWritable) }
        if try !row.bool(6), !missing.contains(Role.owner.rawValue) { findings.append(.notOwner) }
        return findings
    }

    /// - Throws: `MigrationError.bootstrapMissing` where something is not there.
    static func check(_ connection: Connection) async throws {
        let findings = try await findings(connection)
        guard findings.isEmpty else { throw MigrationError.bootstrapMissing(findings) }
    }

    /// For the rest of the transaction: the owner's rights, and its schema first.
    static func becomeOwner(_ connection: Connection) async throws(PostgresError) {
        _ = try await connection.pipeline([
            Statement("SET LOCAL ROLE placeguard_owner"),
            Statement("SET LOCAL search_path = placeguard, public"),
        ])
    }
}
