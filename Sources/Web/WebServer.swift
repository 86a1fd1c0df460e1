import Briefings
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
package import NIOCore
import ServiceLifecycle

/// The daemon's HTTP side: intake, briefings, steward's actions, health.
///
/// One service: `run` serves until graceful shutdown, then refuses new requests with `draining`, lets accepted ones finish
/// within `limits.drain`, and closes the connections. Belongs behind the services it calls in the group, so that it stops
/// before them.
package struct WebServer: Service {
    /// Requests that are cut off at the end of the drain get this long to notice.
    private static let afterDrain = Duration.seconds(5)

    let application: Application<WebResponder>
    private let drain: DrainService

    /// - Parameters:
    ///   - metrics: shown at `/metrics`; the caller installs it as swift-metrics' factory.
    ///   - onListening: called once with the bound address, when connections are accepted.
    /// - Throws: ``WebConfigurationError``.
    package init(
        configuration: WebConfiguration,
        services: WebServices,
        metrics: PrometheusMetrics,
        logger: Logger,
        onListening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
    ) throws {
        guard configuration.tls != nil || configuration.isLoopback else { throw WebConfigurationError.plainNotLoopback }
        let limits = configuration.limits
        let gate = DrainGate()
        let census = ConnectionCensus(limits: limits)
        let plain = HTTPServerBuilder { responder in
            GuardedChannel(responder: responder, limits: limits, census: census)
        }
        let responder = try WebResponder(
            endpoints: WebServer.endpoints(services: services, gate: gate, metrics: metrics),
            services: services,
            limits: limits,
            gate: gate,
            isSecure: configuration.tls != nil
        )
        application = Application(
            responder: responder,
            server: try configuration.tls.map { try .tls(plain, tlsConfiguration: $0.configuration()) } ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil,
                backlog: WebServer.backlog
            ),
            onServerRunning: { channel in await onListening(channel.localAddress) },
            logger: logger
        )
        drain = DrainService(gate: gate, bound: limits.drain, logger: logger)
    }

    /// Connections that may wait to be accepted: a burst of every control room at once.
    private static let backlog = 1_024

    /// Every operation of the API, in the order of the document.
    static func endpoints(services: WebServices, gate: DrainGate, metrics: PrometheusMetrics) throws -> [Endpoint] {
        let renderer = try BriefingRenderer()
        return ReportRoutes.endpoints + ImportRoute().endpoints + BriefingRoutes(renderer: renderer).endpoints
            + PlaceRoutes(renderer: renderer).endpoints + StewardRoutes.endpoints
            + HealthRoutes(services: services, gate: gate, metrics: metrics).endpoints
    }

    package func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application), .init(service: drain)],
            logger: application.logger
        )
        configuration.maximumGracefulShutdownDuration = drain.bound + WebServer.afterDrain
        try await ServiceGroup(configuration: configuration).run()
    }
}
