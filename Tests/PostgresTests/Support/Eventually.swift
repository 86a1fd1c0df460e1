import Testing

/// Waits until a condition holds, looking again and again; the suite's time limit bounds it.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
