/// A server address as libpq reports it.
struct Endpoint: Equatable, Sendable {
    /// A host name, an address, or the directory of a Unix socket.
    var host: String
    var port: String
}

/// A message received through LISTEN.
struct Notification: Equatable, Sendable {
    var channel: String
    var payload: String
}

/// What `PQconnectPoll` wants next.
enum PollingStatus: Equatable, Sendable {
    case reading
    case writing
    case connected
    case failed
}

/// Whether everything queued has been handed to the kernel.
enum FlushStatus: Equatable, Sendable {
    case done
    case pending
    case failed
}

/// Whether libpq took COPY data.
enum PutStatus: Equatable, Sendable {
    case accepted
    /// The buffers are full: wait until the socket is writable and offer the same again.
    case full
    case failed

    init(_ code: Int32) {
        self =
            switch code {
            case 1: .accepted
            case 0: .full
            default: .failed
            }
    }
}

/// Where the session is with respect to transactions (`PQtransactionStatus`).
enum TransactionState: Equatable, Sendable {
    case idle
    case open
    case failed
    case active
    case unknown
}

/// What a result is (`PQresultStatus`).
enum ResultStatus: Equatable, Sendable {
    case command
    case rows
    case singleRow
    case emptyQuery
    case copyIn
    case copyOut
    case pipelineSync
    case pipelineAborted
    case failure(ServerDiagnostics)
    case malformed
}
