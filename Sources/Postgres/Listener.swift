package import Logging
import ServiceLifecycle

/// Listens for notifications on a connection of its own and passes them on.
///
/// Notifications sent while it is not connected are lost. So it says after every LISTEN, the first included, that the
/// state the notifications speak of has to be read anew. They are hints, never the only copy of anything.
package final class Listener: Service {
    private let settings: ConnectionSettings
    private let channels: [String]
    private let backoff: Backoff
    private let readiness: any Readiness
    private let logger: Logger
    private let onNotification: @Sendable (_ channel: String, _ payload: String) -> Void
    private let onReconnect: @Sendable () -> Void

    /// After how long a silence the server is asked for an answer: the only way to notice that a link was cut.
    private static let probeInterval = Duration.seconds(30)
    /// How long that answer may take.
    private static let probeTimeout = Duration.seconds(10)

    /// Makes a listener; it connects when it runs.
    ///
    /// - Parameters:
    ///   - channels: Fixed identifiers; they are quoted, so upper and lower case differ.
    ///   - onNotification: Called in the order of sending, one at a time; must be short.
    ///   - onReconnect: Called after each LISTEN, before any notification that follows it; must be short.
    package init(
        settings: ConnectionSettings,
        channels: [String],
        backoff: Backoff = Backoff(),
        logger: Logger,
        readiness: any Readiness,
        onNotification: @escaping @Sendable (_ channel: String, _ payload: String) -> Void,
        onReconnect: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.channels = channels
        self.backoff = backoff
        self.logger = logger
        self.readiness = readiness
        self.onNotification = onNotification
        self.onReconnect = onReconnect
    }

    /// Listens until shutdown, connecting anew with a growing pause whenever the connection is lost.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                let error = await self.listen { failures = 0 }
                if Task.isCancelled { return }
                failures += 1
                self.logger.debug("listener lost its connection", metadata: ["pg.error": "\(error)"])
                let pause = self.backoff.pause(after: failures, jitter: .random(in: 0..<1))
                _ = await self.readiness.sleep(until: .now + pause)
            }
        }
    }

    /// Connects and listens until that fails.
    private func listen(_ onConnected: () -> Void) async -> PostgresError {
        do throws(PostgresError) {
            let session = try await Session.connect(settings, readiness: readiness, logger: logger)
            do throws(PostgresError) {
                try await session.listen(to: channels) { [onNotification] notification in
                    onNotification(notification.channel, notification.payload)
                }
                onConnected()
                onReconnect()
                return await session.awaitNotifications(
                    probeInterval: Self.probeInterval,
                    probeTimeout: Self.probeTimeout
                )
            } catch {
                await session.close()
                throw error
            }
        } catch {
            return error
        }
    }
}
