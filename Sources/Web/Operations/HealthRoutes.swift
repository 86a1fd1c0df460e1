import Hummingbird
import NIOCore
import Safeguarding

/// Liveness, readiness, metrics and the description of the API.
struct HealthRoutes: Sendable {
    private let probe: ReadinessProbe
    private let metrics: PrometheusMetrics

    init(services: WebServices, gate: DrainGate, metrics: PrometheusMetrics) {
        probe = ReadinessProbe(services: services, gate: gate)
        self.metrics = metrics
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/healthz", .open) { _ in
                .text("ok\n", type: "text/plain; charset=utf-8")
            },
            Endpoint(.get, "/readyz", .open) { _ in
                let report = await self.probe.report()
                return .json(report.json, status: report.isReady ? .ok : .serviceUnavailable)
            },
            // Requests are counted whatever they reported: a partner who could watch would learn that something restricted
            // came in (scoring.md law 9).
            Endpoint(.get, "/metrics", .machine) { _ in
                .text(self.metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
            },
            Endpoint(.get, "/openapi.yaml", .open) { _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "application/yaml"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml))
                )
            },
        ]
    }
}

extension Response {
    fileprivate static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
