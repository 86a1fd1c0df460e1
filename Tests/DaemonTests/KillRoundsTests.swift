import TestSupport
import Testing

/// kill -9 of the daemon under load at random moments: what was promised must hold afterwards.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage))
)
struct KillRoundsTests {
    /// Rounds of the acceptance rule.
    private static let rounds = 50
    /// Receipts after which a round ends at the latest; the kill comes after a random number of them.
    private static let receiptsPerRound = 40
    private static let seed: UInt64 = 20_261_122

    @Test(.timeLimit(.minutes(15)))
    func `after fifty kills every receipt is stored once and every alert arrives in order`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "kill")
            let follower = Follower(token: tokens.coordinator)
            var generator = SeededGenerator(seed: Self.seed)
            for _ in 0..<Self.rounds {
                let daemon = try await DaemonProcess.start(environment: installation.environment)
                let receipts = Int.random(in: 1...Self.receiptsPerRound, using: &generator)
                async let following: Void = follower.follow(daemon.addresses.feed)
                await reporter.send(to: daemon.addresses.http, connections: 8, limit: receipts)
                await daemon.killHard()
                await following
            }
            let daemon = try await DaemonProcess.start(environment: installation.environment)
            await reporter.resend(to: daemon.addresses.http)
            let receipts = reporter.receipts
            #expect(reporter.unexpected.isEmpty)
            #expect(receipts.count > Self.rounds)

            // Each report is an alert of its own, so that many are awaited, and no more may come.
            async let following: Void = follower.follow(daemon.addresses.feed)
            await follower.reached(receipts.count)
            let status = await daemon.terminate()
            await following
            #expect(status == 0)

            let stored = try await installation.storedReferences()
            for (reference, report) in receipts {
                #expect(stored[reference] == [report], "seed \(Self.seed)")
            }
            let log = try await installation.loggedPositions()
            #expect(follower.positions == log, "seed \(Self.seed)")
            #expect(follower.faults.isEmpty)
        }
    }
}
