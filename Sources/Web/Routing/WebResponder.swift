import HTTPTypes
import Hummingbird
import Safeguarding
import ServiceLifecycle

/// Answers every request: finds the endpoint, checks who asks, runs it, and turns whatever goes wrong into a problem.
struct WebResponder: HTTPResponder {
    private let router: RouterResponder<WebContext>
    private let unmatched = RequestMetrics(method: "other", route: "unmatched")
    private let gate: DrainGate

    init(endpoints: [Endpoint], services: WebServices, limits: WebLimits, gate: DrainGate, isSecure: Bool) {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        let authenticator = Authenticator(credentials: services.credentials, limits: limits, now: services.now)
        for endpoint in endpoints {
            let runner = EndpointRunner(
                endpoint: endpoint,
                authenticator: authenticator,
                services: services,
                limits: limits,
                gate: gate,
                isSecure: isSecure
            )
            router.on(RouterPath(endpoint.path), method: endpoint.method, responder: runner)
        }
        for (path, missing) in WebResponder.missingMethods(endpoints) {
            for method in missing.methods {
                let refusal = MethodRefusal(allowed: missing.allowed)
                router.on(RouterPath(path), method: method, responder: refusal)
            }
        }
        self.router = router.buildResponder()
        self.gate = gate
    }

    func respond(to request: Request, context: WebContext) async throws -> Response {
        ConnectionFacts.current?.requestBegan()
        guard request.head.authority != nil, !WebResponder.hasSecondHost(request) else { return WebResponder.badHost() }
        let response = try await router.respond(to: request, context: context)
        // The router answers what it does not know in its own way.
        guard context.coreContext.endpointPath.value == "NotFound" else { return response }
        RefusalCounter.count(RefusalReason.notFound.rawValue)
        unmatched.record(status: 404, duration: .zero)
        return WebResponder.finished(BodyReader.unread(request, .notFound).response(), isDraining: gate.isDraining)
    }

    /// The first `Host` became the authority; a second one stays among the fields.
    private static func hasSecondHost(_ request: Request) -> Bool {
        hostName.map { request.headers[$0] != nil } ?? false
    }

    private static let hostName = HTTPField.Name("Host")

    /// RFC 9112 section 3.2: a request without exactly one `Host` is refused.
    private static func badHost() -> Response {
        var problem = Problem(.badQuery, message: "a request needs exactly one Host")
        problem.closes = true
        RefusalCounter.count(problem.code)
        return finished(problem.response(), isDraining: true)
    }

    /// What every answer carries: nothing of it may be kept by anybody on the way.
    static func finished(_ response: Response, isDraining: Bool) -> Response {
        var response = response
        response.headers[.cacheControl] = "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        if isDraining { response.headers[.connection] = "close" }
        return response
    }

    private static func missingMethods(
        _ endpoints: [Endpoint]
    ) -> [String: (allowed: String, methods: [HTTPRequest.Method])] {
        Dictionary(grouping: endpoints, by: \.path).mapValues { group in
            var allowed = group.map(\.method)
            if allowed.contains(.get) { allowed.append(.head) }
            let common: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
            let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            return (names, common.filter { !allowed.contains($0) })
        }
    }
}

/// Answers methods that a path does not have.
private struct MethodRefusal: HTTPResponder {
    let allowed: String

    func respond(to request: Request, context: WebContext) async throws -> Response {
        var problem = BodyReader.unread(
            request,
            Problem(.methodNotAllowed, message: "the method is not for this path", accepted: allowed)
        )
        problem.allow = allowed
        RefusalCounter.count(problem.code)
        return WebResponder.finished(problem.response(), isDraining: false)
    }
}
