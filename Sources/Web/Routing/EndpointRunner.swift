import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Safeguarding

/// Runs one endpoint: gate, credential, role, time limit, counters.
struct EndpointRunner: HTTPResponder {
    private let endpoint: Endpoint
    private let authenticator: Authenticator
    private let services: WebServices
    private let limits: WebLimits
    private let gate: DrainGate
    private let isSecure: Bool
    private let metrics: RequestMetrics

    init(
        endpoint: Endpoint,
        authenticator: Authenticator,
        services: WebServices,
        limits: WebLimits,
        gate: DrainGate,
        isSecure: Bool
    ) {
        self.endpoint = endpoint
        self.authenticator = authenticator
        self.services = services
        self.limits = limits
        self.gate = gate
        self.isSecure = isSecure
        metrics = RequestMetrics(method: endpoint.method.rawValue, route: endpoint.path)
    }

    func respond(to request: Request, context: WebContext) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        if isOpen || gate.enter() {
            defer { if !isOpen { gate.leave() } }
            response = try await answer(request, context)
        } else {
            response = refuse(
                Problem(.draining, message: "the service is stopping; try again", retryAfter: 5),
                request
            )
        }
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        metrics.record(status: response.status.code, duration: ContinuousClock.now - start)
        return WebResponder.finished(response, isDraining: gate.isDraining)
    }

    /// Health and metrics answer until the end.
    private var isOpen: Bool {
        switch endpoint.access {
        case .open, .machine: true
        case .roles: false
        }
    }

    private func answer(_ request: Request, _ context: WebContext) async throws -> Response {
        do {
            let exchange = try await Exchange(
                request: request,
                context: context,
                caller: caller(request),
                services: services,
                limits: limits,
                gate: gate
            )
            guard endpoint.isBounded else { return try await endpoint.handle(exchange) }
            return try await Deadline.run(limits.requestTimeout) { try await endpoint.handle(exchange) }
        } catch let problem as Problem {
            return refuse(problem, request)
        } catch let failure as StoreFailure {
            context.logger.warning(
                "store failed",
                metadata: ["failure": "\(failure.rawValue)", "route": "\(endpoint.path)"]
            )
            return refuse(Problem(failure), request)
        } catch is DeadlineExceeded {
            context.logger.warning("request took too long", metadata: ["route": "\(endpoint.path)"])
            return refuse(Problem(.overloaded, message: "took too long; try again", retryAfter: 10), request)
        } catch let error as HTTPParserError {
            // The connection is beyond answering: Hummingbird ends it.
            throw error
        } catch is CancellationError {
            return refuse(Problem(.draining, message: "the service is stopping; try again", retryAfter: 5), request)
        } catch {
            // The type and nothing else: an error's text may hold what was sent.
            context.logger.error(
                "request failed",
                metadata: ["error": "\(type(of: error))", "route": "\(endpoint.path)"]
            )
            return refuse(Problem(.internalError, message: "the request failed"), request)
        }
    }

    private func caller(_ request: Request) async throws -> Principal? {
        let address = ConnectionFacts.current?.address ?? "local"
        let roles: Set<TokenRole>
        switch endpoint.access {
        case .open: return nil
        case .machine where EndpointRunner.isLocal(address, request.headers): return nil
        case .machine: roles = [.steward]
        case .roles(let allowed): roles = allowed
        }
        let principal = try await authenticator.principal(request.headers, address: address)
        guard roles.contains(principal.role) else {
            let accepted = roles.map(\.rawValue).sorted().joined(separator: ", ")
            throw Problem(.forbidden, message: "the token's role does not allow this", accepted: accepted)
        }
        return principal
    }

    /// Whether a request was made on this machine; one that a proxy hands on was not.
    static func isLocal(_ address: String, _ headers: HTTPFields) -> Bool {
        let isLoopback =
            address == "local" || address == "::1" || address.hasPrefix("127.")
            || address.hasPrefix("::ffff:127.")
        return isLoopback && forwarding.allSatisfy { headers[$0] == nil }
    }

    private static let forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"]
        .compactMap { HTTPField.Name($0) }

    private func refuse(_ problem: Problem, _ request: Request) -> Response {
        var problem = problem
        if !problem.isCounted { RefusalCounter.count(problem.code) }
        if BodyReader.hasLongBody(request), !(ConnectionFacts.current?.isBodyComplete ?? true) { problem.closes = true }
        return problem.response()
    }
}
