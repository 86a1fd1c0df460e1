import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

/// Transactions that stay open: one that does nothing with the log holds nobody up, and one that sleeps before it commits what it
/// publishes delays the log, but loses and reorders nothing.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct HeldTransactionTests {
    /// For the long figures three minutes: past the daemon's patience with a statement.
    private static let seconds = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] == nil ? 3 : 180

    @Test(.timeLimit(.minutes(8)))
    func `a transaction held open in this or in another database holds no event up`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "held")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            var sent = 0
            // Each has a transaction id and a snapshot; one writes a table that reports are checked against.
            try await installation.whileHeld("SELECT pg_current_xact_id()", in: "postgres") {
                try await installation.whileHeld("UPDATE placeguard.agency SET name = name || ' (renamed)'") {
                    let end = ContinuousClock.now + .seconds(Self.seconds)
                    while sent < 5 || ContinuousClock.now < end {
                        #expect(await reporter.sendUrgent(to: daemon.addresses.http))
                        sent += 1
                        await follower.reached(sent)
                    }
                }
            }
            #expect(follower.positions == (1...sent).map(Int64.init))
            #expect(follower.repeated == 0)
            #expect(follower.faults == [])
            #expect(await daemon.terminate() == 0)
            await following
        }
    }

    @Test(.timeLimit(.minutes(8)))
    func `a publisher that sleeps before it commits delays the log and nothing is lost or out of order`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "asleep")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            await follower.reached(1)
            try await installation.whileHeld(Self.publish) {
                for _ in 0..<5 {
                    #expect(await reporter.sendUrgent(to: daemon.addresses.http), "a receipt waits for nobody")
                }
                let gaveUp = try await installation.publisherGivesUp(after: Self.seconds)
                #expect(gaveUp)
                #expect(follower.positions == [1], "what got its number later is not sent before it")
            }
            await follower.reached(7)
            let log = try await installation.loggedPositions()
            #expect(follower.positions == log)
            #expect(log == [1, 2, 3, 4, 5, 6, 7])
            #expect(follower.events.dropFirst().first?.type == "exercise", "the sleeper had its number first")
            #expect(follower.faults == [])
            #expect(await daemon.terminate() == 0)
            await following
        }
    }

    /// Takes the next number as every publication does.
    private static let publish: StaticString = """
        SELECT placeguard.log_notice('full', 100000, gen_random_uuid(), 1, clock_timestamp(), 'exercise', NULL, '{}', '{}',
            NULL, '{}')
        """
}
