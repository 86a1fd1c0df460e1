import ArgumentParser
import Foundation
import Logging
import Platform
import Postgres

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Configuration file (YAML or JSON).", valueName: "file"))
    var config: String?
}

/// What a command works with: the same configuration as the daemon, and the database while it runs or before.
struct CommandRuntime: Sendable {
    let settings: Settings
    let logger: Logger
    private let environment: [String: String]

    /// Reads the configuration; logs warnings and worse to standard error.
    init(_ options: CommonOptions, flags: [String: String] = [:]) async throws {
        environment = ProcessInfo.processInfo.environment
        settings = try await Settings.load(
            file: options.config,
            environment: environment,
            flags: flags,
            account: Account.current()
        )
        let format = settings.logFormat
        var logger = Logger(label: "placeguard") { LineLogHandler(label: $0, format: format, level: .warning) }
        logger.logLevel = .warning
        self.logger = logger
    }

    /// The operating-system user as the audit names an administrator.
    func administrator() throws -> String {
        "admin:" + (try Account.invokingName(environment: environment))
    }

    /// Runs the body with the database up: the operator's own, or the embedded one, started where it does not run.
    func withAddress<Result: Sendable>(
        _ body: @Sendable @escaping (DatabaseAddress) async throws -> Result
    ) async throws -> Result {
        switch settings.database {
        case .external(let address): return try await body(address)
        case .embedded:
            let cluster = try await EmbeddedDatabase.prepare(settings, environment: environment, logger: logger)
            let address = DatabaseAddress(embedded: cluster.layout)
            return try await cluster.withServer { try await body(address) }
        }
    }

    /// Runs the body with pools on a database whose schema is this program's.
    func withPools<Result: Sendable>(
        _ body: @Sendable @escaping (Pools) async throws -> Result
    ) async throws -> Result {
        try await withAddress { address in
            let reactor = try EpollReactor()
            let pools = Pools(
                address,
                partnership: settings.partnershipName,
                size: 4,
                readiness: reactor,
                logger: logger
            )
            return try await pools.whileRunning { try await body(pools) }
        }
    }
}
