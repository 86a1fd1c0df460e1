package import Platform

/// What was found of the private cluster at one moment.
package struct ClusterEvidence: Equatable, Sendable {
    /// The data directory.
    package enum DataDirectory: Equatable, Sendable {
        case absent
        /// There, with its facts and the major version its `PG_VERSION` names (nil without such a file).
        case present(FileFacts, version: Int?)
    }

    /// The number of the account that the cluster must belong to.
    package var account: UInt32
    package var dataDirectory: DataDirectory
    /// The major version of the programs that would be started.
    package var programVersion: Int
    /// The content of `postmaster.pid`, if there is one.
    package var lockFile: PostmasterLockFile?
    /// The living process with the number of the lock file.
    package var process: ProcessFacts?
    /// Whether a process has the number of the lock file, be it one that has ended and only waits to be reaped.
    package var isNumberTaken: Bool
    /// Who listens at the socket.
    package var socketPeer: LocalSocketPeer?
    /// All living processes that work in the data directory.
    package var workers: Set<Int32>

    /// Evidence of nothing but an account and its programs: the first start.
    package init(account: UInt32, programVersion: Int) {
        self.account = account
        self.programVersion = programVersion
        self.dataDirectory = .absent
        self.isNumberTaken = false
        self.workers = []
    }
}

/// What to do about the private cluster.
///
/// Pure: from evidence alone.
package enum ClusterDecision: Equatable, Sendable {
    /// Make a data directory.
    case initialise
    /// Start a server, after removing a pid file that was proved to speak of another process.
    case start(removingLockFile: Bool)
    /// Use the server that runs.
    case adopt(ProcessFacts.Identity)
    /// Look again shortly: a server is on its way up, or an old one on its way down.
    case wait(Waiting)
    /// Do nothing, and say why.
    case refuse(ClusterRefusal)

    /// What is waited for.
    package enum Waiting: Equatable, Sendable {
        /// Our server starts or recovers; that takes as long as it takes.
        case starting
        /// An old server, or what is left of one, goes away.
        case ending
    }

    /// How far the start time in the pid file may be from the process's own, in seconds.
    ///
    /// The server notes the clock right after it is forked; the rest is rounding, and steps of the clock since.
    static let startTimeTolerance: Int64 = 10

    /// Decides for a cluster at `layout`.
    package init(_ evidence: ClusterEvidence, layout: EmbeddedLayout) {
        guard case .present(let facts, let version) = evidence.dataDirectory else {
            if let peer = evidence.socketPeer {
                self = .refuse(.strangerAtSocket(layout.socketPath, pid: peer.pid))
            } else {
                self = .initialise
            }
            return
        }
        if let refusal = Self.fault(of: facts, version: version, evidence: evidence, layout: layout) {
            self = .refuse(refusal)
        } else if let lockFile = evidence.lockFile, let process = evidence.process {
            self = Self.decide(lockFile: lockFile, process: process, evidence: evidence, layout: layout)
        } else if let peer = evidence.socketPeer {
            self = .refuse(.strangerAtSocket(layout.socketPath, pid: peer.pid))
        } else if evidence.workers.isEmpty {
            // A pid file whose process is dead is PostgreSQL's own to judge: it also looks at the shared memory. But it
            // takes a dead process that nobody has reaped, as in a container without an init, for a living one.
            self = .start(removingLockFile: evidence.isNumberTaken)
        } else {
            // The server was killed and its sessions have not noticed yet. PostgreSQL would refuse to start.
            self = .wait(.ending)
        }
    }

    /// The server to stop when we stop: one that we would adopt, or that is on its way up or down.
    static func server(toStop evidence: ClusterEvidence, layout: EmbeddedLayout) -> ProcessFacts.Identity? {
        switch ClusterDecision(evidence, layout: layout) {
        case .adopt(let server): server
        case .wait: evidence.process?.isPostmaster(of: layout.dataDirectory) == true ? evidence.process?.identity : nil
        case .initialise, .start, .refuse: nil
        }
    }

    private static func fault(
        of facts: FileFacts,
        version: Int?,
        evidence: ClusterEvidence,
        layout: EmbeddedLayout
    ) -> ClusterRefusal? {
        guard facts.kind == .directory, facts.owner == evidence.account else {
            return .dataDirectoryNotOurs(layout.dataDirectory)
        }
        guard facts.isPrivate else {
            return .dataDirectoryOpen(layout.dataDirectory, mode: String(facts.mode, radix: 8))
        }
        guard let version else { return .notADataDirectory(layout.dataDirectory) }
        guard version == evidence.programVersion else {
            return .versionMismatch(data: version, found: [evidence.programVersion])
        }
        return nil
    }

    private static func decide(
        lockFile: PostmasterLockFile,
        process: ProcessFacts,
        evidence: ClusterEvidence,
        layout: EmbeddedLayout
    ) -> ClusterDecision {
        let pid = lockFile.pid
        guard process.isPostmaster(of: layout.dataDirectory) else {
            // The number went to another process. PostgreSQL refuses to start for as long as one of the same account
            // has it, so the pid file is removed; but only when nothing works in the directory any more.
            if !evidence.workers.isEmpty { return .wait(.ending) }
            return .start(removingLockFile: process.user == evidence.account)
        }
        guard process.user == evidence.account else { return .refuse(.runsAsAnotherUser(pid: pid)) }
        let difference = abs(process.startedAt - lockFile.startTime)
        if difference > startTimeTolerance { return .refuse(.startTimeDiffers(pid: pid, seconds: difference)) }
        switch lockFile.status {
        case nil, .starting: return .wait(.starting)
        case .stopping: return .wait(.ending)
        case .ready, .standby: break
        }
        guard lockFile.socketDirectory == layout.socketDirectory else {
            return .refuse(.listensElsewhere(pid: pid, lockFile.socketDirectory))
        }
        guard let peer = evidence.socketPeer else { return .refuse(.socketUnanswered(pid: pid, layout.socketPath)) }
        guard peer.user == evidence.account, peer.pid == pid else {
            return .refuse(.strangerAtSocket(layout.socketPath, pid: peer.pid))
        }
        return .adopt(process.identity)
    }
}

extension ProcessFacts {
    /// True when the process is a PostgreSQL program working in `directory`, as a server and its sessions do.
    func isPostmaster(of directory: String) -> Bool {
        // After a package upgrade the program file of a running server is gone, and the kernel says so in its name.
        let program = executable?.split(separator: "/").last?.split(separator: " ").first
        return program == "postgres" && workingDirectory == directory
    }
}
