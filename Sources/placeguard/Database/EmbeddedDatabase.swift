import Logging
import Platform

/// The embedded cluster made from the settings, for the daemon and for commands beside it.
enum EmbeddedDatabase {
    /// Prepares the state directory and finds the programs; starts nothing.
    static func prepare(
        _ settings: Settings,
        environment: [String: String],
        logger: Logger,
        report: @escaping @Sendable (ClusterProgress) -> Void = { _ in }
    ) async throws -> EmbeddedCluster {
        let account = try ServiceAccount.choose(configured: settings.serviceAccount)
        let state = try StateDirectory.prepare(settings.stateDirectory, account: account)
        return try await EmbeddedCluster(
            stateDirectory: state,
            account: account,
            binaries: settings.postgresBinaries,
            roles: DatabaseRole.allCases.map(\.name),
            bootstrap: PackageResources.bootstrap_sql,
            environment: environment,
            logger: logger,
            report: report
        )
    }
}
