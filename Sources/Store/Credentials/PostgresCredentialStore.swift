import Crypto
import Postgres
package import Safeguarding
import Synchronization

/// Credentials checked against the database, with a short memory so that a busy reporter costs no query a report.
///
/// A remembered credential is believed for at most `CredentialLimits.lifetime`, and not beyond the next
/// `credentialsChanged()`. What is remembered is the hash that was on record: the secret is compared each time, in constant
/// time. Only who is let in is answered from memory: a refusal costs one query and one comparison whether the id is unknown,
/// known or in use, so that its time tells nothing.
package final class PostgresCredentialStore: CredentialStore {
    private struct Known {
        var principal: Principal
        var secretHash: [UInt8]
        var readAt: ContinuousClock.Instant
    }

    private struct State {
        var known: [String: Known] = [:]
        var generation: UInt64 = 0
    }

    private let source: any ConnectionSource
    private let tellsLapsed: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - source: Connections of a role that may read agencies and tokens and record refused logins.
    ///   - tellsLapsed: `authenticate` answers for an agency whose agreement has ended too, so that its people can be told
    ///     why they are refused; whoever asks looks at `agreementUntil` then.
    package init(source: any ConnectionSource, tellsLapsed: Bool = false) {
        self.source = source
        self.tellsLapsed = tellsLapsed
    }

    /// Forgets everything; called when a token, an agency or a link changed anywhere.
    package func credentialsChanged() {
        state.withLock { state in
            state.known.removeAll(keepingCapacity: true)
            state.generation &+= 1
        }
    }

    package func authenticate(tokenID: String, secret: String) async throws -> Principal? {
        let offered = Array(SHA256.hash(data: Array(secret.utf8)))
        let (remembered, generation) = state.withLock { ($0.known[tokenID], $0.generation) }
        let now = ContinuousClock.now
        if let remembered, now - remembered.readAt < CredentialLimits.lifetime,
            CredentialLimits.areEqual(offered, remembered.secretHash)
        {
            return remembered.principal
        }
        let found = try await read([tokenID], lapsed: tellsLapsed)[tokenID]
        let matches = CredentialLimits.areEqual(offered, found?.secretHash ?? CredentialLimits.nobody)
        guard matches, let found else { return nil }
        remember(Known(principal: found.principal, secretHash: found.secretHash, readAt: now), since: generation)
        return found.principal
    }

    package func authenticate(fingerprint: [UInt8]) async throws -> Principal? {
        let token = try await source.lend(while: "checking a certificate") { connection in
            try await connection.query(
                "SELECT token FROM placeguard.token_certificate WHERE fingerprint = $1",
                [.bytes(fingerprint)]
            ).first?.text(0)
        }
        guard let token else { return nil }
        return try await read([token], lapsed: false)[token]?.principal
    }

    package func ended(_ principals: [Principal]) async throws -> [Principal] {
        // Read afresh: this is the check that ends a revoked session, and it must not believe its own memory.
        let records = try await read(principals.map(\.tokenID), lapsed: false)
        return principals.filter { principal in
            guard var current = records[principal.tokenID]?.principal else { return true }
            // That the agreement holds was asked; that it was renewed ends nobody's session.
            current.agreementUntil = principal.agreementUntil
            return current != principal
        }
    }

    package func recordRefusal(tokenID: String, address: String) async throws {
        let id = CredentialLimits.isTokenID(tokenID) ? tokenID : "malformed"
        try await source.lend(while: "recording a refused login") { connection in
            _ = try await connection.query(
                """
                INSERT INTO placeguard.refused_login (minute, address, token_id)
                VALUES (date_trunc('minute', clock_timestamp()), $1, $2)
                ON CONFLICT (minute, address, token_id) DO UPDATE SET attempts = refused_login.attempts + 1
                """,
                [.text(address), .text(id)]
            )
        }
    }

    private func remember(_ known: Known, since generation: UInt64) {
        state.withLock { state in
            // What was read before a change must not outlive it.
            guard state.generation == generation else { return }
            if state.known.count >= CredentialLimits.remembered { state.known.removeAll(keepingCapacity: true) }
            state.known[known.principal.tokenID] = known
        }
    }

    /// The credentials on record that hold now, by their ids.
    private func read(
        _ tokenIDs: [String],
        lapsed: Bool
    ) async throws -> [String: (principal: Principal, secretHash: [UInt8])] {
        let ids = tokenIDs.filter(CredentialLimits.isTokenID)
        return try await source.lend(while: "checking credentials") { connection in
            let rows = try await connection.query(
                """
                SELECT t.secret_hash, t.role, t.agency, a.kind, t.person, t.clearances,
                    CASE WHEN t.areas = '{}' THEN a.areas ELSE t.areas END, a.can_grade, a.lawful_basis,
                    a.agreement_until, t.id
                FROM placeguard.token t JOIN placeguard.agency a ON a.code = t.agency
                WHERE t.id = ANY ($1) AND t.revoked IS NULL AND a.suspended_at IS NULL
                    AND ($2 OR a.agreement_until > clock_timestamp())
                """,
                [.texts(ids), .bool(lapsed)]
            )
            var found: [String: (principal: Principal, secretHash: [UInt8])] = [:]
            for row in rows {
                let principal = try Principal(row)
                found[principal.tokenID] = (principal, try row.bytes(0))
            }
            return found
        }
    }
}

extension Principal {
    /// From the columns of ``PostgresCredentialStore/read(_:lapsed:)``.
    fileprivate init(_ row: Row) throws {
        let clearances: [Clearance] = try row.names(5)
        self.init(
            tokenID: try row.text(10),
            agency: try row.text(2),
            agencyKind: try row.name(3),
            person: try row.optionalText(4),
            role: try row.name(1),
            clearances: Set(clearances),
            areas: try row.texts(6),
            canGrade: try row.bool(7),
            lawfulBasis: try row.name(8),
            agreementUntil: try row.moment(9)
        )
    }
}

/// Bounds of the credential memory, and the comparison.
enum CredentialLimits {
    /// How long a change may go unnoticed where its notification was lost: about as long as a session check.
    static let lifetime = Duration.seconds(1)
    /// More tokens than a partnership has; beyond it the memory starts anew.
    static let remembered = 10_000
    /// The hash nobody's secret has: what an unknown id is compared with.
    static let nobody = [UInt8](repeating: 0, count: 32)

    /// The shape of an id, so that nothing else reaches the database or its records.
    static func isTokenID(_ text: String) -> Bool {
        (4...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }

    /// Compares in a time that does not depend on where the two differ.
    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
