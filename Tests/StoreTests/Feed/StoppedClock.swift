import Postgres
import Store
import StoreTestSupport

/// A clock that stands still, for limits that are exact to the second.
extension Scene {
    /// From now on there is `placeguard.clock_timestamp()`, by which it is always the same moment.
    ///
    /// It is asked instead of the server's own wherever its schema is searched first.
    func stopClock() async throws {
        _ = try await rows(
            """
            CREATE OR REPLACE FUNCTION placeguard.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
                SELECT timestamptz '2026-03-01 12:00:00+00'
            $$
            """
        )
    }

    /// Lends a connection of a role whose statements are told that moment.
    func withClockStopped<R>(for role: Bootstrap.Role, _ body: (SingleConnection) async throws -> R) async throws -> R {
        try await stopClock()
        var settings = fixture.settings(role)
        settings.sessionSettings["search_path"] = "placeguard, pg_catalog, public"
        return try await withConnection(settings) { connection in try await body(SingleConnection(connection)) }
    }
}
