import Crypto
import Postgres
package import Safeguarding

/// A credential to be issued.
package struct NewToken: Sendable, Hashable {
    package var agency: String
    /// Nil: a system of the agency; for coordinators, meetings and stewards a person named after the agency.
    package var person: String?
    package var role: TokenRole
    package var clearances: Set<Clearance>
    package var areas: [String]

    package init(
        agency: String,
        person: String? = nil,
        role: TokenRole,
        clearances: Set<Clearance> = [],
        areas: [String] = []
    ) {
        self.agency = agency
        self.person = person
        self.role = role
        self.clearances = clearances
        self.areas = areas
    }
}

/// A credential just issued; the only moment at which its secret is known.
package struct IssuedToken: Sendable {
    package var id: String
    package var person: String?
    /// `ID.SECRET`.
    package var text: String
    /// Of its areas those that no boundary has: nothing happens there until one is imported.
    package var unknownAreas: [String]
}

extension IssuedToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "IssuedToken(id: \(id))" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// A credential without its secret.
package struct TokenRecord: Sendable, Hashable {
    package var id: String
    package var agency: String
    package var person: String?
    package var role: TokenRole
    package var isRevoked: Bool
}

/// The credentials: issued, listed, revoked by the administrator.
package struct TokenRegistry: Sendable {
    /// 256 random bits: nobody guesses one, so a fast hash is enough to keep it (design.md "Trust").
    package static let secretBytes = 32
    /// 72 random bits: ids are no secrets, they only must not collide.
    private static let idBytes = 9

    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// Issues a credential. Throws `DirectoryRefusal`.
    package func issue(_ token: NewToken, by actor: String) async throws -> IssuedToken {
        guard token.role != .reporter || token.clearances.isEmpty else {
            throw DirectoryRefusal.clearanceNotForReporters
        }
        try AreaCode.check(token.areas)
        let id = TokenText.id(Self.idBytes)
        let secret = TokenText.random(Self.secretBytes)
        return try await source.directoryTransaction { connection in
            let person = try await self.person(of: token, connection)
            _ = try await connection.pipeline([
                Statement(
                    """
                    INSERT INTO placeguard.token (id, secret_hash, role, agency, person, clearances, areas, issued_by)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    [
                        .text(id), .bytes(Array(SHA256.hash(data: Array(secret.utf8)))), .name(token.role),
                        .text(token.agency), .text(person),
                        .names(token.clearances.sorted { $0.rawValue < $1.rawValue }),
                        .texts(token.areas), .text(actor),
                    ]
                ),
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "token.issue",
                        subject: "token:" + id,
                        detail: "agency=\(token.agency) role=\(token.role.rawValue)"
                    )
                ),
            ])
            let unknown = try await AreaCode.unknown(token.areas, connection)
            return IssuedToken(id: id, person: person, text: id + "." + secret, unknownAreas: unknown)
        }
    }

    /// Lets a certificate stand for a credential in force. Throws `DirectoryRefusal`.
    ///
    /// - Parameter fingerprint: SHA-256 of the certificate.
    package func certify(_ id: String, fingerprint: [UInt8], by actor: String) async throws {
        try await source.directoryTransaction { connection in
            let known = try await connection.query(
                "SELECT FROM placeguard.token WHERE id = $1 AND revoked IS NULL",
                [.text(id)]
            )
            guard known.affected == 1 else { throw DirectoryRefusal.unknownToken }
            let added = try await connection.query(
                """
                INSERT INTO placeguard.token_certificate (fingerprint, token, added_by) VALUES ($1, $2, $3)
                ON CONFLICT (fingerprint) DO NOTHING
                """,
                [.bytes(fingerprint), .text(id), .text(actor)]
            )
            guard added.affected == 1 else { throw DirectoryRefusal.certificateInUse }
            let audit = AuditDraft(actor: actor, action: "token.certify", subject: "token:" + id)
            _ = try await connection.query(AuditStatement.one(audit))
        }
    }

    package func list() async throws -> [TokenRecord] {
        try await source.lend(while: "listing tokens") { connection in
            try await connection.query(
                "SELECT id, agency, person, role, revoked IS NOT NULL FROM placeguard.token ORDER BY issued, id"
            ).map { row in
                TokenRecord(
                    id: try row.text(0),
                    agency: try row.text(1),
                    person: try row.optionalText(2),
                    role: try row.name(3),
                    isRevoked: try row.bool(4)
                )
            }
        }
    }

    /// Revokes a credential; open sessions end. False where there is none in force.
    package func revoke(_ id: String, by actor: String) async throws -> Bool {
        try await source.directoryTransaction { connection in
            let changed = try await connection.query(
                "UPDATE placeguard.token SET revoked = clock_timestamp() WHERE id = $1 AND revoked IS NULL",
                [.text(id)]
            )
            guard changed.affected == 1 else { return false }
            _ = try await connection.pipeline([
                AuditStatement.one(AuditDraft(actor: actor, action: "token.revoke", subject: "token:" + id)),
                CredentialNotice.statement,
            ])
            return true
        }
    }

    /// The person a token belongs to, made where the role needs one and none was named.
    private func person(of token: NewToken, _ connection: Connection) async throws -> String? {
        if let person = token.person {
            let rows = try await connection.query(
                "SELECT agency FROM placeguard.person WHERE code = $1",
                [.text(person)]
            )
            guard let row = rows.first else { throw DirectoryRefusal.unknownPerson }
            guard try row.text(0) == token.agency else { throw DirectoryRefusal.personOfOtherAgency }
            return person
        }
        guard token.role != .reporter else { return nil }
        _ = try await connection.query(
            """
            INSERT INTO placeguard.person (code, agency, name)
            SELECT a.code, a.code, a.name FROM placeguard.agency a WHERE a.code = $1 ON CONFLICT (code) DO NOTHING
            """,
            [.text(token.agency)]
        )
        return token.agency
    }
}

/// The text of ids and secrets: random bytes in base64url without padding.
enum TokenText {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// As `random(_:)`, but no option on a command line: it does not begin with a hyphen.
    static func id(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return id(count, using: &generator)
    }

    static func id(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        var text = random(count, using: &generator)
        while text.hasPrefix("-") { text = random(count, using: &generator) }
        return text
    }

    static func random(_ count: Int) -> String {
        // The system generator is the kernel's getrandom(2), fit for keys.
        var generator = SystemRandomNumberGenerator()
        return random(count, using: &generator)
    }

    private static func random(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        var bits: UInt32 = 0
        var held = 0
        var text: [UInt8] = []
        for _ in 0..<count {
            bits = bits << 8 | UInt32(UInt8.random(in: .min ... .max, using: &generator))
            held += 8
            while held >= 6 {
                held -= 6
                text.append(alphabet[Int(bits >> UInt32(held) & 63)])
            }
        }
        if held > 0 { text.append(alphabet[Int(bits << UInt32(6 - held) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
