import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Agencies and their tokens, as the administrator's commands make them; the store has the grants of the feed.
struct Partnership: Sendable {
    /// What takes a credential out of force, or changes what it opens.
    enum Change: String, CaseIterable, Sendable {
        case revoked, suspended, lapsed, clearances, areas, agencyAreas
    }

    let fixture: StoreFixture
    let agencies: AgencyDirectory
    let tokens: TokenRegistry
    let store: PostgresCredentialStore

    static let actor = "admin:tests"
    static let until = Moment(seconds: 4_000_000_000)
    static let past = Moment(seconds: 1_000_000_000)

    static func with<R>(_ body: (Partnership) async throws -> R) async throws -> R {
        try await StoreFixture.with { fixture in
            try await body(
                Partnership(
                    fixture: fixture,
                    agencies: AgencyDirectory(source: fixture.admin),
                    tokens: TokenRegistry(source: fixture.admin),
                    store: PostgresCredentialStore(source: fixture.feed)
                )
            )
        }
    }

    static func fingerprint(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

    func add(_ agency: String, until: Moment = Partnership.until, areas: [String] = []) async throws {
        let new = NewAgency(
            code: agency,
            name: agency,
            kind: .childrensServices,
            agreement: "ISA-" + agency,
            agreementUntil: until,
            lawfulBasis: .legalObligation,
            canGrade: true,
            areas: areas
        )
        try await agencies.add(new, by: Self.actor)
    }

    func issue(to agency: String, role: TokenRole = .coordinator) async throws -> IssuedToken {
        try await tokens.issue(NewToken(agency: agency, role: role), by: Self.actor)
    }

    /// The token of an agency of its own.
    func token(of agency: String, until: Moment = Partnership.until) async throws -> IssuedToken {
        try await add(agency, until: until)
        return try await issue(to: agency)
    }

    func apply(_ change: Change, to token: IssuedToken, of agency: String) async throws {
        let isDone =
            switch change {
            case .revoked: try await tokens.revoke(token.id, by: Self.actor)
            case .suspended: try await agencies.suspend(agency, by: Self.actor)
            case .lapsed:
                try await update(
                    "UPDATE placeguard.agency SET agreement_until = clock_timestamp() WHERE code = $1",
                    agency
                )
            case .clearances:
                try await update("UPDATE placeguard.token SET clearances = '{statutory}' WHERE id = $1", token.id)
            case .areas: try await update("UPDATE placeguard.token SET areas = '{E05Z}' WHERE id = $1", token.id)
            case .agencyAreas: try await update("UPDATE placeguard.agency SET areas = '{E05Z}' WHERE code = $1", agency)
            }
        #expect(isDone, "\(change)")
    }

    func renewAgreement(of agency: String) async throws {
        let isDone = try await update(
            "UPDATE placeguard.agency SET agreement_until = agreement_until + interval '1 year' WHERE code = $1",
            agency
        )
        #expect(isDone)
    }

    /// With the owner's rights, what no command does.
    private func update(_ sql: StaticString, _ key: String) async throws -> Bool {
        try await fixture.owner.withConnection { connection in
            try await connection.query(sql, [.text(key)]).affected == 1
        }
    }
}

extension IssuedToken {
    var secret: String { String(text.dropFirst(id.count + 1)) }
}

extension PostgresCredentialStore {
    func authenticate(_ token: IssuedToken) async throws -> Principal? {
        try await authenticate(tokenID: token.id, secret: token.secret)
    }
}
