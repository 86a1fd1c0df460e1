/// One assignment of the sd_notify protocol.
package enum ServiceNotification: Equatable, Sendable {
    /// The service is up: units that wait for it may start.
    case ready
    /// The service is going down on purpose.
    case stopping
    /// The service is alive; to be sent within the watchdog's interval.
    case watchdog
    /// Starting or stopping takes longer: give it this much from now.
    case extendTimeout(Duration)
    /// A line for `systemctl status`. Line breaks become spaces, since they end an assignment.
    case status(String)

    /// The assignment as it goes over the wire, without a line end.
    var line: String {
        switch self {
        case .ready: return "READY=1"
        case .stopping: return "STOPPING=1"
        case .watchdog: return "WATCHDOG=1"
        case .extendTimeout(let duration): return "EXTEND_TIMEOUT_USEC=\(duration.wholeMicroseconds)"
        case .status(let text):
            return "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
        }
    }
}

extension Duration {
    /// Microseconds, rounded down, never negative.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
