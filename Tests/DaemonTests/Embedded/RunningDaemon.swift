import Logging
import ServiceLifecycle

/// Runs a service as the daemon does, for as long as a test's body takes, then stops them gracefully.
enum RunningDaemon {
    static func run<Result: Sendable>(
        _ service: some Service,
        body: () async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(
            services: [service],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        async let running: Void = group.run()
        do {
            let result = try await body()
            await group.triggerGracefulShutdown()
            try await running
            return result
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}
