import Synchronization

/// Hands values from one task to another, one at a time: who gives waits until the value is taken.
///
/// For one giver and one taker. Both sides end when either is cancelled or calls ``finish()``; nothing is kept beyond
/// the one value.
final class Handoff<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case offered(Value, giver: CheckedContinuation<Bool, Never>)
        case wanted(CheckedContinuation<Value?, Never>)
        case finished
    }

    private let state = Mutex(State.idle)

    /// Gives a value; false where nobody takes it any more.
    func give(_ value: Value) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { giver in
                state.withLock { state in
                    switch state {
                    case .idle: state = .offered(value, giver: giver)
                    case .wanted(let taker):
                        state = .idle
                        taker.resume(returning: value)
                        giver.resume(returning: true)
                    // A second giver is a mistake of ours: it is told that its value was not taken.
                    case .offered, .finished: giver.resume(returning: false)
                    }
                }
            }
        } onCancel: {
            finish()
        }
    }

    /// Takes the next value; nil when there will be none.
    func take() async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { taker in
                state.withLock { state in
                    switch state {
                    case .idle: state = .wanted(taker)
                    case .offered(let value, let giver):
                        state = .idle
                        giver.resume(returning: true)
                        taker.resume(returning: value)
                    case .wanted, .finished: taker.resume(returning: nil)
                    }
                }
            }
        } onCancel: {
            finish()
        }
    }

    /// No more values.
    ///
    /// One that is offered and not taken is dropped, and its giver told so.
    func finish() {
        state.withLock { state in
            switch state {
            case .idle, .finished: break
            case .offered(_, let giver): giver.resume(returning: false)
            case .wanted(let taker): taker.resume(returning: nil)
            }
            state = .finished
        }
    }
}
