import Logging
import Synchronization

/// One connection to the server: the only user of its libpq handle.
///
/// Every exchange takes the turn first and gives it back when its results have been read to their end, so the exchanges
/// of several tasks never mingle however the actor is re-entered. `Connection` is the face it shows.
actor Session {
    let settings: ConnectionSettings
    let readiness: any Readiness
    let canceller: any Canceller
    let turn = TurnQueue()
    let logger: Logger
    /// The number of the lease that may use the session; see `Connection`.
    let lease = Atomic<UInt64>(0)

    var link: Link
    var parameters = ParameterBuffer()
    var cache: StatementCache
    /// Why the session cannot be used any more.
    var closure: PostgresError?
    /// Whether the server has said something that makes this connection useless, such as becoming read-only.
    var hasLostServer = false
    /// The transaction the borrower is in, if it was begun through `Connection.transaction`.
    var transaction: TransactionMode?
    var copy = CopyConversation<QueryResult>()
    var stream = QueryConversation<QueryResult>(isIncremental: true)
    var onNotification: (@Sendable (Notification) -> Void)?

    init(
        settings: ConnectionSettings,
        readiness: any Readiness,
        canceller: any Canceller,
        link: consuming sending Link,
        logger: Logger
    ) {
        self.settings = settings
        self.readiness = readiness
        self.canceller = canceller
        self.link = link
        self.logger = logger
        cache = StatementCache()
    }

    /// The handle and its place in the reactor, which it gives up before its socket is closed.
    struct Link: ~Copyable {
        var handle: ConnectionHandle
        let token: ReadinessToken
        private let readiness: any Readiness

        init(handle: consuming ConnectionHandle, readiness: any Readiness) throws(PostgresError) {
            token = try readiness.register(handle.socket)
            self.handle = handle
            self.readiness = readiness
        }

        /// Ends the session; without effect the second time.
        mutating func finish() {
            readiness.deregister(token)
            handle.finish()
        }

        deinit {
            // The handle is destroyed after this.
            readiness.deregister(token)
        }
    }
}

/// What a transaction may do.
enum TransactionMode: Sendable {
    case readWrite
    case readOnly
}

/// The life of a session.
extension Session {
    /// Closes the connection; without effect the second time.
    ///
    /// Telling the server goodbye does not block, and nobody waits for an answer.
    func close(_ reason: PostgresError = PostgresError(.connection, "the connection has been closed")) {
        guard closure == nil else { return }
        closure = reason
        link.finish()
    }

    var isClosed: Bool { closure != nil }

    var transactionState: TransactionState { link.handle.transactionState }

    var backendProcess: Int32 { link.handle.backendProcess }

    /// What the server last said outside of results.
    var lastNotice: ServerDiagnostics? { link.handle.lastNotice }

    var socket: Int32 { link.handle.socket }

    /// The error of a connection that libpq reports as lost, with the reason the server gave, if it gave one.
    func lossError() -> PostgresError {
        let notice = link.handle.lastNotice.flatMap { $0.severity == "FATAL" || $0.severity == "PANIC" ? $0 : nil }
        return PostgresError(
            .connection,
            "the connection was lost",
            secret: link.handle.errorMessage,
            diagnostics: notice
        )
    }

    /// Brings the session back to a state the next user can rely on.
    ///
    /// Not cancellable, but bounded by the drain timeout.
    ///
    /// - Returns: Whether it can be used on.
    private func reset() async -> Bool {
        do {
            try await turn.take(cancellable: false)
        } catch {
            return false
        }
        defer { turn.give() }
        guard closure == nil, !hasLostServer else { return false }
        transaction = nil
        guard link.handle.transactionState != .idle else { return true }
        do {
            try await roundTrip("ROLLBACK", .shielded(for: settings.drainTimeout))
            return link.handle.transactionState == .idle
        } catch {
            close(error)
            return false
        }
    }

    /// Asks the server for any answer, to learn whether it is there; if it is not, the connection is closed.
    func probe(within timeout: Duration) async -> Bool {
        guard turn.takeIfFree() else { return closure == nil }
        defer { turn.give() }
        do {
            try await roundTrip("SELECT", .shielded(for: timeout))
            return closure == nil && !hasLostServer
        } catch {
            hasLostServer = true
            close(error)
            return false
        }
    }

    /// Looks at what has arrived on an idle connection; false when it is dead.
    func checkIdle() -> Bool {
        guard turn.takeIfFree() else { return closure == nil }
        defer { turn.give() }
        guard closure == nil else { return false }
        let noticeBefore = link.handle.lastNotice
        guard link.handle.consumeInput() else {
            close(lossError())
            return false
        }
        drainNotifications()
        // Parsing what was read is what calls the notice receiver.
        _ = link.handle.isBusy
        if let notice = link.handle.lastNotice, notice != noticeBefore,
            notice.severity == "FATAL" || notice.severity == "PANIC"
        {
            close(lossError())
            return false
        }
        return !link.handle.isBad
    }

    /// Calls back once when something arrives while the session is idle, which mostly is the news of its end.
    func watchIdle(_ callback: @escaping @Sendable () -> Void) {
        guard closure == nil else { return callback() }
        readiness.arm(link.token, for: .read, deadline: nil) { outcome in
            if case .ready = outcome { callback() }
        }
    }

    func drainNotifications() {
        while let notification = link.handle.nextNotification() { onNotification?(notification) }
    }
}

/// Lending.
extension Session {
    /// Begins a lease; values of earlier ones cease to work.
    nonisolated func beginLease() -> UInt64 {
        lease.add(1, ordering: .acquiringAndReleasing).newValue
    }

    /// What a session is good for after a lease.
    enum Condition: Sendable {
        case usable
        /// It is to be closed.
        case unusable
        /// It is to be closed, and so are all others to the same server.
        case serverLost
    }

    /// Ends the lease, cleans up after it and, if the session can be used on, watches it while it is idle.
    func endLease(_ watcher: (@Sendable () -> Void)? = nil) async -> Condition {
        lease.add(1, ordering: .acquiringAndReleasing)
        guard await reset() else { return hasLostServer ? .serverLost : .unusable }
        if let watcher { watchIdle(watcher) }
        return .usable
    }
}
