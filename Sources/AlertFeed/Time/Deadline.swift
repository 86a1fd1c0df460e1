/// An operation took longer than it was given.
package struct DeadlineExceeded: Error, Sendable {}

extension FeedClock {
    /// Runs an operation and gives it up when the time is over.
    ///
    /// Giving up cancels the operation and waits for it to notice, so nothing is left running behind the caller's back.
    /// - Throws: `DeadlineExceeded`, or what the operation throws.
    package func within<Result: Sendable>(
        _ limit: Duration,
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await operation() }
            group.addTask {
                try await self.sleep(for: limit)
                throw DeadlineExceeded()
            }
            guard let first = try await group.next() else { throw DeadlineExceeded() }
            return first
        }
    }
}
