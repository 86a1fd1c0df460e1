import Glibc

/// Whoever wants to know how the service is.
package protocol ServiceObserver: Sendable {
    /// How often a sign of life is wanted; nil when none is.
    var watchdogInterval: Duration? { get }
    /// Sends the notifications as one message, without waiting.
    func notify(_ notifications: [ServiceNotification]) throws(SystemError)
}

/// The service manager that started this process (systemd), reached by the sd_notify protocol.
///
/// Absent when the process was started by hand: then there is nobody to tell, and `init` gives nil. Sending never waits;
/// when the manager's queue is full the call fails with `wouldBlock` and may be repeated.
package struct ServiceManager: ServiceObserver {
    private let address: LocalSocketAddress
    private let path: String
    /// How often the manager wants to hear that the service is alive; nil when it does not watch.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///
    /// - Parameter pid: this process; a watchdog meant for another process is none of ours (sd_watchdog_enabled(3)).
    package init?(environment: [String: String], pid: Int32 = getpid()) {
        // A path or an abstract name; systemd's vsock form is for virtual machines, not for services.
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
            let address = try? LocalSocketAddress(path: path)
        else { return nil }
        self.address = address
        self.path = path
        self.watchdogInterval = Self.watchdogInterval(environment: environment, pid: pid)
    }

    /// Sends the notifications as one message.
    package func notify(_ notifications: [ServiceNotification]) throws(SystemError) {
        let message = notifications.map(\.line).joined(separator: "\n")
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if number < 0 { throw SystemError(operation: "socket", subject: path) }
        let descriptor = Descriptor(adopting: number)
        try address.send(Array(message.utf8), through: descriptor.number, subject: path)
    }

    private static func watchdogInterval(environment: [String: String], pid: Int32) -> Duration? {
        if let meant = environment["WATCHDOG_PID"], meant != String(pid) { return nil }
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else {
            return nil
        }
        return .microseconds(microseconds)
    }
}
