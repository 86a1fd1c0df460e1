import Crypto

/// One step of the schema: a file of Schema/, applied once, in one transaction, never changed once released.
package struct Migration: Sendable, Hashable {
    /// 1 and rising without holes.
    package let version: Int
    /// The file's name, such as `V0001_foundation.sql`.
    package let name: String
    package let text: String
    /// SHA-256 of the file.
    package let checksum: [UInt8]

    /// Reads a file's name and bytes; nil where the name is not `V` and four digits, `_`, and the rest, or the text is
    /// not UTF-8.
    package init?(name: String, bytes: [UInt8]) {
        let digits = name.dropFirst().prefix(4)
        guard name.hasPrefix("V"), digits.count == 4, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            name.dropFirst(5).hasPrefix("_"), name.hasSuffix(".sql"), let version = Int(digits), version > 0,
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        self.version = version
        self.name = name
        self.text = text
        checksum = Array(SHA256.hash(data: bytes))
    }

    /// The migrations in the binary, in order.
    package static let embedded: [Migration] = [
        Migration(name: "V0001_foundation.sql", bytes: PackageResources.V0001_foundation_sql),
        Migration(name: "V0002_assessment.sql", bytes: PackageResources.V0002_assessment_sql),
        Migration(name: "V0003_due_list.sql", bytes: PackageResources.V0003_due_list_sql),
        Migration(name: "V0004_coordination.sql", bytes: PackageResources.V0004_coordination_sql),
        Migration(name: "V0005_readers.sql", bytes: PackageResources.V0005_readers_sql),
        Migration(name: "V0006_chains.sql", bytes: PackageResources.V0006_chains_sql),
        Migration(name: "V0007_addressed.sql", bytes: PackageResources.V0007_addressed_sql),
        Migration(name: "V0008_retention.sql", bytes: PackageResources.V0008_retention_sql),
        Migration(name: "V0009_epochs.sql", bytes: PackageResources.V0009_epochs_sql),
        Migration(name: "V0010_lineage.sql", bytes: PackageResources.V0010_lineage_sql),
        Migration(name: "V0011_sealing.sql", bytes: PackageResources.V0011_sealing_sql),
        Migration(name: "V0012_seen.sql", bytes: PackageResources.V0012_seen_sql),
        Migration(name: "V0013_looking_back.sql", bytes: PackageResources.V0013_looking_back_sql),
        Migration(name: "V0014_digests.sql", bytes: PackageResources.V0014_digests_sql),
        Migration(name: "V0015_bursts.sql", bytes: PackageResources.V0015_bursts_sql),
        Migration(name: "V0016_whose_digest.sql", bytes: PackageResources.V0016_whose_digest_sql),
        Migration(name: "V0017_claims.sql", bytes: PackageResources.V0017_claims_sql),
        Migration(name: "V0018_acted_on.sql", bytes: PackageResources.V0018_acted_on_sql),
        Migration(name: "V0019_held.sql", bytes: PackageResources.V0019_held_sql),
        Migration(name: "V0020_standing.sql", bytes: PackageResources.V0020_standing_sql),
        Migration(name: "V0021_mutes_told.sql", bytes: PackageResources.V0021_mutes_told_sql),
    ].compactMap { $0 }
}
