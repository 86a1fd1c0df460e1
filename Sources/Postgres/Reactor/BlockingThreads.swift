import Glibc
import Synchronization

/// Makes calls that can only block, each on a thread of its own, with a deadline.
///
/// libpq looks names up, reads key files, hashes passwords and, before version 17, sends cancel requests synchronously.
/// Such a call may hang for minutes. It must not do so on a thread of Swift's pool, of which there is one per core.
package final class BlockingThreads: Sendable {
    /// The most calls at one time: each holds a thread, and more than a few dozen means that a name server or a host
    /// hangs, where another thread would only hang too.
    static let maximumThreads = 64

    private let running = Atomic<Int>(0)

    package init() {}

    /// Runs a call and waits for it to end or for the deadline.
    ///
    /// After the deadline, or when the task is cancelled, the call runs on by itself and its result is dropped. It
    /// must therefore own all it uses.
    ///
    /// - Returns: nil when the call was given up.
    /// - Throws: `connection` when there are too many threads already.
    func run<R: Sendable>(
        deadline: ContinuousClock.Instant,
        cancellable: Bool,
        readiness: any Readiness,
        _ call: @escaping @Sendable () -> R
    ) async throws(PostgresError) -> R? {
        let outcome = OneShot<R?>()
        let timer = readiness.makeTimer()
        try start {
            outcome.finish(call())
            readiness.unschedule(timer, outcome: .cancelled)
        }
        readiness.schedule(timer, at: deadline) { _ in outcome.finish(nil) }
        defer { readiness.unschedule(timer, outcome: .cancelled) }
        guard cancellable else { return await outcome.value() }
        return await withTaskCancellationHandler {
            await outcome.value()
        } onCancel: {
            outcome.finish(nil)
        }
    }

    private func start(_ call: @escaping @Sendable () -> Void) throws(PostgresError) {
        guard running.add(1, ordering: .relaxed).newValue <= Self.maximumThreads else {
            running.subtract(1, ordering: .relaxed)
            throw PostgresError(.connection, "more than \(Self.maximumThreads) blocking calls are under way")
        }
        do throws(PostgresError) {
            let thread = try Thread.start("pg-blocking") { [self] in
                call()
                running.subtract(1, ordering: .relaxed)
            }
            pthread_detach(thread)
        } catch {
            running.subtract(1, ordering: .relaxed)
            throw error
        }
    }
}

/// A value that is given once and awaited by one task; whoever gives it first wins.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case delivered
    }

    private let state = Mutex<State>(.empty)

    /// Gives the value; without effect after the first time.
    func finish(_ value: Value) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .awaited(let continuation):
                state = .delivered
                return continuation
            case .given, .delivered:
                return nil
            }
        }
        continuation?.resume(returning: value)
    }

    /// Awaits the value; to be called once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value? in
                if case .given(let value) = state {
                    state = .delivered
                    return value
                }
                state = .awaited(continuation)
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
