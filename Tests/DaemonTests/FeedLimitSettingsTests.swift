import AlertFeed
import TestSupport
import Testing

/// What an operator has set of the feed's limits is in force.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct FeedLimitSettingsTests {
    @Test(.timeLimit(.minutes(5)))
    func `LIMITS tells the limits that were set, each by its own name, and the others as they were`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let standard = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/a"])
            let changed = try await installation.start([
                "PLACEGUARD_STATE_DIRECTORY": installation.state + "/b",
                "PLACEGUARD_LIMITS_FEED_CONNECTIONS": "300",
                "PLACEGUARD_LIMITS_FEED_CONNECTIONS_PER_PERSON": "3",
                "PLACEGUARD_LIMITS_FEED_CONNECTIONS_PER_ADDRESS": "40",
                "PLACEGUARD_LIMITS_FEED_RETENTION_DAYS": "30",
            ])
            let before = try await limits(standard, tokens)
            let after = try await limits(changed, tokens)
            let names = ["connections", "peruser", "peraddress", "retention"]
            #expect(names.map { before[$0] } == ["2048", "16", "128", "90"])
            #expect(names.map { after[$0] } == ["300", "3", "40", "30"])
            #expect(before.filter { !names.contains($0.key) } == after.filter { !names.contains($0.key) })
            #expect(before["window"] == "256")
            for daemon in [standard, changed] { #expect(await daemon.terminate() == 0) }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the log is let go after the days that were set, and whoever was behind it is told`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "aged")
            let began = try await subscribe(daemon, tokens)
            #expect(began.hasPrefix("OK @q SUB desk at=0 "), "\(began)")
            for _ in 0..<2 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            try await installation.logged(2)
            #expect(await daemon.terminate() == 0)
            try await installation.logAges(days: 3)

            let shorter = try await installation.start(["PLACEGUARD_LIMITS_FEED_RETENTION_DAYS": "2"])
            #expect(await shorter.logs(#""view":"full""#), "it looks as soon as it runs: \(shorter.log)")
            let refused = try await subscribe(shorter, tokens)
            #expect(refused.hasPrefix("ERR @q 410 too-old ") && refused.hasSuffix(" floor=3"), "\(refused)")
            #expect(await shorter.terminate() == 0)
        }
    }

    /// The fields of the answer to LIMITS.
    private func limits(_ daemon: DaemonProcess, _ tokens: Installation.Tokens) async throws -> [String: String] {
        let answer: String = try await RawFeed.with(daemon.addresses.feed) { feed in
            try await feed.logIn(tokens.coordinator)
            return try await feed.ask("LIMITS")
        }
        #expect(answer.hasPrefix("OK @q LIMITS "), "\(answer)")
        return ServerMessage.fields(answer.split(separator: " ").dropFirst(3).map { String($0) })
    }

    /// What a reader is answered who goes on where they stopped.
    private func subscribe(_ daemon: DaemonProcess, _ tokens: Installation.Tokens) async throws -> String {
        try await RawFeed.with(daemon.addresses.feed) { feed in
            try await feed.logIn(tokens.coordinator)
            return try await feed.ask("SUB desk FROM resume")
        }
    }
}
