/// How long to wait before a server that ended is started again, and when to give up.
///
/// Pure: told what happened, it says what to do.
package struct RestartPolicy: Equatable, Sendable {
    /// What to do after the server ended or failed to start.
    package enum Verdict: Equatable, Sendable {
        case restart(after: Duration, attempt: Int)
        case giveUp(attempts: Int)
    }

    /// The first wait: a crash is answered at once, give or take what its sessions need to notice.
    static let firstDelay = Duration.milliseconds(100)
    /// The longest wait: a fault mended by hand takes effect within half a minute.
    static let longestDelay = Duration.seconds(30)
    /// A server that ran for this long is well again, and the count starts anew.
    static let steadyRun = Duration.seconds(60)
    /// A server that never came up is given up after this many attempts, some 13 seconds: the fault is in the set-up,
    /// and the operator or the service manager should hear of it.
    ///
    /// One that ran once is never given up.
    static let firstStartAttempts = 8

    private var attempts = 0
    private var hasBeenReady = false

    package init() {}

    /// The server answers.
    package mutating func becameReady() {
        hasBeenReady = true
    }

    /// The server ended, or did not start; it ran, ready, for `duration`.
    package mutating func ended(after duration: Duration) -> Verdict {
        if duration >= Self.steadyRun { attempts = 0 }
        attempts += 1
        if !hasBeenReady && attempts >= Self.firstStartAttempts { return .giveUp(attempts: attempts) }
        // 2^9 times the first delay is past the longest one.
        let delay = min(Self.firstDelay * (1 << min(attempts - 1, 9)), Self.longestDelay)
        return .restart(after: delay, attempt: attempts)
    }
}
