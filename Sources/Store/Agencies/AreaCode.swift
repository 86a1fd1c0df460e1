import Postgres

/// Codes of areas to which an agency or a token is limited.
///
/// A limit that no place can meet would blind its reader without a word, so what is no code is refused (`*`, which stands for all
/// areas elsewhere, above all), and what no boundary has is told.
enum AreaCode {
    /// The form that the area table demands (`placeguard.area`). Throws `DirectoryRefusal`.
    static func check(_ codes: [String]) throws {
        for code in codes {
            guard code.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,31}/) != nil else { throw DirectoryRefusal.badArea }
        }
    }

    /// Who is limited to a code that no area has, as far as they are in force.
    static func stray(_ connection: Connection) async throws -> [StrayArea] {
        try await connection.query(
            """
            SELECT holder, code FROM (
                SELECT 'token ' || t.id AS holder, unnest(t.areas) AS code FROM placeguard.token t
                JOIN placeguard.agency g ON g.code = t.agency
                WHERE t.revoked IS NULL AND g.suspended_at IS NULL AND g.agreement_until > clock_timestamp()
                UNION ALL
                SELECT 'agency ' || g.code, unnest(g.areas) FROM placeguard.agency g
                WHERE g.suspended_at IS NULL AND g.agreement_until > clock_timestamp()
                UNION SELECT 'chain', c.area FROM placeguard.chain_step c WHERE c.area <> '*'
            ) s WHERE NOT EXISTS (SELECT FROM placeguard.area a WHERE a.code = s.code) ORDER BY holder, code
            """
        ).map { StrayArea(holder: try $0.text(0), code: try $0.text(1)) }
    }

    /// Those that no area has.
    static func unknown(_ codes: [String], _ connection: Connection) async throws -> [String] {
        guard !codes.isEmpty else { return [] }
        return try await connection.query(
            """
            SELECT code FROM unnest($1::text[]) WITH ORDINALITY AS c (code, number)
            WHERE NOT EXISTS (SELECT FROM placeguard.area a WHERE a.code = c.code) ORDER BY number
            """,
            [.texts(codes)]
        ).map { try $0.text(0) }
    }
}

/// A limit that no place can meet.
package struct StrayArea: Sendable, Hashable {
    /// `token ID`, `agency CODE` or `chain`.
    package var holder: String
    package var code: String
}
