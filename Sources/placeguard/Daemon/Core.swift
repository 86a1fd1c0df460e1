import AlertFeed
import Assessor
import Intake
import Logging
import Platform
import Postgres
import RiskAssessment
import Safeguarding
import ServiceLifecycle
import Store
import Web

/// Everything above the database: migrated, wired, run, and stopped from the outside in.
///
/// Order is dependency: pools first, the web last, so that on shutdown intake closes first and the pools last.
struct Core: Service, CustomStringConvertible {
    /// Printed in logs: no setting is.
    var description: String { "Core" }

    let settings: Settings
    let address: DatabaseAddress
    let awaitDatabase: @Sendable () async throws -> Void
    let manager: ServiceManager?
    let metrics: PrometheusMetrics
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await awaitDatabase()
                try await prepare()
            }
        } catch is CancellationError {
            return
        }
        let reactor = try EpollReactor()
        let pools = Pools(
            address,
            partnership: settings.partnershipName,
            size: settings.databasePoolSize,
            readiness: reactor,
            logger: logger
        )
        let poolGroup = pools.all.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        // The wiring asks the database already, so the pools run around everything else.
        let upper = Upper(
            settings: settings,
            address: address,
            pools: pools,
            reactor: reactor,
            manager: manager,
            metrics: metrics,
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(
            services: poolGroup + [.init(service: upper, successTerminationBehavior: .gracefullyShutdownGroup)],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.limits.stop
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Brings the schema up to date before anything reads it.
    private func prepare() async throws {
        ServiceManagerLink.extend(manager, status: "migrating the schema")
        let report = try await Migrator(logger: logger).migrate(
            ConnectionSettings(address.connectionString(for: .owner), applicationName: "placeguard migrate")
        )
        if !report.applied.isEmpty {
            logger.notice("schema migrated", metadata: ["version": "\(report.version)"])
        }
    }
}
