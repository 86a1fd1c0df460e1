import Foundation
import Logging
import Postgres
import Store
import TestSupport

/// A migrated database that the databases of the tests are copied from: copying takes a tenth of migrating.
///
/// Its name carries a hash of everything it is made from, so every run with the same schema finds the one of the run
/// before. It is made under another name and renamed when whole, under a lock of the cluster.
enum StoreTemplate {
    /// Deploy/bootstrap.sql of the package these tests belong to.
    static func bootstrapScript() throws -> String {
        try Repository.text("Deploy/bootstrap.sql")
    }

    /// Makes the template where there is none yet; answers its name.
    static func name() async throws -> String {
        let bootstrap = try bootstrapScript()
        let name = "placeguard_template_" + fingerprint(of: bootstrap)
        try await withConnection(try PostgresServer.settings()) { connection in
            if try await exists(name, connection) { return }
            _ = try await connection.query("SELECT pg_advisory_lock(hashtextextended('placeguard.tests.template', 0))")
            // The lock ends with the connection.
            if try await exists(name, connection) { return }
            try await make(name, bootstrap: bootstrap, connection)
        }
        return name
    }

    private static func make(_ name: String, bootstrap: String, _ connection: Connection) async throws {
        let raw = try await TestDatabase.create()
        try await withConnection(raw.settings) { try await $0.script(bootstrap) }
        _ = try await Migrator(logger: Logger(label: "tests.template")).migrate(raw.settings)
        try await connection.script("ALTER DATABASE \"\(raw.name)\" RENAME TO \"\(name)\"")
    }

    private static func exists(_ name: String, _ connection: Connection) async throws -> Bool {
        try await !connection.query("SELECT FROM pg_database WHERE datname = $1", [.text(name)]).isEmpty
    }

    /// FNV-1a: enough to tell versions of a schema apart.
    private static func fingerprint(of bootstrap: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(bootstrap.utf8) + Migration.embedded.flatMap(\.checksum) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
