package import Glibc

/// What `/proc` says about a process: enough to tell whether it is the one a pid file speaks of.
package struct ProcessFacts: Equatable, Sendable {
    /// One run of one process.
    ///
    /// A pid alone is not: numbers are used again.
    package struct Identity: Hashable, Sendable {
        /// The process number.
        package let pid: pid_t
        /// When it started, in clock ticks since boot: exact, and indifferent to the clock being set.
        package let startTicks: UInt64

        /// Creates an identity by hand, for decisions under test.
        package init(pid: pid_t, startTicks: UInt64) {
            self.pid = pid
            self.startTicks = startTicks
        }
    }

    /// Which run of which process.
    package let identity: Identity
    /// Its effective user.
    package let user: uid_t
    /// When it started, in seconds since 1970, by the clock as it is set now.
    package let startedAt: Int64
    /// The program file; nil when this process may not know.
    package let executable: String?
    /// Its working directory; nil when this process may not know.
    package let workingDirectory: String?

    /// Creates facts by hand, for decisions under test.
    package init(
        identity: Identity,
        user: uid_t,
        startedAt: Int64,
        executable: String?,
        workingDirectory: String?
    ) {
        self.identity = identity
        self.user = user
        self.startedAt = startedAt
        self.executable = executable
        self.workingDirectory = workingDirectory
    }

    /// The facts of a living process; nil when there is none with that number, or it only waits to be reaped.
    package static func of(_ pid: pid_t) throws(SystemError) -> ProcessFacts? {
        guard pid > 0 else { return nil }
        do {
            guard let line = ProcessStatLine(parsing: try ProcessTable.text("/proc/\(pid)/stat")), line.isAlive else {
                return nil
            }
            let status = ProcessStatus(parsing: try ProcessTable.text("/proc/\(pid)/status"))
            guard let user = status.effectiveUser else { return nil }
            return ProcessFacts(
                identity: Identity(pid: pid, startTicks: line.startTicks),
                user: user,
                startedAt: WallClock.bootTime() / 1_000 + Int64(line.startTicks / ticksPerSecond),
                executable: try? ProcessTable.link("/proc/\(pid)/exe"),
                workingDirectory: try? ProcessTable.link("/proc/\(pid)/cwd")
            )
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// True while this very run of the process is alive.
    package static func isRunning(_ identity: Identity) -> Bool {
        guard let text = try? ProcessTable.text("/proc/\(identity.pid)/stat"),
            let line = ProcessStatLine(parsing: text)
        else { return false }
        return line.isAlive && line.startTicks == identity.startTicks
    }

    /// True while a process has this number, also one that has ended and only waits to be reaped.
    package static func isNumberTaken(_ pid: pid_t) -> Bool {
        pid > 0 && (kill(pid, 0) == 0 || errno == EPERM)
    }

    /// The living processes whose working directory is `path`, as far as this process may know.
    package static func working(in path: String) throws(SystemError) -> [pid_t] {
        try ProcessTable.processes().filter { pid in
            guard (try? ProcessTable.link("/proc/\(pid)/cwd")) == path else { return false }
            return (try? of(pid)) ?? nil != nil
        }
    }

    /// Sends a signal to this very run of the process; false when it is gone.
    ///
    /// Between check and signal the number could in theory be given to another process; the kernel hands numbers out in
    /// turn, so that would take a whole round of them in microseconds.
    package static func signal(_ identity: Identity, _ signal: Int32) throws(SystemError) -> Bool {
        guard isRunning(identity) else { return false }
        if kill(identity.pid, signal) == 0 { return true }
        if errno == ESRCH { return false }
        throw SystemError(operation: "kill", subject: "process \(identity.pid)")
    }

    private static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
}

/// The one line of `/proc/PID/stat`.
struct ProcessStatLine: Equatable {
    /// The state letter, such as `S` for sleeping or `Z` for a zombie.
    let state: Character
    /// Field 22: when the process started, in clock ticks since boot.
    let startTicks: UInt64

    /// Parses the line; nil when it is not one.
    ///
    /// The second field is the program's name in parentheses and may itself hold spaces and parentheses, so fields are
    /// counted from the last closing one (proc(5)).
    init?(parsing text: String) {
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let ticks = UInt64(fields[19]) else { return nil }
        self.state = state
        self.startTicks = ticks
    }

    /// False for a zombie and for a process being taken down.
    var isAlive: Bool { !"ZXx".contains(state) }
}
