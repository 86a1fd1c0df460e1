/// Tells when a socket is ready or a moment has come: the one place where the client waits.
///
/// A descriptor is watched under a token with a generation, never by its number alone: while libpq tries one host
/// after another, the same number comes back as another socket.
package protocol Readiness: Sendable {
    /// Where calls that can only block are made.
    var blockingThreads: BlockingThreads { get }

    /// Begins to watch a descriptor, asking for nothing yet.
    func register(_ descriptor: Int32) throws(PostgresError) -> ReadinessToken

    /// Stops watching; a wait in progress ends with `stopped`. Must precede the closing of the descriptor.
    func deregister(_ token: ReadinessToken)

    /// Calls back once, when the descriptor is ready, the deadline passes, or the wait is given up.
    ///
    /// There is at most one wait per token: a new one ends the old with `cancelled`. Readiness may be reported
    /// although there is nothing to read; the waiter looks and waits again.
    func arm(
        _ token: ReadinessToken,
        for interest: Interest,
        deadline: ContinuousClock.Instant?,
        _ callback: @escaping WaitCallback
    )

    /// Ends the wait on a token, calling it back with the outcome; does nothing if there is none.
    func disarm(_ token: ReadinessToken, outcome: WaitOutcome)

    /// Makes a timer, not yet set.
    func makeTimer() -> ReadinessTimer

    /// Sets a timer to call back with `timedOut` at or soon after a moment, ending an earlier setting of it.
    func schedule(_ timer: ReadinessTimer, at deadline: ContinuousClock.Instant, _ callback: @escaping WaitCallback)

    /// Ends a timer, calling it back with the outcome; does nothing if it is not set.
    func unschedule(_ timer: ReadinessTimer, outcome: WaitOutcome)
}

extension Readiness {
    /// Suspends until the descriptor is ready or the deadline passes.
    ///
    /// - Parameter cancellable: Whether cancelling the task ends the wait. Draining after a cancellation waits with
    ///   false, in the very task that has been cancelled.
    func wait(
        _ token: ReadinessToken,
        for interest: Interest,
        deadline: ContinuousClock.Instant?,
        cancellable: Bool
    ) async -> WaitOutcome {
        guard cancellable else {
            return await suspend(token, for: interest, deadline: deadline, cancellable: false)
        }
        return await withTaskCancellationHandler {
            await suspend(token, for: interest, deadline: deadline, cancellable: true)
        } onCancel: {
            disarm(token, outcome: .cancelled)
        }
    }

    private func suspend(
        _ token: ReadinessToken,
        for interest: Interest,
        deadline: ContinuousClock.Instant?,
        cancellable: Bool
    ) async -> WaitOutcome {
        await withCheckedContinuation { continuation in
            arm(token, for: interest, deadline: deadline) { continuation.resume(returning: $0) }
            // A cancellation that came before `arm` found nothing to end.
            if cancellable, Task.isCancelled { disarm(token, outcome: .cancelled) }
        }
    }

    /// Suspends until a moment; `cancelled` if the task is or becomes cancelled.
    func sleep(until deadline: ContinuousClock.Instant) async -> WaitOutcome {
        let timer = makeTimer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                schedule(timer, at: deadline) { continuation.resume(returning: $0) }
                if Task.isCancelled { unschedule(timer, outcome: .cancelled) }
            }
        } onCancel: {
            unschedule(timer, outcome: .cancelled)
        }
    }
}
