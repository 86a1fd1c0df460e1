import Postgres

/// The error a body throws, nil if it throws none or one of another kind.
func failure(of body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}
