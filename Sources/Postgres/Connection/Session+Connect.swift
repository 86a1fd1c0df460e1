import Logging

extension Session {
    /// Connects, trying the hosts of the settings in turn.
    ///
    /// Cancelling the task ends the attempt.
    ///
    /// - Throws: `connection` with what the last host said, `timeout` when the last host did not answer, `cancelled`.
    static func connect(
        _ settings: ConnectionSettings,
        readiness: any Readiness,
        logger: Logger
    ) async throws(PostgresError) -> Session {
        let resolved = try settings.resolved()
        var firstHost = 0
        while true {
            switch try await attempt(resolved, fromHost: firstHost, settings, readiness, logger) {
            case .connected(let session):
                return session
            case .retry(let skipped):
                firstHost += skipped
            }
        }
    }

    private enum AttemptOutcome {
        case connected(Session)
        /// A host did not answer; begin again so many hosts further on.
        case retry(Int)
    }

    private static func attempt(
        _ resolved: ConnectionSettings.Resolved,
        fromHost firstHost: Int,
        _ settings: ConnectionSettings,
        _ readiness: any Readiness,
        _ logger: Logger
    ) async throws(PostgresError) -> AttemptOutcome {
        let attempt = ConnectAttempt(resolved.parameters(fromHost: firstHost))
        var conversation = ConnectConversation(
            hosts: resolved.hosts.endpoints(from: firstHost),
            timeout: settings.connectTimeout,
            now: .now
        )
        var progress = try await step(conversation.deadline, readiness) { attempt.start() }
        var event = ConnectConversation.Event.started(isBad: progress?.status == .failed)
        if progress == nil { event = .timedOut }
        while true {
            switch conversation.next(event, now: .now) {
            case .poll:
                progress = try await step(conversation.deadline, readiness) { attempt.poll() }
                event = progress.map { .polled($0.status, $0.endpoint) } ?? .timedOut
            case .want(let interest):
                event = try await wait(on: progress?.socket ?? -1, interest, conversation.deadline, readiness)
            case .finished:
                return .connected(try open(attempt, settings, readiness, logger))
            case .failed(let reason, let retry):
                if let retry { return .retry(retry) }
                throw failure(reason, progress)
            }
        }
    }

    /// Runs one step where it may block; nil when the deadline passed first.
    private static func step(
        _ deadline: ContinuousClock.Instant,
        _ readiness: any Readiness,
        _ body: @escaping @Sendable () -> ConnectAttempt.Progress
    ) async throws(PostgresError) -> ConnectAttempt.Progress? {
        let progress = try await readiness.blockingThreads.run(
            deadline: deadline,
            cancellable: true,
            readiness: readiness,
            body
        )
        if Task.isCancelled { throw PostgresError(.cancelled, "cancelled while connecting") }
        return progress
    }

    /// Waits on the socket of the moment, which is registered for just this wait.
    private static func wait(
        on socket: Int32,
        _ interest: Interest,
        _ deadline: ContinuousClock.Instant,
        _ readiness: any Readiness
    ) async throws(PostgresError) -> ConnectConversation.Event {
        let token = try readiness.register(socket)
        defer { readiness.deregister(token) }
        switch await readiness.wait(token, for: interest, deadline: deadline, cancellable: true) {
        case .ready: return .ready
        case .timedOut: return .timedOut
        case .cancelled: throw PostgresError(.cancelled, "cancelled while connecting")
        case .stopped: throw PostgresError(.shutdown, "the reactor has been stopped")
        }
    }

    private static func open(
        _ attempt: ConnectAttempt,
        _ settings: ConnectionSettings,
        _ readiness: any Readiness,
        _ logger: Logger
    ) throws(PostgresError) -> Session {
        let handle = attempt.take()
        guard handle.setNonBlocking(), let cancel = handle.makeCancel() else {
            throw PostgresError(.connection, "libpq refused non-blocking mode")
        }
        logger.debug(
            "connected",
            metadata: ["pg.backend": "\(handle.backendProcess)", "pg.tls": "\(handle.usesTLS)"]
        )
        return Session(
            settings: settings,
            readiness: readiness,
            canceller: BlockingCanceller(cancel, readiness: readiness),
            link: try Link(handle: handle, readiness: readiness),
            logger: logger
        )
    }

    private static func failure(
        _ reason: ConnectConversation.Reason,
        _ progress: ConnectAttempt.Progress?
    ) -> PostgresError {
        switch reason {
        case .timedOut:
            return PostgresError(.timeout, "no server answered in time", secret: progress?.message)
        case .refused:
            let message = progress?.message ?? ""
            let diagnostics = SQLState.find(inVerbose: message).map { code in
                ServerDiagnostics(severity: "FATAL", sqlState: code, message: message)
            }
            return PostgresError(
                .connection,
                "the connection could not be made",
                secret: message,
                diagnostics: diagnostics
            )
        }
    }
}
