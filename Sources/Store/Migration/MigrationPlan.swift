/// A row of the record of applied migrations.
struct RecordedMigration: Sendable, Hashable {
    var version: Int
    var name: String
    var checksum: [UInt8]
}

/// Which migrations are to be applied, decided from the files and the record alone.
enum MigrationPlan {
    /// The files not on record, in order.
    ///
    /// - Throws: `MigrationError` where the record does not fit the files.
    static func pending(
        _ migrations: [Migration],
        recorded: [RecordedMigration]
    ) throws(MigrationError) -> [Migration] {
        let known = migrations.last?.version ?? 0
        for (index, record) in recorded.enumerated() {
            if record.version > known { throw .databaseNewer(version: record.version, known: known) }
            guard record.version == index + 1 else { throw .recordIncomplete(missing: index + 1) }
            guard let migration = migrations.first(where: { $0.version == record.version }),
                migration.name == record.name, migration.checksum == record.checksum
            else { throw .checksumMismatch(name: record.name) }
        }
        return migrations.filter { $0.version > recorded.count }
    }
}
