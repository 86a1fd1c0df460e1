import AlertFeed
import Foundation

/// Waits for what a daemon says of a subscription, by asking LAG of it.
enum Subscribed {
    private struct Found: Error {}

    /// Waits until a subscription stands.
    static func wait(for name: String, _ token: String, _ address: String) async throws {
        try await wait(token, address) { $0.hasPrefix("CURSOR \(name) ") }
    }

    /// Waits until a subscription has acknowledged a position.
    static func acknowledged(_ seq: Int64, by name: String, _ token: String, _ address: String) async throws {
        try await wait(token, address) { $0.hasPrefix("CURSOR \(name) \(seq) ") }
    }

    private static func wait(_ token: String, _ address: String, for holds: @escaping @Sendable (String) -> Bool)
        async throws
    {
        let parts = address.split(separator: ":")
        let credential = FeedClientSettings.credential(from: token)
        while !Task.isCancelled {
            var settings = FeedClientSettings(host: String(parts[0]), port: Int(parts[1]) ?? 0, credential: credential)
            settings.subscribes = false
            let client = FeedClient(settings: settings)
            try client.ask("LAG")
            var isThere = false
            do {
                try await client.follow { notice in
                    guard case .answer(let answer) = notice else { return }
                    isThere = answer.lines.contains(where: holds)
                    throw Found()
                }
            } catch is Found {}
            if isThere { return }
        }
    }
}
