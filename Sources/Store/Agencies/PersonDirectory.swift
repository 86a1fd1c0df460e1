import Postgres
package import Safeguarding

/// A person to be added to an agency.
package struct NewPerson: Sendable, Hashable {
    package var code: String
    package var agency: String
    package var name: String
    package var email: String?

    package init(code: String, agency: String, name: String, email: String? = nil) {
        self.code = code
        self.agency = agency
        self.name = name
        self.email = email
    }
}

/// A person of the partnership.
package struct Person: Sendable, Hashable {
    package var code: String
    package var agency: String
    package var name: String
}

/// The people of the agencies, kept by the administrator.
package struct PersonDirectory: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// Adds a person. Throws `DirectoryRefusal`.
    package func add(_ person: NewPerson, by actor: String) async throws {
        try await source.directoryTransaction { connection in
            let added = try await connection.query(
                """
                INSERT INTO placeguard.person (code, agency, name, email) VALUES ($1, $2, $3, $4)
                ON CONFLICT (code) DO NOTHING
                """,
                [.text(person.code), .text(person.agency), .text(person.name), .text(person.email)]
            )
            guard added.affected == 1 else { throw DirectoryRefusal.codeTaken }
            _ = try await connection.query(
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "person.add",
                        subject: "person:" + person.code,
                        detail: "agency=" + person.agency
                    )
                )
            )
        }
    }

    package func list() async throws -> [Person] {
        try await source.lend(while: "listing people") { connection in
            try await connection.query("SELECT code, agency, name FROM placeguard.person ORDER BY code").map { row in
                Person(code: try row.text(0), agency: try row.text(1), name: try row.text(2))
            }
        }
    }

    /// Links a person to a place where they work or which they operate. Throws `DirectoryRefusal`.
    package func link(
        person code: String,
        to location: LocationID,
        as relation: LocationLink,
        by actor: String
    ) async throws {
        try await source.directoryTransaction { connection in
            _ = try await connection.pipeline([
                Statement(
                    """
                    INSERT INTO placeguard.link (person, location, relation, created_by) VALUES ($1, $2, $3, $4)
                    ON CONFLICT DO NOTHING
                    """,
                    [.text(code), .id(location), .name(relation), .text(actor)]
                ),
                AuditStatement.one(
                    AuditDraft(
                        actor: actor,
                        action: "person.link",
                        subject: "person:" + code,
                        detail: "location=\(location.text) as=\(relation.rawValue)"
                    )
                ),
                CredentialNotice.statement,
            ])
        }
    }

    /// A person as a reader on the command line: the clearances and areas of the tokens in force, together.
    ///
    /// Nil where there is no such person, or the agency is suspended or without a current agreement. A person limited to
    /// areas by every token is limited here; one unlimited token lifts the limit.
    package func reader(person code: String) async throws -> Reader? {
        try await source.lend(while: "reading a person") { connection in
            let rows = try await connection.query(
                """
                SELECT p.agency,
                    ARRAY(SELECT DISTINCT c FROM placeguard.token t CROSS JOIN unnest(t.clearances) AS c
                        WHERE t.person = p.code AND t.revoked IS NULL ORDER BY c),
                    CASE WHEN EXISTS (SELECT FROM placeguard.token t
                            WHERE t.person = p.code AND t.revoked IS NULL AND t.areas = '{}')
                        THEN a.areas
                        ELSE ARRAY(SELECT DISTINCT c FROM placeguard.token t CROSS JOIN unnest(t.areas) AS c
                            WHERE t.person = p.code AND t.revoked IS NULL ORDER BY c) END
                FROM placeguard.person p JOIN placeguard.agency a ON a.code = p.agency
                WHERE p.code = $1 AND a.suspended_at IS NULL AND a.agreement_until > clock_timestamp()
                """,
                [.text(code)]
            )
            guard let row = rows.first else { return nil }
            let clearances: [Clearance] = try row.names(1)
            return Reader(
                subject: code,
                agency: try row.text(0),
                person: code,
                clearances: Set(clearances),
                areas: try row.texts(2)
            )
        }
    }
}
