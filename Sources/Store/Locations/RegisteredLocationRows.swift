import Postgres
import Safeguarding

/// A chunk of a register as the statements that load it.
struct RegisteredLocationRows {
    private let locations: [RegisteredLocation]

    var count: Int { locations.count }

    /// Splits a register. Of several entries with one key the last counts: a statement may change a row only once.
    static func chunks(of locations: [RegisteredLocation]) -> [RegisteredLocationRows] {
        var byKey: [String: RegisteredLocation] = [:]
        for location in locations { byKey[location.register] = location }
        // Sorted, so that two loads at once lock rows in one order.
        let unique = byKey.values.sorted { $0.register < $1.register }
        return stride(from: 0, to: unique.count, by: StoreLimits.registerRows).map { start in
            RegisteredLocationRows(
                locations: Array(unique[start..<min(start + StoreLimits.registerRows, unique.count)])
            )
        }
    }

    /// The first answers a row for each place added or changed; the others keep the names of restricted places.
    var statements: [Statement] { [upsert, nameRestricted, unnameUnrestricted] }

    private var upsert: Statement {
        Statement(
            """
            WITH given AS (
                SELECT g.*, placeguard.is_restricted_category(g.category) AS restricted,
                    coalesce(ST_SetSRID(ST_MakePoint(g.longitude, g.latitude), 4326), p.position) AS position
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::double precision[],
                    $7::double precision[], $8::text[])
                    AS g (register, category, name, address, postcode, longitude, latitude, uprn)
                LEFT JOIN placeguard.postcode p ON p.postcode = g.postcode
            )
            INSERT INTO placeguard.location AS l
                (register, category, name, address, postcode, position, uprn, areas, from_register)
            SELECT g.register, g.category, CASE WHEN NOT g.restricted THEN g.name END,
                CASE WHEN NOT g.restricted THEN g.address END, g.postcode, g.position, g.uprn,
                CASE WHEN g.position IS NULL THEN '{}' ELSE placeguard.areas_at(g.position, g.restricted) END, true
            FROM given g
            ON CONFLICT (register) DO UPDATE SET category = excluded.category, name = excluded.name,
                address = excluded.address, postcode = excluded.postcode, position = excluded.position,
                uprn = excluded.uprn, areas = excluded.areas, from_register = true
            WHERE (l.category, l.name, l.address, l.postcode, l.uprn, l.areas)
                    IS DISTINCT FROM (excluded.category, excluded.name, excluded.address, excluded.postcode,
                        excluded.uprn, excluded.areas)
                OR l.position::bytea IS DISTINCT FROM excluded.position::bytea
            RETURNING (l.xmax = 0), l.position IS NOT NULL
            """,
            [
                .texts(locations.map(\.register)), .names(locations.map(\.category)), .texts(locations.map(\.name)),
                .texts(locations.map(\.address)), .texts(locations.map(\.postcode)),
                .doubles(locations.map(\.longitude)), .doubles(locations.map(\.latitude)),
                .texts(locations.map(\.uprn)),
            ]
        )
    }

    private var restricted: [RegisteredLocation] { locations.filter(\.category.isRestricted) }

    private var nameRestricted: Statement {
        Statement(
            """
            INSERT INTO placeguard.location_restricted_name AS s (location, name, address, postcode)
            SELECT l.id, g.name, g.address, g.postcode
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS g (register, name, address, postcode)
            JOIN placeguard.location l ON l.register = g.register
            ON CONFLICT (location) DO UPDATE
            SET name = excluded.name, address = excluded.address, postcode = excluded.postcode
            WHERE (s.name, s.address, s.postcode) IS DISTINCT FROM (excluded.name, excluded.address, excluded.postcode)
            """,
            [
                .texts(restricted.map(\.register)), .texts(restricted.map(\.name)),
                .texts(restricted.map(\.address)), .texts(restricted.map(\.postcode)),
            ]
        )
    }

    /// A place whose category is no longer restricted has its name in the open.
    private var unnameUnrestricted: Statement {
        Statement(
            """
            DELETE FROM placeguard.location_restricted_name s USING placeguard.location l
            WHERE l.id = s.location AND l.register = ANY ($1)
            """,
            [.texts(locations.filter { !$0.category.isRestricted }.map(\.register))]
        )
    }
}
