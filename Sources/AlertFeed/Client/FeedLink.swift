import NIOCore
import Safeguarding
import Synchronization

/// One connection as the client's tasks share it: saying lines, and when something was said.
final class FeedLink: Sendable {
    private struct State {
        var said: FeedInstant
        var pause: Duration?
    }

    private let channel: any Channel
    private let clock: any FeedClock
    private let opened: FeedInstant
    private let state: Mutex<State>

    init(channel: any Channel, clock: any FeedClock) {
        self.channel = channel
        self.clock = clock
        opened = clock.now
        state = Mutex(State(said: opened))
    }

    var age: Duration { clock.now - opened }
    var sinceSaid: Duration { clock.now - state.withLock { $0.said } }

    /// A client says few and short lines, one command at a time, so nothing piles up; a broken link is noticed by the reader.
    func say(_ line: String) {
        let now = clock.now
        state.withLock { $0.said = now }
        var buffer = ByteBuffer()
        buffer.write(line: [line])
        channel.writeAndFlush(buffer, promise: nil)
    }

    func pause(_ pause: Duration?) { state.withLock { $0.pause = pause } }

    func takePause() -> Duration? {
        state.withLock { state in
            defer { state.pause = nil }
            return state.pause
        }
    }

    func close() { channel.close(promise: nil) }
}

/// How long a server has said nothing while somebody listened.
///
/// Whoever is busy with what was said hears nothing meanwhile, which is no silence of the server.
final class Hearing: Sendable {
    private struct State {
        var since: FeedInstant?
        var isBusy = false
    }

    private let clock: any FeedClock
    private let state = Mutex(State())

    init(clock: any FeedClock) { self.clock = clock }

    /// Nil before anything was heard.
    var silence: Duration? {
        let state = state.withLock { $0 }
        return state.isBusy ? .zero : state.since.map { clock.now - $0 }
    }

    /// Something was said, and is handled from now on.
    func heard() {
        let now = clock.now
        state.withLock { $0 = State(since: now, isBusy: true) }
    }

    /// What was said is handled; listening again.
    func waits() {
        let now = clock.now
        state.withLock { state in
            if state.isBusy { state = State(since: now) }
        }
    }
}
