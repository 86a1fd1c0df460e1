import Safeguarding
import Synchronization

/// Tokens in memory.
final class MemoryCredentials: CredentialStore {
    struct Refusal: Hashable {
        var tokenID: String
        var address: String
    }

    private struct State {
        var tokens: [String: (secret: String, principal: Principal)] = [:]
        var revoked: Set<String> = []
        var certificates: [[UInt8]: String] = [:]
        var refusals: [Refusal] = []
        var isAvailable = true
    }

    private let state = Mutex(State())
    let bell = Doorbell()

    init() {
        add(.ana, secret: "secret-ana")
        add(.ben, secret: "secret-ben")
        add(.reporter, secret: "secret-reporter")
    }

    func add(_ principal: Principal, secret: String) {
        state.withLock { $0.tokens[principal.tokenID] = (secret, principal) }
    }

    func revoke(_ tokenID: String, rings: Bool = true) {
        state.withLock { state in _ = state.revoked.insert(tokenID) }
        if rings { bell.ring() }
    }

    func setAvailable(_ isAvailable: Bool) { state.withLock { $0.isAvailable = isAvailable } }

    var refusals: [Refusal] { state.withLock { $0.refusals } }

    func authenticate(tokenID: String, secret: String) async throws -> Principal? {
        try state.withLock { state in
            guard state.isAvailable else { throw StoreFailure.unavailable }
            guard let token = state.tokens[tokenID], token.secret == secret, !state.revoked.contains(tokenID)
            else { return nil }
            return token.principal
        }
    }

    /// A certificate stands for a token from now on.
    func certify(_ tokenID: String, fingerprint: [UInt8]) {
        state.withLock { $0.certificates[fingerprint] = tokenID }
    }

    func authenticate(fingerprint: [UInt8]) async throws -> Principal? {
        try state.withLock { state in
            guard state.isAvailable else { throw StoreFailure.unavailable }
            guard let tokenID = state.certificates[fingerprint], !state.revoked.contains(tokenID) else { return nil }
            return state.tokens[tokenID]?.principal
        }
    }

    func ended(_ principals: [Principal]) async throws -> [Principal] {
        try state.withLock { state in
            guard state.isAvailable else { throw StoreFailure.unavailable }
            return principals.filter { state.revoked.contains($0.tokenID) }
        }
    }

    func recordRefusal(tokenID: String, address: String) async throws {
        state.withLock { $0.refusals.append(Refusal(tokenID: tokenID, address: address)) }
    }
}

extension Principal {
    /// Reads the open view.
    static let ana = Principal(
        tokenID: "tok-ana",
        agency: "marlowick-licensing",
        agencyKind: .licensing,
        person: "ana",
        role: .coordinator,
        agreementUntil: .distantFuture
    )
    /// Reads the full view.
    static let ben = Principal(
        tokenID: "tok-ben",
        agency: "marlowick-children",
        agencyKind: .childrensServices,
        person: "ben",
        role: .steward,
        clearances: [.statutory],
        areas: ["E05A"],
        agreementUntil: .distantFuture
    )
    /// May report, not read.
    static let reporter = Principal(
        tokenID: "tok-reporter",
        agency: "marlowick-taxis",
        agencyKind: .taxiOperator,
        person: nil,
        role: .reporter,
        agreementUntil: .distantFuture
    )
}

extension Moment {
    static let distantFuture = Moment(seconds: 4_000_000_000)
}
