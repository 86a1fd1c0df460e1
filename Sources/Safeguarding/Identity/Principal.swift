/// Who is acting, as a credential proved it.
package struct Principal: Sendable, Hashable {
    package var tokenID: String
    /// Code of the agency.
    package var agency: String
    package var agencyKind: AgencyKind
    /// Code of the person; nil for a system of the agency.
    package var person: String?
    package var role: TokenRole
    package var clearances: Set<Clearance>
    /// Area codes that limit what is seen; empty means every area.
    package var areas: [String]
    /// The agency may grade its reports itself.
    package var canGrade: Bool
    /// The agency's information-sharing agreement gives this basis where a report names none.
    package var lawfulBasis: LawfulBasis
    /// Last moment at which the agreement holds.
    package var agreementUntil: Moment

    package init(
        tokenID: String,
        agency: String,
        agencyKind: AgencyKind,
        person: String?,
        role: TokenRole,
        clearances: Set<Clearance> = [],
        areas: [String] = [],
        canGrade: Bool = false,
        lawfulBasis: LawfulBasis = .publicTask,
        agreementUntil: Moment
    ) {
        self.tokenID = tokenID
        self.agency = agency
        self.agencyKind = agencyKind
        self.person = person
        self.role = role
        self.clearances = clearances
        self.areas = areas
        self.canGrade = canGrade
        self.lawfulBasis = lawfulBasis
        self.agreementUntil = agreementUntil
    }

    /// The view that this reader reads (design.md "A score must not leak").
    package var view: View { clearances.contains(.statutory) ? .full : .open }

    /// Key of cursors, claims and judgements: the person, or the agency's system.
    package var subject: String { person ?? "agency:" + agency }

    /// How the audit names the actor: codes only.
    package var actor: String { person.map { "person:" + $0 } ?? "agency:" + agency }
}

/// Credentials, checked against the database (design.md "Trust").
package protocol CredentialStore: Sendable {
    /// The principal behind a token, or nil. An unknown id costs the same as a wrong secret.
    func authenticate(tokenID: String, secret: String) async throws -> Principal?
    /// The principal of the token that a client certificate stands for, or nil.
    ///
    /// - Parameter fingerprint: SHA-256 of the certificate, which the TLS handshake has verified.
    func authenticate(fingerprint: [UInt8]) async throws -> Principal?
    /// Whether the token of a running session still holds: not revoked, agency active, agreement current.
    func isStillValid(_ principal: Principal) async throws -> Bool
    /// Those of the principals whose tokens no longer hold.
    func ended(_ principals: [Principal]) async throws -> [Principal]
    /// Records refused logins, counted per minute, address and id.
    func recordRefusal(tokenID: String, address: String) async throws
}

extension CredentialStore {
    package func isStillValid(_ principal: Principal) async throws -> Bool { try await ended([principal]).isEmpty }
}
