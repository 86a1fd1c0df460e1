import Postgres
package import Safeguarding

/// A partner agency to be added, with the information-sharing agreement that makes its accounts work.
package struct NewAgency: Sendable, Hashable {
    package var code: String
    package var name: String
    package var kind: AgencyKind
    package var agreement: String
    /// The first moment at which the agreement no longer holds.
    package var agreementUntil: Moment
    package var lawfulBasis: LawfulBasis
    package var canGrade: Bool
    /// Area codes; empty means every area.
    package var areas: [String]

    package init(
        code: String,
        name: String,
        kind: AgencyKind,
        agreement: String,
        agreementUntil: Moment,
        lawfulBasis: LawfulBasis,
        canGrade: Bool = false,
        areas: [String] = []
    ) {
        self.code = code
        self.name = name
        self.kind = kind
        self.agreement = agreement
        self.agreementUntil = agreementUntil
        self.lawfulBasis = lawfulBasis
        self.canGrade = canGrade
        self.areas = areas
    }
}

/// A partner agency as it stands.
package struct Agency: Sendable, Hashable {
    package var code: String
    package var name: String
    package var kind: AgencyKind
    package var agreement: String
    package var agreementUntil: Moment
    package var canGrade: Bool
    package var isSuspended: Bool
}

/// Why an entry of the directory cannot be made; the descriptions are safe to print.
package enum DirectoryRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case codeTaken = "code-taken"
    case badCode = "bad-code"
    case badArea = "bad-area"
    case unknownAgency = "unknown-agency"
    case unknownPerson = "unknown-person"
    case unknownLocation = "unknown-location"
    case personOfOtherAgency = "person-of-other-agency"
    case clearanceNotForReporters = "clearance-not-for-reporters"
    case unknownToken = "unknown-token"
    case certificateInUse = "certificate-in-use"

    package var description: String {
        switch self {
        case .codeTaken: "That code is in use."
        case .badCode:
            "A code is 1 to 32 small letters, digits and hyphens (people: points too), not beginning with one."
        case .badArea:
            "An area is given by its code, 1 to 32 letters, digits, points, underscores and hyphens; none for all."
        case .unknownAgency: "There is no such agency."
        case .unknownPerson: "There is no such person."
        case .unknownLocation: "There is no such location."
        case .personOfOtherAgency: "The person belongs to another agency."
        case .unknownToken: "There is no token with that id in force."
        case .certificateInUse: "That certificate stands for a token already."
        case .clearanceNotForReporters:
            "A reporter's token opens nothing beyond the open view; leave the clearance out."
        }
    }
}

/// The partner agencies, kept by the administrator. Each change is audited in its transaction and ends cached credentials.
package struct AgencyDirectory: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// Adds an agency. Throws `DirectoryRefusal`.
    ///
    /// - Returns: Of its areas those that no boundary has: nothing happens there until one is imported.
    @discardableResult
    package func add(_ agency: NewAgency, by actor: String) async throws -> [String] {
        try AreaCode.check(agency.areas)
        return try await source.directoryTransaction { connection in
            let added = try await connection.query(
                """
                INSERT INTO placeguard.agency (code, name, kind, agreement, agreement_until, lawful_basis, can_grade, areas)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO NOTHING
                """,
                [
                    .text(agency.code), .text(agency.name), .name(agency.kind), .text(agency.agreement),
                    .moment(agency.agreementUntil), .name(agency.lawfulBasis), .bool(agency.canGrade),
                    .texts(agency.areas),
                ]
            )
            guard added.affected == 1 else { throw DirectoryRefusal.codeTaken }
            _ = try await connection.query(
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "agency.add",
                        subject: "agency:" + agency.code,
                        detail: "kind=\(agency.kind.rawValue)"
                    )
                )
            )
            return try await AreaCode.unknown(agency.areas, connection)
        }
    }

    /// Codes to which somebody is limited, or that have a chain, and that no boundary has: nothing is heard from there.
    package func strayAreas() async throws -> [StrayArea] {
        try await source.lend(while: "looking at areas") { connection in try await AreaCode.stray(connection) }
    }

    package func list() async throws -> [Agency] {
        try await source.lend(while: "listing agencies") { connection in
            try await connection.query(
                """
                SELECT code, name, kind, agreement, agreement_until, can_grade, suspended_at IS NOT NULL
                FROM placeguard.agency ORDER BY code
                """
            ).map { row in
                Agency(
                    code: try row.text(0),
                    name: try row.text(1),
                    kind: try row.name(2),
                    agreement: try row.text(3),
                    agreementUntil: try row.moment(4),
                    canGrade: try row.bool(5),
                    isSuspended: try row.bool(6)
                )
            }
        }
    }

    /// Suspends an agency: its credentials stop at once, open sessions included. False where it is not active.
    package func suspend(_ code: String, by actor: String) async throws -> Bool {
        try await source.directoryTransaction { connection in
            let changed = try await connection.query(
                "UPDATE placeguard.agency SET suspended_at = clock_timestamp() WHERE code = $1 AND suspended_at IS NULL",
                [.text(code)]
            )
            guard changed.affected == 1 else { return false }
            _ = try await connection.pipeline([
                AuditStatement.one(AuditDraft(actor: actor, action: "agency.suspend", subject: "agency:" + code)),
                CredentialNotice.statement,
            ])
            return true
        }
    }

    /// Links an agency to a place it operates or whose staff it employs. Throws `DirectoryRefusal`.
    package func link(
        agency code: String,
        to location: LocationID,
        as relation: LocationLink,
        by actor: String
    ) async throws {
        try await source.directoryTransaction { connection in
            _ = try await connection.pipeline([
                Statement(
                    """
                    INSERT INTO placeguard.link (agency, location, relation, created_by) VALUES ($1, $2, $3, $4)
                    ON CONFLICT DO NOTHING
                    """,
                    [.text(code), .id(location), .name(relation), .text(actor)]
                ),
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "agency.link",
                        subject: "agency:" + code,
                        detail: "location=\(location.text) as=\(relation.rawValue)"
                    )
                ),
                CredentialNotice.statement,
            ])
        }
    }

    /// The agency as a system of its own that submits reports; nil where it is unknown, suspended or without agreement.
    package func principal(agency code: String) async throws -> Principal? {
        try await source.lend(while: "reading an agency") { connection in
            let rows = try await connection.query(
                """
                SELECT kind, can_grade, lawful_basis, agreement_until, areas FROM placeguard.agency
                WHERE code = $1 AND suspended_at IS NULL AND agreement_until > clock_timestamp()
                """,
                [.text(code)]
            )
            guard let row = rows.first else { return nil }
            return Principal(
                tokenID: "",
                agency: code,
                agencyKind: try row.name(0),
                person: nil,
                role: .reporter,
                areas: try row.texts(4),
                canGrade: try row.bool(1),
                lawfulBasis: try row.name(2),
                agreementUntil: try row.moment(3)
            )
        }
    }
}

/// Tells every daemon that credentials changed; sent in the transaction that changed them.
enum CredentialNotice {
    static let channel = "placeguard_credentials"
    static let statement = Statement("SELECT pg_notify('placeguard_credentials', '')")
}

extension ConnectionSource {
    /// A change of the directory; what the schema refuses becomes a refusal that can be told.
    func directoryTransaction<R>(_ body: (Connection) async throws -> R) async throws -> R {
        do {
            return try await transaction(while: "changing the directory") { try await body($0) }
        } catch let error as StoreError {
            guard let constraint = error.cause?.constraint else { throw error }
            switch constraint {
            case "agency_code_check", "person_code_check": throw DirectoryRefusal.badCode
            case "person_agency_fkey", "token_agency_fkey", "link_agency_fkey": throw DirectoryRefusal.unknownAgency
            case "token_person_fkey", "link_person_fkey": throw DirectoryRefusal.unknownPerson
            case "link_location_fkey": throw DirectoryRefusal.unknownLocation
            default: throw error
            }
        }
    }
}
