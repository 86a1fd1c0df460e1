import Logging
import Platform
import ServiceLifecycle
import UnixSignals
import Web

/// The whole process: the database below, everything that needs it above, stopped in reverse.
struct Daemon: Sendable {
    let settings: Settings
    let environment: [String: String]
    let metrics: PrometheusMetrics
    let logger: Logger

    /// What the database's own stop may take after the services have stopped (StopPlan).
    private static let databaseStop = StopPlan.bound
    /// What cancellation may take before the process is ended for good.
    private static let cancellation = Duration.seconds(10)

    /// Runs until a signal or a failure that cannot be mended.
    func run() async throws {
        let manager = ServiceManager(environment: environment)
        raiseOpenFiles()
        let account = try ServiceAccount.choose(configured: settings.serviceAccount)
        _ = try StateDirectory.prepare(settings.stateDirectory, account: account)
        try ServiceAccount.become(account, stateDirectory: settings.stateDirectory, environment: environment)
        try StateDirectory.checkReachable(settings.stateDirectory, account: account)

        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        let address: DatabaseAddress
        var awaitDatabase: @Sendable () async throws -> Void = {}
        switch settings.database {
        case .external(let external): address = external
        case .embedded:
            let cluster = try await EmbeddedDatabase.prepare(settings, environment: environment, logger: logger) {
                progress in
                ServiceManagerLink.extend(manager, status: progress.rawValue)
            }
            address = DatabaseAddress(embedded: cluster.layout)
            awaitDatabase = { try await cluster.awaitReady() }
            services.append(.init(service: cluster))
        }
        let core = Core(
            settings: settings,
            address: address,
            awaitDatabase: awaitDatabase,
            manager: manager,
            metrics: metrics,
            logger: logger
        )
        services.append(.init(service: core, successTerminationBehavior: .gracefullyShutdownGroup))
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.limits.stop + Self.databaseStop
        configuration.maximumCancellationDuration = Self.cancellation
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Each connection is a file; with fewer than wanted the last ones are not accepted, which is worth a line now.
    private func raiseOpenFiles() {
        let wanted = UInt64(settings.limits.openFiles)
        do {
            let open = try ResourceLimits.raiseOpenFiles(to: wanted)
            guard open < wanted else { return }
            logger.warning(
                "the system allows fewer open files than connections are configured for",
                metadata: ["files.allowed": "\(open)", "files.wanted": "\(wanted)"]
            )
        } catch {
            logger.warning("the limit of open files cannot be read or raised", metadata: ["error": "\(error)"])
        }
    }
}
