package import Logging
package import Postgres
package import Safeguarding
import ServiceLifecycle

/// Rings this process's doorbells when another one has published, put due rows or changed credentials.
///
/// Notifications are hints with a poll behind them (design.md rule 7); after each reconnect every bell is rung, since
/// those of the time between are lost.
package struct WakeUps: Service {
    private let listener: Listener

    /// Channels and what rings them.
    private enum Channel: String, CaseIterable {
        case feed = "placeguard_feed"
        case due = "placeguard_due"
        case credentials = "placeguard_credentials"
    }

    package init(
        settings: ConnectionSettings,
        feed: Doorbell,
        due: Doorbell,
        credentials: Doorbell,
        readiness: any Postgres.Readiness,
        logger: Logger
    ) {
        listener = Listener(
            settings: settings,
            channels: Channel.allCases.map(\.rawValue),
            logger: logger,
            readiness: readiness,
            onNotification: { channel, _ in
                switch Channel(rawValue: channel) {
                case .feed: feed.ring()
                case .due: due.ring()
                case .credentials: credentials.ring()
                case nil: break
                }
            },
            onReconnect: {
                feed.ring()
                due.ring()
                credentials.ring()
            }
        )
    }

    package func run() async throws { try await listener.run() }
}
