import AlertFeed
import Foundation
import TestSupport
import Testing

/// What `/metrics` tells of the feed's connections.
@Suite(
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("curl") != nil, "curl is not installed")
)
struct FeedFiguresTests {
    @Test(.timeLimit(.minutes(3)))
    func `connections are counted as they come and as they go`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            #expect(try await connections(daemon) == 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...3 {
                    let follower = Follower(token: tokens.coordinator, name: "desk-\(number)")
                    group.addTask { await follower.follow(daemon.addresses.feed) }
                    await follower.subscribed()
                    let told = try await connections(daemon)
                    #expect(told == number)
                }
                group.cancelAll()
            }
            // A connection that was closed is noticed a moment later.
            while try await connections(daemon) != 0 { try Task.checkCancellation() }
            #expect(await daemon.terminate() == 0)
        }
    }

    private func connections(_ daemon: DaemonProcess) async throws -> Int? {
        let answer = try await ChildProcess.run(
            try #require(Tool.find("curl")),
            ["-s", "http://\(daemon.addresses.http)/metrics"]
        )
        let line = answer.output.split(separator: "\n").first { $0.hasPrefix("placeguard_feed_connections ") }
        return line.flatMap { Int(Double($0.split(separator: " ")[1]) ?? -1) }
    }
}
