import Glibc

/// Signals that a server deals with other than by stopping; stopping is ServiceLifecycle's part.
package enum SignalDisposition {
    /// Makes writes to a closed socket or pipe fail with `EPIPE` instead of ending the process.
    ///
    /// Children start with default dispositions all the same: the launcher resets them.
    package static func ignoreBrokenPipe() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

/// The numbers of the signals that ask PostgreSQL to stop or to read its settings again.
package enum ServerSignal {
    /// Smart shutdown: after the sessions have ended by themselves.
    package static let smart = SIGTERM
    /// Fast shutdown: sessions are ended.
    package static let fast = SIGINT
    /// Immediate shutdown: no checkpoint; the next start recovers.
    package static let immediate = SIGQUIT
    /// Read the settings again.
    package static let reload = SIGHUP
    /// No chance to react: what a crash looks like, for tests.
    package static let kill = SIGKILL
}
