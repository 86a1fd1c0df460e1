package import Safeguarding
import Synchronization

/// Exercises and watches on a log in memory: an exercise is due, and a term ends, when a test says so.
package final class MemoryReaderWatch: ReaderWatch {
    private struct State {
        var isDue = false
        var exercised: [ConnectedReader] = []
        var offered: [Set<String>] = []
        var unanswered: Set<String> = []
        var silent: [SilentSubscription] = []
        var looks = 0
        var looksAtSilence = 0
        var silentLooks = 0
        var ended: Set<FeedTerm> = []
        var told: Set<String> = []
    }

    private let log: MemoryAlertLog
    private let state = Mutex(State())

    package init(_ log: MemoryAlertLog) { self.log = log }

    /// From now on the term can match nothing.
    package func end(_ term: FeedTerm) { state.withLock { _ = $0.ended.insert(term) } }

    /// Whoever asks next is sent an exercise.
    package func exerciseFallsDue() { state.withLock { $0.isDue = true } }

    /// Who has been sent an exercise, in order.
    package var exercised: [ConnectedReader] { state.withLock { $0.exercised } }

    /// The subjects for whom a digest was asked, look by look.
    package var offeredDigests: [Set<String>] { state.withLock { $0.offered } }

    /// How often it was asked who has not answered.
    package var looks: Int { state.withLock { $0.looks } }

    /// Who counts as not having answered.
    package func leavesUnanswered(_ subjects: Set<String>) { state.withLock { $0.unanswered = subjects } }

    /// Which standing subscriptions are silent, for so many looks.
    package func fallsSilent(_ subscriptions: [SilentSubscription], looks: Int = .max) {
        state.withLock { state in
            state.silent = subscriptions
            state.silentLooks = looks
        }
    }

    /// How often it was asked which are.
    package var looksAtSilence: Int { state.withLock { $0.looksAtSilence } }

    package func silent() async throws -> [SilentSubscription] {
        state.withLock { state in
            state.looksAtSilence += 1
            guard state.silentLooks > 0 else { return [] }
            state.silentLooks -= 1
            return state.silent
        }
    }

    package func unanswered(_ readers: [ConnectedReader]) async throws -> [ConnectedReader] {
        state.withLock { state in
            state.looks += 1
            return readers.filter { state.unanswered.contains($0.subject) }
        }
    }

    package func exercise(_ readers: [ConnectedReader]) async throws -> Int {
        let isDue = state.withLock { state in
            defer { state.isDue = false }
            return state.isDue
        }
        guard isDue else { return 0 }
        for reader in readers {
            log.publish(
                in: reader.view,
                facts: FeedFacts(type: .exercise, urgency: .low, audience: reader.subject),
                body: NoticeBody.text([("exercise", .bool(true))], marking: "TEST"),
                closes: true
            )
        }
        state.withLock { $0.exercised += readers }
        return readers.count
    }

    /// None here: what a digest counts is the database's.
    package func digest(_ readers: [Principal]) async throws -> Int {
        state.withLock { $0.offered.append(Set(readers.map(\.subject))) }
        return 0
    }

    package func watch(_ subscription: FeedSubscription, filter: FeedFilter, of principal: Principal) async throws {
        let new = state.withLock { state in
            filter.inclusions.filter { term in
                state.ended.contains(term) && state.told.insert("\(subscription.name) \(term)").inserted
            }
        }
        for _ in new {
            log.publish(
                in: subscription.view,
                facts: FeedFacts(type: .watchEnded, urgency: .low, audience: subscription.subject),
                body: NoticeBody.text([("watch", .object([("name", .string(subscription.name))]))], marking: "TEST"),
                closes: true
            )
        }
    }
}
