/// The time that was allowed is over.
struct DeadlineExceeded: Error {}

/// Bounds the time of an operation that ends when it is cancelled.
enum Deadline {
    /// Runs the operation; throws ``DeadlineExceeded`` where it took longer, after it has ended.
    static func run<Value: Sendable>(
        _ limit: Duration,
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw DeadlineExceeded()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
