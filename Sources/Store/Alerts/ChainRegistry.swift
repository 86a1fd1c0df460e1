import Postgres
package import Safeguarding

/// Why an entry of a chain was refused.
package enum ChainRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case unknownPerson = "unknown-person"
    case alreadyThere = "already-there"
    case notThere = "not-there"

    package var description: String {
        switch self {
        case .unknownPerson: "There is no such person."
        case .alreadyThere: "That is in the chain already."
        case .notThere: "There is no such entry."
        }
    }
}

/// Chains, cover and quiet hours, kept by the administrator; each change is audited in its transaction.
package struct ChainRegistry: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of the administrator's role.
    package init(_ source: any ConnectionSource) {
        self.source = source
    }

    package func all() async throws -> EscalationChains {
        try await source.lend(while: "reading the chains") { connection in
            guard let row = try await connection.query(Self.reading).first else { return .none }
            return try EscalationChains(row, from: 0)
        }
    }

    /// Adds a person or a line to a step. Throws `ChainRefusal`, and `DirectoryRefusal` of what is no code of an area.
    ///
    /// - Returns: The area's code where no boundary has it.
    @discardableResult
    package func add(_ step: EscalationChains.Step, by actor: String) async throws -> [String] {
        let limit = step.area == "*" ? [] : [step.area]
        try AreaCode.check(limit)
        let unknown = try await source.lend(while: "looking at areas") { connection in
            try await AreaCode.unknown(limit, connection)
        }
        try await change(
            Statement(
                """
                INSERT INTO placeguard.chain_step (area, step, person, line, added_by) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING
                """,
                Self.key(step) + [.text(actor)]
            ),
            refused: .alreadyThere,
            "chain.add",
            "area=\(step.area) step=\(step.number)",
            people: [step.person],
            by: actor
        )
        return unknown
    }

    /// Takes one away. Throws `ChainRefusal`.
    package func remove(_ step: EscalationChains.Step, by actor: String) async throws {
        try await change(
            Statement(
                """
                DELETE FROM placeguard.chain_step
                WHERE area = $1 AND step = $2 AND person IS NOT DISTINCT FROM $3 AND line IS NOT DISTINCT FROM $4
                """,
                Self.key(step)
            ),
            refused: .notThere,
            "chain.remove",
            "area=\(step.area) step=\(step.number)",
            by: actor
        )
    }

    /// Has somebody asked in another's place for a time. Throws `ChainRefusal`.
    package func cover(_ cover: EscalationChains.Cover, by actor: String) async throws {
        try await change(
            Statement(
                """
                INSERT INTO placeguard.chain_cover (person, covered_by, begins, ends, added_by) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING
                """,
                [
                    .text(cover.person), .text(cover.by), .moment(cover.begins), .moment(cover.ends), .text(actor),
                ]
            ),
            refused: .alreadyThere,
            "chain.cover",
            "person=\(cover.person) by=\(cover.by)",
            people: [cover.person, cover.by],
            by: actor
        )
    }

    /// Takes away the cover of a person that begins then. Throws `ChainRefusal`.
    package func uncover(_ person: String, from begins: Moment, by actor: String) async throws {
        try await change(
            Statement(
                "DELETE FROM placeguard.chain_cover WHERE person = $1 AND begins = $2",
                [.text(person), .moment(begins)]
            ),
            refused: .notThere,
            "chain.uncover",
            "person=\(person)",
            by: actor
        )
    }

    /// Sets a person's quiet hours, or takes them away. Throws `ChainRefusal`.
    package func quiet(_ person: String, _ hours: EscalationChains.QuietHours?, by actor: String) async throws {
        let statement: Statement =
            if let hours {
                Statement(
                    """
                    INSERT INTO placeguard.quiet_hours (person, begins, ends) VALUES ($1, $2, $3)
                    ON CONFLICT (person) DO UPDATE SET begins = excluded.begins, ends = excluded.ends
                    """,
                    [.text(person), .int32(Int32(clamping: hours.begins)), .int32(Int32(clamping: hours.ends))]
                )
            } else {
                Statement("DELETE FROM placeguard.quiet_hours WHERE person = $1", [.text(person)])
            }
        try await change(
            statement,
            refused: .notThere,
            "chain.quiet",
            "person=\(person)",
            people: [person],
            by: actor
        )
    }

    private func change(
        _ statement: Statement,
        refused: ChainRefusal,
        _ action: String,
        _ detail: String,
        people: [String?] = [],
        by actor: String
    ) async throws {
        let people = Set(people.compactMap(\.self))
        try await source.transaction(while: "changing a chain") { connection in
            let known = try await connection.query(
                "SELECT count(*) FROM placeguard.person WHERE code = ANY ($1)",
                [.texts(people.sorted())]
            ).first?.int64(0)
            guard known == Int64(people.count) else { throw ChainRefusal.unknownPerson }
            guard try await connection.query(statement).affected == 1 else { throw refused }
            let audit = AuditDraft(actor: actor, action: action, detail: detail)
            _ = try await connection.query(AuditStatement.one(audit))
        }
    }

    private static func key(_ step: EscalationChains.Step) -> [PostgresValue] {
        [.text(step.area), .int16(Int16(clamping: step.number)), .text(step.person), .text(step.line)]
    }

    /// Everything, as the columns that `EscalationChains.init(_:from:)` reads; cover that is over is left out.
    static let reading = Statement(
        """
        WITH asked AS (
            SELECT p.code, p.agency FROM placeguard.person p
            WHERE p.code IN (SELECT person FROM placeguard.chain_step UNION SELECT covered_by FROM placeguard.chain_cover)
        )
        SELECT c.areas, c.steps, c.people, c.lines, v.people, v.covers, v.begins, v.ends, q.people, q.begins, q.ends,
            u.people, u.areas, k.people, k.locations
        FROM (SELECT coalesce(array_agg(area ORDER BY area, step, person, line), '{}') AS areas,
                coalesce(array_agg(step::integer ORDER BY area, step, person, line), '{}') AS steps,
                coalesce(array_agg(coalesce(person, '') ORDER BY area, step, person, line), '{}') AS people,
                coalesce(array_agg(coalesce(line, '') ORDER BY area, step, person, line), '{}') AS lines
            FROM placeguard.chain_step) AS c,
            (SELECT coalesce(array_agg(person ORDER BY person, begins), '{}') AS people,
                coalesce(array_agg(covered_by ORDER BY person, begins), '{}') AS covers,
                coalesce(array_agg(extract(epoch FROM begins)::bigint ORDER BY person, begins), '{}') AS begins,
                coalesce(array_agg(extract(epoch FROM ends)::bigint ORDER BY person, begins), '{}') AS ends
            FROM placeguard.chain_cover WHERE ends > clock_timestamp()) AS v,
            (SELECT coalesce(array_agg(person ORDER BY person), '{}') AS people,
                coalesce(array_agg(begins ORDER BY person), '{}') AS begins,
                coalesce(array_agg(ends ORDER BY person), '{}') AS ends
            FROM placeguard.quiet_hours) AS q,
            (SELECT coalesce(array_agg(a.code ORDER BY a.code), '{}') AS people,
                coalesce(array_agg(array_to_string(t.areas, ' ') ORDER BY a.code), '{}') AS areas
            FROM asked a LEFT JOIN LATERAL (
                SELECT CASE WHEN t.areas = '{}' THEN g.areas ELSE t.areas END AS areas
                FROM placeguard.token t JOIN placeguard.agency g ON g.code = t.agency
                WHERE t.person = a.code AND t.role IN ('coordinator', 'steward') AND 'statutory' = ANY (t.clearances)
                    AND t.revoked IS NULL AND g.suspended_at IS NULL AND g.agreement_until > clock_timestamp()
            ) AS t ON true) AS u,
            (SELECT coalesce(array_agg(a.code ORDER BY a.code, l.location), '{}') AS people,
                coalesce(array_agg(l.location ORDER BY a.code, l.location), '{}') AS locations
            FROM asked a JOIN placeguard.link l ON l.person = a.code OR l.agency = a.agency) AS k
        """
    )
}

extension EscalationChains {
    /// From the columns of ``ChainRegistry/reading``.
    init(_ row: Row, from column: Int) throws {
        let (areas, steps): ([String], [Int32]) = (try row.texts(column), try row.decodeArray(column + 1))
        let (people, lines) = (try row.texts(column + 2), try row.texts(column + 3))
        let (covered, covers) = (try row.texts(column + 4), try row.texts(column + 5))
        let begins: [Int64] = try row.decodeArray(column + 6)
        let ends: [Int64] = try row.decodeArray(column + 7)
        let quiet = try row.texts(column + 8)
        let quietBegins: [Int32] = try row.decodeArray(column + 9)
        let quietEnds: [Int32] = try row.decodeArray(column + 10)
        let (holders, tokenAreas) = (try row.texts(column + 11), try row.optionalTexts(column + 12))
        let linkedPeople = try row.texts(column + 13)
        let linkedPlaces: [PostgresUUID] = try row.decodeArray(column + 14)
        self.init(
            steps: areas.indices.map { index in
                Step(
                    area: areas[index],
                    number: Int(steps[index]),
                    person: people[index].isEmpty ? nil : people[index],
                    line: lines[index].isEmpty ? nil : lines[index]
                )
            },
            covers: covered.indices.map { index in
                Cover(
                    person: covered[index],
                    by: covers[index],
                    begins: Moment(seconds: begins[index]),
                    ends: Moment(seconds: ends[index])
                )
            },
            quiet: quiet.indices.map { index in
                QuietHours(
                    person: quiet[index],
                    begins: Int64(quietBegins[index]),
                    ends: Int64(quietEnds[index])
                )
            },
            reach: Dictionary(
                holders.indices.map { index in
                    // Without a token there is nothing, not even no areas.
                    (holders[index], tokenAreas[index].map { [$0.split(separator: " ").map(String.init)] } ?? [])
                },
                uniquingKeysWith: +
            ),
            linked: Dictionary(
                linkedPlaces.indices.map { (LocationID(UniqueID(linkedPlaces[$0])), [linkedPeople[$0]]) },
                uniquingKeysWith: { $0.union($1) }
            )
        )
    }
}
