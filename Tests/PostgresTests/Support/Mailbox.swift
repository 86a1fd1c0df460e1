import Synchronization

/// Values put by callbacks and taken, in order, by one task that waits for them.
final class Mailbox<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var reader: CheckedContinuation<Value, Never>?
    }

    private let state = Mutex(State())

    func put(_ value: Value) {
        let reader = state.withLock { state in
            if state.reader == nil { state.values.append(value) }
            return state.reader.take()
        }
        reader?.resume(returning: value)
    }

    func next() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value? in
                if state.values.isEmpty {
                    state.reader = continuation
                    return nil
                }
                return state.values.removeFirst()
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
