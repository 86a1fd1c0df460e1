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

    /// Those in force anywhere that no area has.
    static func stray(_ connection: Connection) async throws -> [String] {
        try await connection.query(
            """
            SELECT DISTINCT code FROM (
                SELECT unnest(areas) AS code FROM placeguard.token WHERE revoked IS NULL
                UNION ALL SELECT unnest(areas) FROM placeguard.agency WHERE suspended_at IS NULL
                UNION ALL SELECT area FROM placeguard.chain_step WHERE area <> '*'
            ) c WHERE NOT EXISTS (SELECT FROM placeguard.area a WHERE a.code = c.code) ORDER BY code
            """
        ).map { try $0.text(0) }
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
