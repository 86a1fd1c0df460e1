import Safeguarding
import TestSupport
import Testing

/// What ends a subscription of a real daemon from outside: its token, and another daemon that serves the same name.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct SubscriptionFaultTests {
    @Test(.timeLimit(.minutes(5)))
    func `a token revoked on the command line ends its session at once and no event follows it`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "revoked")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            await follower.reached(1)
            let id = try #require(tokens.coordinator.split(separator: ".").first)
            _ = try await installation.placeguard("token", "revoke", String(id))
            // No event is needed for it.
            await follower.until { _ in false }
            #expect(follower.faults == ["the token no longer holds"])
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            await following
            #expect(follower.positions == [1])

            let late = Follower(token: tokens.coordinator)
            await late.follow(daemon.addresses.feed)
            #expect(late.faults.first?.contains("401") == true, "\(late.faults)")
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `of two daemons that serve the same name the newer goes on where the older was, each event once`() async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let first = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/a"])
            let second = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/b"])
            let reporter = ReportingClient(token: tokens.reporter, prefix: "names")
            let older = Follower(token: tokens.coordinator, name: "desk")
            let newer = Follower(token: tokens.coordinator, name: "desk")
            async let following: Void = older.follow(first.addresses.feed, from: .floor)
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: first.addresses.http)) }
            await older.reached(3)
            try await Subscribed.acknowledged(3, by: "desk", tokens.coordinator, first.addresses.feed)

            async let followingNewer: Void = newer.follow(second.addresses.feed)
            await newer.subscribed()
            // Nothing happens, and the older is told all the same.
            await older.until { _ in false }
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: first.addresses.http)) }
            #expect(older.faults == ["another connection has taken over this subscription"])
            await newer.reached(3)
            #expect(older.positions == [1, 2, 3])
            #expect(newer.positions == [4, 5, 6])
            #expect(newer.faults == [])
            for daemon in [first, second] { #expect(await daemon.terminate() == 0) }
            _ = await (following, followingNewer)
        }
    }
}
