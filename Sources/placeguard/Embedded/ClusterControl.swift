import Crypto
import Logging
import Platform
import Safeguarding

/// What takes a while, so that a service manager can be told and a person sees something move.
package enum ClusterProgress: String, Sendable {
    case initialising = "making the database's directory"
    case starting = "starting the database"
    case waiting = "waiting for the database"
    case bootstrapping = "preparing the database"

    /// A line for `systemctl status` and the log.
    package var status: String { rawValue }
}

/// Brings the private server up and down.
///
/// The decisions are ``ClusterDecision``'s; this carries them out.
struct ClusterControl: Sendable {
    /// How often to look again while waiting, and to report progress at the most.
    private static let interval = Duration.milliseconds(100)
    private static let reportInterval = Duration.seconds(5)
    /// How long an old server, or sessions of a killed one, may take to go away.
    private static let endingPatience = Duration.seconds(60)
    /// The name of the file in the data directory that says which bootstrap script was run on it.
    private static let bootstrapMark = "placeguard.bootstrap"

    let layout: EmbeddedLayout
    let account: Account
    /// Whom new files are given to; nil when they are the account's anyway, since a hardened service may not `chown`.
    let fileOwner: Account?
    let tools: ClusterTools
    let inspector: ClusterInspector
    let configuration: ServerConfiguration
    let bootstrap: [UInt8]
    let report: @Sendable (ClusterProgress) -> Void
    let logger: Logger

    /// Finds or starts the server, and readies the database in it.
    ///
    /// The caller holds the start lock.
    /// - Throws: ``ClusterRefusal``, ``SystemError`` or `CancellationError`.
    func bringUp() async throws -> ProcessFacts.Identity {
        try prepareDirectories()
        var endingSince: ContinuousClock.Instant?
        var lastReport = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            let evidence = try inspector.evidence(programVersion: tools.programs.version)
            switch ClusterDecision(evidence, layout: layout) {
            case .initialise:
                try await initialise()
            case .start(let removingLockFile):
                try await start(removingLockFile: removingLockFile)
            case .adopt(let server):
                try await prepareDatabase(server)
                return server
            case .refuse(let refusal):
                throw refusal
            case .wait(let waiting):
                let since = endingSince ?? ContinuousClock.now
                endingSince = waiting == .ending ? since : nil
                if waiting == .ending && ContinuousClock.now - since > Self.endingPatience {
                    throw ClusterRefusal.doesNotEnd(directory: layout.dataDirectory)
                }
                if ContinuousClock.now - lastReport > Self.reportInterval {
                    lastReport = .now
                    report(.waiting)
                }
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Stops the server of our data directory, whoever started it.
    ///
    /// Nothing happens when none runs, and none is stopped that would not have been adopted.
    func stop() async throws {
        let evidence = try inspector.evidence(programVersion: tools.programs.version)
        guard let server = ClusterDecision.server(toStop: evidence, layout: layout) else { return }
        if try await !StopPlan.carryOut(on: server) {
            throw ClusterRefusal.doesNotEnd(directory: layout.dataDirectory)
        }
    }

    private func prepareDirectories() throws {
        let state = try Directory(path: layout.stateDirectory)
        for name in [EmbeddedLayout.socketName, EmbeddedLayout.logName] {
            let directory = try state.makeDirectory(name, mode: 0o700, owner: fileOwner)
            let facts = try directory.facts()
            guard facts.owner == account.user else { throw ClusterRefusal.dataDirectoryNotOurs(directory.path) }
            guard facts.isPrivate else {
                throw ClusterRefusal.dataDirectoryOpen(directory.path, mode: String(facts.mode, radix: 8))
            }
        }
    }

    /// Makes the data directory beside its place and moves it there when complete: a crash leaves nothing half made.
    private func initialise() async throws {
        logger.notice("making a database", metadata: ["directory": "\(layout.dataDirectory)"])
        try await whileReporting(.initialising) {
            let unfinished = "\(layout.stateDirectory)/\(EmbeddedLayout.newDataName)"
            try await refusingOnFailure {
                try await tools.remove(unfinished)
                try await tools.initialise(unfinished)
            }
            let state = try Directory(path: layout.stateDirectory)
            let data = try state.directory(EmbeddedLayout.newDataName)
            let settings = try data.read("postgresql.conf", limit: 1 << 20) ?? []
            let extended = settings + Array(ServerConfiguration.include.utf8)
            try data.write("postgresql.conf", extended, mode: 0o600, owner: fileOwner)
            try state.rename(EmbeddedLayout.newDataName, to: EmbeddedLayout.dataName)
        }
    }

    private func start(removingLockFile: Bool) async throws {
        let state = try Directory(path: layout.stateDirectory)
        let data = try state.directory(EmbeddedLayout.dataName)
        if removingLockFile {
            logger.notice("removing a pid file whose number another process has now")
            try data.remove(PostmasterLockFile.name)
        }
        try writeConfiguration(data)
        let logName = "start.log"
        try state.directory(EmbeddedLayout.logName).remove(logName)
        do {
            try await whileReporting(.starting) {
                try await tools.start(log: "\(layout.logDirectory)/\(logName)")
            }
        } catch let failure as ClusterToolFailure {
            let log = try? state.directory(EmbeddedLayout.logName).read(logName, limit: 1 << 20)
            let output = String(decoding: (log ?? []).suffix(4_096), as: UTF8.self)
            throw ClusterToolFailure(tool: failure.tool, ending: failure.ending, output: failure.output + output)
        }
    }

    private func writeConfiguration(_ data: borrowing Directory) throws {
        let files = [
            (ServerConfiguration.settingsName, configuration.settings),
            (ServerConfiguration.accessName, configuration.access),
            (ServerConfiguration.identityName, configuration.identities),
        ]
        for (name, text) in files { try data.write(name, Array(text.utf8), mode: 0o600, owner: fileOwner) }
    }

    /// Makes roles, database and extensions, once for each bootstrap script.
    ///
    /// The script may be run again at any time.
    private func prepareDatabase(_ server: ProcessFacts.Identity) async throws {
        let data = try Directory(path: layout.stateDirectory).directory(EmbeddedLayout.dataName)
        let mark = Array((Hexadecimal.text(SHA256.hash(data: bootstrap)) + "\n").utf8)
        if try data.read(Self.bootstrapMark, limit: 1_024) == mark { return }
        try await whileReporting(.bootstrapping) {
            try await refusingOnFailure {
                if try await !tools.hasDatabase() { try await tools.createDatabase() }
                let script = String(decoding: bootstrap, as: UTF8.self)
                try await tools.script(script, database: EmbeddedLayout.database)
            }
        }
        try data.write(Self.bootstrapMark, mark, mode: 0o600, owner: fileOwner)
    }

    /// Trying again mends a server that did not start, but not a program that failed on a running one.
    private func refusingOnFailure(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let failure as ClusterToolFailure {
            throw ClusterRefusal.toolFailed(failure)
        }
    }

    /// Runs `work`, reporting `progress` at its beginning and then regularly until it is done.
    private func whileReporting(
        _ progress: ClusterProgress,
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    report(progress)
                    try await Task.sleep(for: Self.reportInterval)
                }
            }
            group.addTask { try await work() }
            // The reporter never ends by itself, so the first to end is the work.
            try await group.next()
            group.cancelAll()
        }
    }
}
