import AlertFeed
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Says once that the daemon takes requests, with the addresses it is bound to: the line that scripts wait for.
struct Announcement: Service {
    let feed: FeedServer
    let webIsBound: Gate
    let bound: BoundAddresses
    let logger: Logger
    private let said = Gate()

    init(feed: FeedServer, webIsBound: Gate, bound: BoundAddresses, logger: Logger) {
        self.feed = feed
        self.webIsBound = webIsBound
        self.bound = bound
        self.logger = logger
    }

    /// Waits until both ports are bound.
    func awaitReady() async throws { try await said.wait() }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await webIsBound.wait()
                guard let address = await feed.listeningAddress() else { return }
                logger.notice(
                    "Placeguard is ready",
                    metadata: ["http": "\(bound.http)", "feed": "\(address.text)"]
                )
                said.open()
                try await gracefulShutdown()
            }
        } catch is CancellationError {
            return
        }
    }
}

/// The address the web server was given by the system.
final class BoundAddresses: Sendable {
    private let address = Mutex("")

    var http: String { address.withLock { $0 } }

    func setHTTP(_ text: String) { address.withLock { $0 = text } }
}

extension SocketAddress {
    /// `127.0.0.1:8480`, `[::1]:8480`.
    var text: String {
        let host = ipAddress ?? ""
        return (host.contains(":") ? "[\(host)]" : host) + ":\(port ?? 0)"
    }
}
