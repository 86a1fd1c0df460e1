import HTTPTypes
import Hummingbird
import Safeguarding

/// One operation of the API: what the router is built from and the OpenAPI document is held to.
struct Endpoint: Sendable {
    /// Who may call it.
    enum Access: Sendable {
        /// Anybody, without a token.
        case open
        /// Whoever is on this machine, without a token; from elsewhere, or through a proxy, tokens of stewards.
        case machine
        /// Tokens of these roles.
        case roles(Set<TokenRole>)
    }

    let method: HTTPRequest.Method
    /// With parameters in braces, as OpenAPI writes them.
    let path: String
    let access: Access
    /// Whether the time it may take is bounded from outside; where it writes, the store bounds it.
    let isBounded: Bool
    let handle: @Sendable (Exchange) async throws -> Response

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        isBounded: Bool = true,
        handle: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.isBounded = isBounded
        self.handle = handle
    }
}

extension Endpoint.Access {
    /// Those who report.
    static let reporters = Endpoint.Access.roles([.reporter, .steward])
    /// Those who read what the partnership discusses (interfaces.md "Reading").
    static let meetings = Endpoint.Access.roles([.meeting, .steward])
    /// Those who look at one place; a coordinator has to be able to open what an alert speaks of.
    static let places = Endpoint.Access.roles([.meeting, .steward, .coordinator])
    static let stewards = Endpoint.Access.roles([.steward])
}

/// One request on its way to its answer.
struct Exchange: Sendable {
    let request: Request
    let context: WebContext
    /// Who asks; nil on open endpoints.
    let caller: Principal?
    let services: WebServices
    let limits: WebLimits
    let gate: DrainGate
    private let began = ContinuousClock.now

    /// Refuses where the token has been revoked, or its agency suspended, while the request came in.
    ///
    /// Asks only where that took longer than a check is trusted.
    func checkStillValid() async throws {
        guard ContinuousClock.now - began > limits.credentialAge else { return }
        guard try await services.credentials.isStillValid(principal) else {
            throw Problem(.unauthorized, message: "the token no longer holds")
        }
    }

    /// Holds the server open until an answer is written that goes on after its handler has returned.
    func keepingGateOpen() -> DrainGate.Pass { gate.pass() }

    /// Who asks.
    ///
    /// Every endpoint but the open ones has a caller.
    var principal: Principal {
        get throws(Problem) {
            guard let caller else { throw Problem(.unauthorized, message: "a valid token is needed") }
            return caller
        }
    }

    /// The identifier in the path.
    ///
    /// One that is malformed is answered like one that does not exist.
    func identifier<ID: PrefixedIdentifier>(_ name: String, as type: ID.Type = ID.self) throws(Problem) -> ID {
        guard let text = context.parameters.get(name), let id = ID(text) else { throw Problem.notFound }
        return id
    }
}

/// What Hummingbird hands along with a request.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
