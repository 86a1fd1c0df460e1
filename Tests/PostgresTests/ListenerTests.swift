import Logging
import Postgres
import TestSupport
import Testing

extension ServerTests {
    @Suite struct ListenerTests {
        /// What a listener has reported.
        private enum Event: Equatable, Sendable {
            case connected
            case notification(String, String)
        }

        /// Runs a listener and hands its events over in order.
        private func withListener(
            _ settings: ConnectionSettings,
            channels: [String],
            _ body: (Mailbox<Event>) async throws -> Void
        ) async throws {
            let reactor = try EpollReactor()
            let events = Mailbox<Event>()
            let listener = Listener(
                settings: settings,
                channels: channels,
                backoff: Backoff(first: .milliseconds(1), limit: .milliseconds(20)),
                logger: .silent,
                readiness: reactor,
                onNotification: { events.put(.notification($0, $1)) },
                onReconnect: { events.put(.connected) }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                try await body(events)
                group.cancelAll()
                try await group.waitForAll()
            }
        }

        private func notify(_ channel: String, _ payload: String) async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                _ = try await connection.query("SELECT pg_notify($1, $2)", [.text(channel), .text(payload)])
            }
        }

        private func channel() -> String { "Placeguard \"test\" \(UInt64.random(in: 0..<(.max)))" }

        @Test func `says when it listens, then passes notifications on in order`() async throws {
            let channel = channel()
            try await withListener(PostgresServer.settings(), channels: [channel]) { events in
                #expect(await events.next() == .connected)
                for number in 0..<20 { try await notify(channel, "\(number)") }
                for number in 0..<20 { #expect(await events.next() == .notification(channel, "\(number)")) }
            }
        }

        @Test func `listens to several channels and to no others`() async throws {
            let (first, second, other) = (channel(), channel(), channel())
            try await withListener(PostgresServer.settings(), channels: [first, second]) { events in
                #expect(await events.next() == .connected)
                try await notify(other, "x")
                try await notify(second, "")
                try await notify(first, "æ")
                #expect(await events.next() == .notification(second, ""))
                #expect(await events.next() == .notification(first, "æ"))
            }
        }

        @Test func `a burst arrives whole`() async throws {
            let channel = channel()
            try await withListener(PostgresServer.settings(), channels: [channel]) { events in
                #expect(await events.next() == .connected)
                try await withConnection(PostgresServer.settings()) { connection in
                    _ = try await connection.query(
                        "SELECT pg_notify($1, n::text || repeat('x', 5000)) FROM generate_series(1, 500) AS n",
                        [.text(channel)]
                    )
                }
                for number in 1...500 {
                    guard case .notification(channel, let payload) = await events.next() else {
                        Issue.record("no notification \(number)")
                        return
                    }
                    #expect(payload.hasPrefix("\(number)x"))
                }
            }
        }

        @Test func `after a loss it listens again and says so`() async throws {
            let channel = channel()
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            try await withListener(PostgresServer.settings(through: proxy), channels: [channel]) { events in
                for round in 0..<3 {
                    #expect(await events.next() == .connected)
                    try await notify(channel, "\(round)")
                    #expect(await events.next() == .notification(channel, "\(round)"))
                    if round == 1 { proxy.reset() } else { proxy.drop() }
                }
                #expect(await events.next() == .connected)
                #expect(proxy.connectionCount == 4)
            }
        }

        @Test func `while the server is away it tries again and again`() async throws {
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            proxy.refusesConnections = true
            try await withListener(PostgresServer.settings(through: proxy), channels: [channel()]) { events in
                try await eventually { proxy.refusalCount >= 3 }
                proxy.refusesConnections = false
                #expect(await events.next() == .connected)
            }
        }
    }
}
