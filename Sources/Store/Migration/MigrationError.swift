/// Why a database cannot be brought to, or used with, this schema; each says what to do.
package enum MigrationError: Error, Sendable, Hashable {
    /// What only a superuser can do has not been done.
    case bootstrapMissing([BootstrapFinding])
    /// A migration on record is not the one in this binary.
    case checksumMismatch(name: String)
    /// The database has a migration that this binary does not know: it belongs to a newer release.
    case databaseNewer(version: Int, known: Int)
    /// The versions on record have a hole: somebody has been in the table by hand.
    case recordIncomplete(missing: Int)
    /// A file failed; nothing of it took place.
    case failed(name: String, StoreError)

    package static func == (a: MigrationError, b: MigrationError) -> Bool { a.description == b.description }
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bootstrapMissing(let findings):
            findings.map(\.description).joined(separator: "; ")
                + "; as a superuser run: psql --dbname=DATABASE --file=Deploy/bootstrap.sql"
        case .checksumMismatch(let name):
            "migration \(name) was applied in another form than this release has; use the release that applied it"
        case .databaseNewer(let version, let known):
            "the database is at schema version \(version), this release knows \(known); install the newer release"
        case .recordIncomplete(let missing):
            "the record of migrations lacks version \(missing); restore the table placeguard.schema_migration"
        case .failed(let name, let error):
            "migration \(name) failed and was rolled back: \(error)"
        }
    }
}

/// Something that Deploy/bootstrap.sql has to provide and that is not there.
package enum BootstrapFinding: Sendable, Hashable {
    case serverTooOld(version: Int)
    case encodingNotUTF8
    case roleMissing(String)
    case postgisMissing
    case schemaMissing
    /// Anybody may create objects in `public`, where functions with the owner's rights look for PostGIS.
    case publicWritable
    /// The connecting role may not act as `placeguard_owner`.
    case notOwner
}

extension BootstrapFinding: CustomStringConvertible {
    package var description: String {
        switch self {
        case .serverTooOld(let version): "PostgreSQL \(version / 10_000) is too old, 15 is needed"
        case .encodingNotUTF8: "the database's encoding is not UTF8"
        case .roleMissing(let role): "the role \(role) is missing"
        case .postgisMissing: "the extension postgis is missing"
        case .schemaMissing: "the schema placeguard is missing"
        case .publicWritable: "everybody may create objects in the schema public"
        case .notOwner: "the connecting role is not a member of placeguard_owner"
        }
    }
}
