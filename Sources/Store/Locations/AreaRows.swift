import Postgres
import Safeguarding

/// An area as the statements that load it.
enum AreaRows {
    /// The first answers a row where the area was added or changed; the second names the area on the places in it, and
    /// takes it off those that were in the old boundary.
    static func statements(for area: AreaBoundary) -> [Statement] {
        [
            Statement(
                """
                INSERT INTO placeguard.area AS a (code, name, kind, boundary)
                SELECT $1, $2, $3,
                    ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON($4), 4326)), 3))
                ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, boundary = excluded.boundary
                WHERE (a.name, a.kind) IS DISTINCT FROM (excluded.name, excluded.kind)
                    OR a.boundary::bytea IS DISTINCT FROM excluded.boundary::bytea
                RETURNING (a.xmax = 0), NOT ST_IsEmpty(a.boundary)
                """,
                [.text(area.code), .text(area.name), .text(area.kind), .text(area.geometry)]
            ),
            Statement(
                """
                WITH moved AS (
                    SELECT l.id, placeguard.areas_at(l.position, l.is_restricted) AS areas
                    FROM placeguard.location l
                    WHERE l.areas @> ARRAY[$1] OR l.position && (SELECT boundary FROM placeguard.area WHERE code = $1)
                )
                UPDATE placeguard.location l SET areas = moved.areas
                FROM moved WHERE l.id = moved.id AND l.areas IS DISTINCT FROM moved.areas
                """,
                [.text(area.code)]
            ),
        ]
    }
}
