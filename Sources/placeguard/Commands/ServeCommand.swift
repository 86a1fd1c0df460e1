import ArgumentParser
import Foundation
import Logging
import Metrics
import Platform
import ServiceLifecycle
import UnixSignals
import Web

/// The daemon: intake and briefings on HTTP, alerts on the feed port.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the daemon: reports and briefings over HTTP, alerts on the feed port.",
        discussion: """
            Without database.url it starts a private PostgreSQL of its own in the state directory. SIGTERM and Ctrl-C \
            stop it gracefully: what was accepted is answered, the feed is drained, the database is stopped last.
            """
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "Address of the HTTP server, HOST:PORT.")
    var httpListen: String?
    @Option(help: "Address of the alert feed, HOST:PORT.")
    var feedListen: String?
    @Option(help: "State directory.")
    var stateDirectory: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var flags: [String: String] = [:]
        flags["http.listen"] = httpListen
        flags["feed.listen"] = feedListen
        flags["state.directory"] = stateDirectory
        let settings = try await Settings.load(
            file: common.config,
            environment: environment,
            flags: flags,
            account: Account.current()
        )
        let (format, level) = (settings.logFormat, settings.logLevel)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, level: level) }
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        var logger = Logger(label: "placeguard")
        logger.logLevel = level
        try await Daemon(settings: settings, environment: environment, metrics: metrics, logger: logger).run()
    }
}
