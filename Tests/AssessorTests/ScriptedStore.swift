import Safeguarding
import Synchronization

/// A store that answers drains from a script and lets a test see, hold and release each of them.
final class ScriptedStore: AssessmentStore {
    enum Step: Sendable {
        case outcome(DrainOutcome)
        case failure
        /// Not answered until `release()`.
        case held(DrainOutcome)
    }

    struct Failure: Error {}

    private struct State {
        var script: [Step]
        var asked: [ClosedRange<Int>] = []
        var completed = 0
        var holder: CheckedContinuation<Void, Never>?
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>
    /// The range whose drains follow the script; others find nothing to do.
    private let scripted: ClosedRange<Int>

    init(_ script: [Step], for scripted: ClosedRange<Int>) {
        state = Mutex(State(script: script))
        self.scripted = scripted
    }

    var asked: [ClosedRange<Int>] { state.withLock { $0.asked } }
    var completed: Int { state.withLock { $0.completed } }

    func drain(
        _ priorities: ClosedRange<Int>,
        limit: Int,
        templateID: String,
        templateVersion: Int,
        decide: @Sendable ([DueWork], AssessmentContext) throws -> [Verdict]
    ) async throws -> DrainOutcome {
        let step = state.withLock { state -> Step? in
            state.asked.append(priorities)
            guard priorities == scripted, !state.script.isEmpty else { return nil }
            return state.script.removeFirst()
        }
        if step != nil { arrived() }
        switch step {
        case nil: return DrainOutcome(subjects: 0, events: 0, more: false)
        case .failure: throw Failure()
        case .outcome(let outcome):
            state.withLock { $0.completed += 1 }
            return outcome
        case .held(let outcome):
            await withCheckedContinuation { continuation in state.withLock { $0.holder = continuation } }
            state.withLock { $0.completed += 1 }
            return outcome
        }
    }

    func secondsUntilDue(_ priorities: ClosedRange<Int>) async throws -> Int64? { nil }

    func work(for location: LocationID) async throws -> (work: LocationWork, context: AssessmentContext)? { nil }

    /// Lets the held drain finish.
    func release() {
        let holder = state.withLock { state in
            defer { state.holder = nil }
            return state.holder
        }
        holder?.resume()
    }

    /// Waits until the script has so many steps taken.
    func taken(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if takenCount(state) >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func takenCount(_ state: State) -> Int { state.asked.count { $0 == scripted } }

    private func arrived() {
        let ready = state.withLock { state in
            let count = takenCount(state)
            let ready = state.watchers.filter { $0.count <= count }
            state.watchers.removeAll { $0.count <= count }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }
}
