import Platform

/// How a server is asked to stop, more and more firmly, each step with its bound.
enum StopPlan {
    struct Step: Equatable, Sendable {
        let signal: Int32
        let patience: Duration
    }

    /// PostgreSQL, "Shutting Down the Server".
    ///
    /// - Smart (`SIGTERM`): sessions may finish. Ours are closed by then; a command beside us gets two seconds.
    /// - Fast (`SIGINT`): sessions are ended, a checkpoint is written; slow disks need time for that.
    /// - Immediate (`SIGQUIT`): the next start recovers from the log. Nothing committed is lost.
    static let steps = [
        Step(signal: ServerSignal.smart, patience: .seconds(2)),
        Step(signal: ServerSignal.fast, patience: .seconds(30)),
        Step(signal: ServerSignal.immediate, patience: .seconds(10)),
    ]

    /// The most that stopping takes.
    static let bound = steps.map(\.patience).reduce(.zero, +)

    /// How often to look whether it has ended.
    static let interval = Duration.milliseconds(50)

    /// Carries the plan out; false when the server still runs after the last step.
    ///
    /// Not cut short by cancellation: a task that is cancelled still has to leave a stopped server behind.
    static func carryOut(on server: ProcessFacts.Identity, steps: [Step] = steps) async throws -> Bool {
        for step in steps {
            guard try ProcessFacts.signal(server, step.signal) else { return true }
            let deadline = ContinuousClock.now + step.patience
            while ContinuousClock.now < deadline {
                if !ProcessFacts.isRunning(server) { return true }
                await Pause.uncancellable(interval)
            }
        }
        return !ProcessFacts.isRunning(server)
    }
}
