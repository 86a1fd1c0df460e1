package import Logging
package import Platform
import ServiceLifecycle
import Synchronization

/// The private PostgreSQL: found or started, supervised, stopped.
///
/// Two ways to use it. The daemon adds it to its service group first, so that it stops last; it alone restarts the
/// server when it ends. A command wraps its work in ``withServer(_:)``: it uses the server that runs, or starts one for
/// as long as it takes, and the last user out stops it.
///
/// The process may be the cluster's account or root. As root it stays root, and only PostgreSQL's programs run as the
/// account; a daemon drops first (``ServiceAccount``).
package final class EmbeddedCluster: Service {
    /// What a health page shows.
    package enum Status: Equatable, Sendable {
        case starting
        case ready
        case restarting(attempt: Int)
        case stopped
        case failed(String)
    }

    /// How often to look whether the server still runs.
    private static let watchInterval = Duration.milliseconds(200)
    /// How long another command may be starting (recovery included) or stopping the server.
    private static let startLockPatience = Duration.seconds(600)
    /// How long a command that is done waits to find out whether it is the last.
    private static let leavePatience = Duration.seconds(5)

    private let control: ClusterControl
    private let readiness = Gate()
    private let state = Mutex(Status.starting)

    /// Where the cluster is, and how to connect to it.
    package let layout: EmbeddedLayout

    /// Checks the paths and finds the programs; starts nothing.
    ///
    /// - Parameters:
    ///   - stateDirectory: an existing directory of `account`; see ``StateDirectory``.
    ///   - account: whom the cluster belongs to; never root.
    ///   - binaries: the only directory to look for programs in; nil for the usual places.
    ///   - roles: the database roles that `account` and root may take.
    ///   - bootstrap: the script that makes roles and extensions; it is run once for each content.
    ///   - report: told what takes time, at least every few seconds while it does.
    /// - Throws: ``ClusterRefusal`` or ``SystemError``.
    package init(
        stateDirectory: String,
        account: Account,
        binaries: String?,
        roles: [String],
        bootstrap: [UInt8],
        environment: [String: String],
        logger: Logger,
        report: @escaping @Sendable (ClusterProgress) -> Void = { _ in }
    ) async throws {
        layout = try EmbeddedLayout(stateDirectory: Path.canonical(stateDirectory))
        let inspector = ClusterInspector(layout: layout, account: account)
        let programs = try await PostgresPrograms.find(
            configured: binaries,
            environment: environment,
            dataVersion: try inspector.dataVersion()
        )
        let root = try Account.numbered(0)
        control = ClusterControl(
            layout: layout,
            account: account,
            fileOwner: try Account.current() == account ? nil : account,
            tools: ClusterTools(programs: programs, layout: layout, account: account),
            inspector: inspector,
            configuration: ServerConfiguration(
                layout: layout,
                accounts: [account.name] + (root.map { [$0.name] } ?? []),
                roles: roles
            ),
            bootstrap: bootstrap,
            report: report,
            logger: logger
        )
    }

    /// How the server is.
    package var status: Status { state.withLock { $0 } }

    /// Waits until the server answers for the first time.
    ///
    /// - Throws: why it never will, or `CancellationError`.
    package func awaitReady() async throws { try await readiness.wait() }

    /// Supervises the server until graceful shutdown or cancellation, then stops it within ``StopPlan/bound``.
    package func run() async throws {
        do {
            guard let daemon = try lock(.exclusive, EmbeddedLayout.daemonLockName) else {
                throw ClusterRefusal.daemonRunning(directory: layout.stateDirectory)
            }
            let users = try await enter()
            do {
                try await cancelWhenGracefulShutdown { try await self.supervise() }
            } catch is CancellationError {
                // Asked to stop: by graceful shutdown, or by cancellation when its time is over.
            }
            try await control.stop()
            set(.stopped)
            users.release()
            daemon.release()
        } catch {
            set(.failed(String(describing: error)))
            readiness.fail(error)
            throw error
        }
        readiness.fail(CancellationError())
    }

    /// Runs `body` with the server up.
    package func withServer<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let users = try await enter()
        do {
            _ = try await bringUp()
            let result = try await body()
            await leave(users)
            return result
        } catch {
            await leave(users)
            throw error
        }
    }

    /// Keeps the server up; ends only by throwing.
    private func supervise() async throws {
        var policy = RestartPolicy()
        while true {
            var ran = Duration.zero
            do {
                let server = try await bringUp()
                policy.becameReady()
                set(.ready)
                readiness.open()
                control.logger.info("database ready", metadata: ["process": "\(server.pid)"])
                ran = try await watch(server)
                control.logger.error("the database server ended", metadata: ["process": "\(server.pid)"])
            } catch let failure as ClusterToolFailure {
                control.logger.error("the database server did not start", metadata: ["reason": "\(failure)"])
            }
            switch policy.ended(after: ran) {
            case .giveUp(let attempts):
                throw ClusterRefusal.keepsEnding(attempts: attempts, log: layout.logDirectory)
            case .restart(let delay, let attempt):
                set(.restarting(attempt: attempt))
                control.logger.warning(
                    "starting the database again",
                    metadata: ["attempt": "\(attempt)", "delay": "\(delay)"]
                )
                try await Task.sleep(for: delay)
            }
        }
    }

    private func watch(_ server: ProcessFacts.Identity) async throws -> Duration {
        let begin = ContinuousClock.now
        while ProcessFacts.isRunning(server) { try await Task.sleep(for: Self.watchInterval) }
        return ContinuousClock.now - begin
    }

    private func bringUp() async throws -> ProcessFacts.Identity {
        let start = try await startLock()
        do {
            let server = try await control.bringUp()
            start.release()
            return server
        } catch {
            start.release()
            throw error
        }
    }

    /// Registers as a user of the server.
    ///
    /// Under the start lock, so that nobody who leaves overlooks us.
    private func enter() async throws -> FileLock {
        let start = try await startLock()
        let users = try lock(.shared, EmbeddedLayout.usersLockName)
        start.release()
        guard let users else { throw ClusterRefusal.startLockHeld(directory: layout.stateDirectory) }
        return users
    }

    /// Stops the server if nobody else uses it.
    ///
    /// When another command holds the start lock it is about to use the server, so it is left alone. Failures are
    /// logged only: the command's own result counts, and the next user finds the server as it is.
    private func leave(_ users: consuming FileLock) async {
        do {
            guard let start = try await waitForStartLock(Self.leavePatience, cancellable: false) else {
                users.release()
                return
            }
            if try users.change(to: .exclusive) { try await control.stop() }
            users.release()
            start.release()
        } catch {
            control.logger.warning("could not stop the database", metadata: ["error": "\(error)"])
        }
    }

    private func startLock() async throws -> FileLock {
        guard let lock = try await waitForStartLock(Self.startLockPatience, cancellable: true) else {
            throw ClusterRefusal.startLockHeld(directory: layout.stateDirectory)
        }
        return lock
    }

    private func waitForStartLock(_ patience: Duration, cancellable: Bool) async throws -> FileLock? {
        let deadline = ContinuousClock.now + patience
        while true {
            if cancellable { try Task.checkCancellation() }
            if let lock = try lock(.exclusive, EmbeddedLayout.startLockName) { return lock }
            if ContinuousClock.now >= deadline { return nil }
            await Pause.uncancellable(.milliseconds(50))
        }
    }

    private func lock(_ mode: FileLock.Mode, _ name: String) throws -> FileLock? {
        try FileLock.take(mode, name, in: Directory(path: layout.stateDirectory), owner: control.fileOwner)
    }

    private func set(_ status: Status) { state.withLock { $0 = status } }
}
