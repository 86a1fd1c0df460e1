import Synchronization

/// Counts refused logins of each address in the current minute.
///
/// Tokens cannot be guessed; this keeps a client with an old one from writing to the database without end. A good token
/// is let in from a throttled address too, since many people may share it.
final class LoginThrottle: Sendable {
    /// Addresses remembered; beyond it the minute begins anew.
    private static let capacity = 10_000

    private struct State {
        var minute: ContinuousClock.Instant?
        var refused: [String: Int] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a refusal; false where the address has had its share of this minute.
    func allows(_ address: String, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if state.minute.map({ now - $0 >= .seconds(60) }) ?? true || state.refused.count >= LoginThrottle.capacity {
                state.minute = now
                state.refused.removeAll(keepingCapacity: true)
            }
            state.refused[address, default: 0] += 1
            return state.refused[address, default: 0] <= limit
        }
    }
}
