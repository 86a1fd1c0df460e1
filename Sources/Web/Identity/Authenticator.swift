import HTTPTypes
import Safeguarding

/// Says who is asking, or refuses. What is remembered of credentials is the store's affair, which hears of revocations.
struct Authenticator: Sendable {
    private let credentials: any CredentialStore
    private let throttle: LoginThrottle
    private let now: @Sendable () -> Moment

    init(credentials: any CredentialStore, limits: WebLimits, now: @escaping @Sendable () -> Moment) {
        self.credentials = credentials
        self.now = now
        throttle = LoginThrottle(limit: limits.refusedLogins)
    }

    /// Throws ``Problem``: `unauthorized` without saying why, `slow-down`, `agreement-lapsed`; or what the store
    /// throws.
    func principal(_ headers: HTTPFields, address: String) async throws -> Principal {
        guard let token = BearerToken(header: headers[.authorization]) else { throw Authenticator.unauthorized }
        guard let principal = try await credentials.authenticate(tokenID: token.id, secret: token.secret) else {
            throw try await refused(token, address: address, at: .now)
        }
        return try current(principal)
    }

    /// An agreement may end while its tokens live on.
    private func current(_ principal: Principal) throws(Problem) -> Principal {
        guard now() <= principal.agreementUntil else {
            throw Problem(.agreementLapsed, message: "the agency's information-sharing agreement has ended")
        }
        return principal
    }

    private func refused(
        _ token: BearerToken,
        address: String,
        at instant: ContinuousClock.Instant
    ) async throws -> Problem {
        guard throttle.allows(address, now: instant) else {
            return Problem(.slowDown, message: "too many refused logins from this address", retryAfter: 60)
        }
        try await credentials.recordRefusal(tokenID: token.id, address: address)
        return Authenticator.unauthorized
    }

    private static var unauthorized: Problem {
        Problem(.unauthorized, message: "a valid token is needed", accepted: "Authorization: Bearer ID.SECRET")
    }
}
