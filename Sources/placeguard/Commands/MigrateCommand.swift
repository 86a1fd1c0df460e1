import ArgumentParser
import Postgres
import Store

/// Brings the schema to this program's version.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database's schema to this program's version.",
        discussion: "The daemon does the same when it starts. Safe to run twice, and beside another migration."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let runtime = try await CommandRuntime(common)
        let report = try await runtime.withAddress { address in
            try await Migrator(logger: runtime.logger).migrate(
                ConnectionSettings(address.connectionString(for: .owner), applicationName: "placeguard migrate")
            )
        }
        for name in report.applied { print("applied \(name)") }
        print("The schema is at version \(report.version).")
    }
}
