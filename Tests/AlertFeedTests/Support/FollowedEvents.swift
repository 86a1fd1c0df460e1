import AlertFeed
import Logging
import Safeguarding
import TestSupport

/// Short ways to follow a test's server.
enum FollowedEvents {
    /// Thrown by a handler that has seen enough.
    struct Enough: Error {}

    static func settings(_ server: ServerFixture, principal: Principal = .ana) -> FeedClientSettings {
        var settings = FeedClientSettings(
            host: "127.0.0.1",
            port: server.port,
            credential: Credential(tokenID: principal.tokenID, secret: "secret-\(principal.person ?? "")")
        )
        settings.from = .floor
        settings.longestPause = .milliseconds(1)
        settings.acknowledgeEvery = .milliseconds(1)
        return settings
    }

    /// The first events that a client hands on.
    static func first(
        _ count: Int,
        from server: ServerFixture,
        host: String = "127.0.0.1",
        tls: FeedClientTLS? = nil,
        name: String = "follow"
    ) async throws -> [FeedEvent] {
        var settings = settings(server)
        (settings.host, settings.tls, settings.name) = (host, tls, name)
        var events: [FeedEvent] = []
        do {
            try await FeedClient(settings: settings).follow { notice in
                guard case .event(let event) = notice else { return }
                events.append(event)
                if events.count == count { throw Enough() }
            }
        } catch is Enough {}
        return events
    }

    /// Why the first connection ended.
    static func firstEnd(from server: ServerFixture, tls: FeedClientTLS? = nil) async throws -> String {
        var settings = settings(server)
        settings.tls = tls
        var end = ""
        do {
            try await FeedClient(settings: settings).follow { notice in
                guard case .disconnected(let reason, _) = notice else { return }
                end = reason
                throw Enough()
            }
        } catch is Enough {}
        return end
    }
}

extension FeedServer {
    /// A server that is expected not to start.
    static func unstarted(host: String = "127.0.0.1", tls: FeedTLS? = nil) -> FeedServer {
        let log = MemoryAlertLog()
        return FeedServer(
            settings: FeedSettings(host: host, port: 0, tls: tls),
            log: log,
            desk: MemoryAlertDesk(log),
            mutes: MemoryMuteDesk(log),
            watch: MemoryReaderWatch(log),
            credentials: MemoryCredentials(),
            logChanged: log.bell,
            credentialsChanged: Doorbell(),
            logger: Logger(label: "unstarted")
        )
    }
}
