import Synchronization

/// A connection being made, whose steps run on threads of their own because any of them may block.
///
/// Whichever thread holds the last reference frees the connection: when a step outlives its deadline, that is the
/// thread the step is stuck on.
final class ConnectAttempt: Sendable {
    let notices = NoticeSink()
    private let parameters: ConnectionParameters
    private let handle: Mutex<ConnectionHandle>

    init(_ parameters: ConnectionParameters) {
        self.parameters = parameters
        handle = Mutex(ConnectionHandle(notices: notices))
    }

    /// What a step left behind.
    struct Progress: Sendable {
        var status: PollingStatus
        var endpoint: Endpoint
        /// The socket to wait on, which after every step may be another one.
        var socket: Int32
        /// libpq's message, if the attempt has failed.
        var message: String
    }

    /// Takes the first step.
    func start() -> Progress {
        handle.withLock { handle in
            handle.start(parameters)
            return Self.progress(of: handle, status: .writing)
        }
    }

    /// Takes the next step.
    func poll() -> Progress {
        handle.withLock { handle in
            let status = handle.poll()
            return Self.progress(of: handle, status: status)
        }
    }

    /// Hands the connection over and keeps an empty handle.
    func take() -> sending ConnectionHandle {
        handle.withLock { handle in
            let taken = handle
            handle = ConnectionHandle(notices: notices)
            return taken
        }
    }

    private static func progress(of handle: borrowing ConnectionHandle, status: PollingStatus) -> Progress {
        Progress(
            status: handle.isBad ? .failed : status,
            endpoint: handle.endpoint,
            socket: handle.socket,
            message: handle.errorMessage
        )
    }
}
