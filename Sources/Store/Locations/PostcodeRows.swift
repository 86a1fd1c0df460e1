import Postgres
import Safeguarding

/// A chunk of a postcode table as the statements that load it.
struct PostcodeRows {
    private let postcodes: [PostcodePosition]

    var count: Int { postcodes.count }

    static func chunks(of postcodes: [PostcodePosition]) -> [PostcodeRows] {
        var byCode: [String: PostcodePosition] = [:]
        for postcode in postcodes { byCode[postcode.postcode] = postcode }
        let unique = byCode.values.sorted { $0.postcode < $1.postcode }
        return stride(from: 0, to: unique.count, by: StoreLimits.registerRows).map { start in
            PostcodeRows(postcodes: Array(unique[start..<min(start + StoreLimits.registerRows, unique.count)]))
        }
    }

    /// The first answers a row for each postcode added or changed; the second places what had no position.
    var statements: [Statement] {
        [
            Statement(
                """
                INSERT INTO placeguard.postcode AS p (postcode, position)
                SELECT g.postcode, ST_SetSRID(ST_MakePoint(g.longitude, g.latitude), 4326)
                FROM unnest($1::text[], $2::double precision[], $3::double precision[])
                    AS g (postcode, longitude, latitude)
                ON CONFLICT (postcode) DO UPDATE SET position = excluded.position
                WHERE p.position::bytea IS DISTINCT FROM excluded.position::bytea
                RETURNING (p.xmax = 0), true
                """,
                [
                    .texts(postcodes.map(\.postcode)), .doubles(postcodes.map(\.longitude)),
                    .doubles(postcodes.map(\.latitude)),
                ]
            ),
            Statement(
                """
                UPDATE placeguard.location l
                SET position = p.position, areas = placeguard.areas_at(p.position, l.is_restricted)
                FROM placeguard.postcode p
                WHERE l.position IS NULL AND p.postcode = l.postcode AND p.postcode = ANY ($1)
                """,
                [.texts(postcodes.map(\.postcode))]
            ),
        ]
    }
}
