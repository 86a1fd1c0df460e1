/// Asks the server to cancel what a connection is running.
protocol Canceller: Sendable {
    /// Sends the request.
    ///
    /// - Returns: Whether the request is over by the deadline, delivered or not. If it is not, it may reach the server
    ///   later, and the connection must not run anything else.
    func requestCancel(deadline: ContinuousClock.Instant) async -> Bool
}

/// The canceller of libpq 14 to 16: `PQcancel` on a thread of its own, since it blocks.
final class BlockingCanceller: Canceller {
    private let handle: CancelHandle
    private let readiness: any Readiness

    init(_ handle: consuming CancelHandle, readiness: any Readiness) {
        self.handle = handle
        self.readiness = readiness
    }

    func requestCancel(deadline: ContinuousClock.Instant) async -> Bool {
        do {
            let delivered = try await readiness.blockingThreads.run(
                deadline: deadline,
                cancellable: false,
                readiness: readiness
            ) { [self] in
                handle.cancel()
            }
            return delivered != nil
        } catch {
            // No thread was to be had, so nothing was sent.
            return true
        }
    }
}
