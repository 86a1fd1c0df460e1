import CLibPQ
import Synchronization

/// Takes in what the server says outside of results, instead of libpq printing it on standard error.
///
/// When the server ends a session, the only place its reason (57P01, for instance) shows is such a notice.
final class NoticeSink: Sendable {
    private let last = Mutex<ServerDiagnostics?>(nil)

    /// The latest notice of the connection.
    var lastNotice: ServerDiagnostics? { last.withLock { $0 } }

    func record(_ notice: ServerDiagnostics) {
        last.withLock { $0 = notice }
    }

    /// The function libpq calls with the sink as its context, on whatever thread is inside libpq.
    static let receiver: PQnoticeReceiver = { context, result in
        guard let context = unsafe context, let result = unsafe result else { return }
        let sink = unsafe Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue()
        sink.record(unsafe ResultHandle.diagnostics(of: result))
    }
}
