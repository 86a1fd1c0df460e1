import CLibPQ

/// Owns one `PGconn` and finishes it; one C call per method, no policy.
///
/// Whoever owns the handle is the only one to use it, which is libpq's rule for a connection (34.20).
/// After `finish()` every call fails the way libpq answers for a missing connection.
@safe
struct ConnectionHandle: ~Copyable {
    private var pointer: OpaquePointer?
    private let notices: NoticeSink

    /// Makes a handle without a connection.
    init(notices: NoticeSink) {
        unsafe pointer = nil
        self.notices = notices
    }

    /// Begins to connect (`PQconnectStartParams`); the handle stays empty, and so bad, when memory is exhausted.
    ///
    /// - Important: May block on a name lookup.
    mutating func start(_ parameters: ConnectionParameters) {
        finish()
        let started = unsafe parameters.withPointers { keywords, values in
            unsafe PQconnectStartParams(keywords, values, 0)
        }
        guard let started = unsafe started else { return }
        unsafe pointer = started
        HandleCensus.add()
        // Balanced in `finish`, after `PQfinish`: the context must outlive the connection.
        // So that the text of a refused connection has the SQLSTATE in it; everything else is read by field.
        unsafe PQsetErrorVerbosity(started, PQERRORS_VERBOSE)
        unsafe PQsetNoticeReceiver(started, NoticeSink.receiver, Unmanaged.passRetained(notices).toOpaque())
    }

    deinit {
        unsafe Self.finish(pointer, notices)
    }

    /// Ends the session and closes the socket; the descriptor must have been given up by the reactor before.
    mutating func finish() {
        unsafe Self.finish(pointer, notices)
        unsafe pointer = nil
    }

    private static func finish(_ pointer: OpaquePointer?, _ notices: NoticeSink) {
        guard let pointer = unsafe pointer else { return }
        unsafe PQfinish(pointer)
        unsafe Unmanaged.passUnretained(notices).release()
        HandleCensus.remove()
    }
}

/// What the connection is and says of itself.
extension ConnectionHandle {
    var isFinished: Bool { unsafe pointer == nil }
    var isBad: Bool { unsafe PQstatus(pointer) == CONNECTION_BAD }
    var socket: Int32 { unsafe PQsocket(pointer) }
    var backendProcess: Int32 { unsafe PQbackendPID(pointer) }
    var serverVersion: Int32 { unsafe PQserverVersion(pointer) }
    var lastNotice: ServerDiagnostics? { notices.lastNotice }

    /// libpq's own message, which names hosts and users.
    var errorMessage: String { unsafe PQerrorMessage(pointer).map { unsafe String(cString: $0) } ?? "" }

    /// The server being tried or used.
    var endpoint: Endpoint {
        Endpoint(
            host: unsafe PQhost(pointer).map { unsafe String(cString: $0) } ?? "",
            port: unsafe PQport(pointer).map { unsafe String(cString: $0) } ?? ""
        )
    }

    /// Whether the connection is encrypted.
    var usesTLS: Bool { unsafe PQsslInUse(pointer) != 0 }

    var transactionState: TransactionState {
        switch unsafe PQtransactionStatus(pointer) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        case PQTRANS_ACTIVE: .active
        default: .unknown
        }
    }

    /// Makes the key for cancelling; nil when the connection is not open.
    func makeCancel() -> CancelHandle? {
        guard let cancel = unsafe PQgetCancel(pointer) else { return nil }
        return unsafe CancelHandle(owning: cancel)
    }
}

/// Connecting.
extension ConnectionHandle {
    /// Takes the next step of connecting (`PQconnectPoll`).
    ///
    /// - Important: May block: name lookups, key files and password hashing are synchronous inside libpq.
    func poll() -> PollingStatus {
        switch unsafe PQconnectPoll(pointer) {
        case PGRES_POLLING_OK: .connected
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        default: .failed
        }
    }

    /// Puts the connection in non-blocking mode; false when libpq refuses.
    func setNonBlocking() -> Bool {
        unsafe PQsetnonblocking(pointer, 1) == 0 && PQisnonblocking(pointer) == 1
    }
}

/// Reading and writing.
extension ConnectionHandle {
    func flush() -> FlushStatus {
        switch unsafe PQflush(pointer) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    /// Reads what has arrived, without waiting; false when the connection is lost.
    func consumeInput() -> Bool { unsafe PQconsumeInput(pointer) == 1 }

    /// Whether `nextResult` would block.
    var isBusy: Bool { unsafe PQisBusy(pointer) == 1 }

    /// Takes the next result; nil at the end of a command's results.
    func nextResult() -> ResultHandle? {
        guard let result = unsafe PQgetResult(pointer) else { return nil }
        return unsafe ResultHandle(owning: result, notices: notices)
    }

    /// Takes the next notification that has been read.
    func nextNotification() -> Notification? {
        guard let notification = unsafe PQnotifies(pointer) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return Notification(
            channel: unsafe String(cString: notification.pointee.relname),
            payload: unsafe String(cString: notification.pointee.extra)
        )
    }

    /// Quotes an identifier for use in SQL; nil when it is not valid text.
    func quoteIdentifier(_ identifier: String) -> String? {
        var identifier = identifier
        return identifier.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters -> String? in
                let quoted = unsafe PQescapeIdentifier(pointer, characters.baseAddress, characters.count)
                guard let quoted = unsafe quoted else { return nil }
                defer { unsafe PQfreemem(quoted) }
                return unsafe String(cString: quoted)
            }
        }
    }
}

/// Sending; each returns false when libpq refuses, with the reason in `errorMessage`.
extension ConnectionHandle {
    /// Sends one or more statements in the simple protocol.
    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(pointer, sql) == 1 }

    /// Parses and runs one statement.
    func sendQuery(_ sql: StaticString, _ parameters: borrowing ParameterBuffer) -> Bool {
        unsafe parameters.withPointers { count, types, values, lengths, formats in
            unsafe PQsendQueryParams(pointer, sql.cString, count, types, values, lengths, formats, 1) == 1
        }
    }

    /// Parses one statement under a name.
    func sendPrepare(_ name: String, _ sql: StaticString, _ types: [PostgresType]) -> Bool {
        let types = types.map(\.rawValue)
        return unsafe PQsendPrepare(pointer, name, sql.cString, Int32(types.count), types) == 1
    }

    /// Runs a statement parsed before.
    func sendPrepared(_ name: String, _ parameters: borrowing ParameterBuffer) -> Bool {
        unsafe parameters.withPointers { count, _, values, lengths, formats in
            unsafe PQsendQueryPrepared(pointer, name, count, values, lengths, formats, 1) == 1
        }
    }

    /// Asks for the running statement's rows one at a time; must directly follow the send.
    func setSingleRowMode() -> Bool { unsafe PQsetSingleRowMode(pointer) == 1 }

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(pointer) == 1 }
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(pointer) == 1 }
    func sendSync() -> Bool { unsafe PQpipelineSync(pointer) == 1 }

    /// Asks the server to send the results it has so far.
    func sendFlushRequest() -> Bool { unsafe PQsendFlushRequest(pointer) == 1 }

    /// Queues a chunk of COPY data; acceptance says nothing about whether any of it has left.
    func putCopyData(_ bytes: ArraySlice<UInt8>) -> PutStatus {
        unsafe bytes.withUnsafeBytes { buffer in
            let characters = unsafe buffer.assumingMemoryBound(to: CChar.self)
            return PutStatus(unsafe PQputCopyData(pointer, characters.baseAddress, Int32(clamping: characters.count)))
        }
    }

    /// Ends COPY; with a reason, makes the server undo it (57014).
    func putCopyEnd(abortingBecause reason: String?) -> PutStatus {
        guard let reason else { return PutStatus(unsafe PQputCopyEnd(pointer, nil)) }
        return PutStatus(unsafe PQputCopyEnd(pointer, reason))
    }
}

extension StaticString {
    /// The text as a C string: the literal of a static string ends in NUL and lives as long as the program.
    fileprivate var cString: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
