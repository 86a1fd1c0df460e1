import Safeguarding
import TestSupport
import Testing

/// kill -9 of the daemon at each step on an event's way: between the report's commit and the event's number, between number and
/// sending, between sending and acknowledgement. The test holds what the next step needs, so the moment is no matter of luck. What the
/// daemon had asked of the database last is carried out after its death, or is not: both happen.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct KillPointsTests {
    @Test(.timeLimit(.minutes(3)), arguments: [true, false])
    func `killed between commit and number, the event is numbered once and sent once`(isCarriedOut: Bool) async throws {
        try await killed(
            isCarriedOut: isCarriedOut,
            holding: "SELECT FROM placeguard.feed_counter FOR UPDATE",
            when: { installation, _ in
                // The assessor has everything but the number.
                try await installation.waitsForLock()
                #expect(try await installation.loggedPositions() == [1])
            },
            repeats: 0
        )
    }

    @Test(.timeLimit(.minutes(3)))
    func `killed between number and sending, the event is sent once`() async throws {
        try await killed(
            // What the reading of a page looks at, and publishing does not.
            holding: "LOCK TABLE placeguard.feed_cursor IN ACCESS EXCLUSIVE MODE",
            when: { installation, follower in
                _ = try await installation.logged(2)
                #expect(follower.positions == [1])
            },
            repeats: 0
        )
    }

    @Test(.timeLimit(.minutes(3)), arguments: [true, false])
    func `killed between sending and acknowledgement, the event is sent again, and nothing behind it before`(
        isCarriedOut: Bool
    ) async throws {
        try await killed(
            isCarriedOut: isCarriedOut,
            holding: "SELECT FROM placeguard.feed_cursor FOR UPDATE",
            when: { installation, follower in
                await follower.reached(2)
                // The acknowledgement has come to the database and is not in it.
                try await installation.waitsForLock()
            },
            repeats: isCarriedOut ? 0 : 1
        )
    }

    /// Sends a report while a statement's locks are held, kills the daemon at a moment, and goes on with another: each report is
    /// one event, each event is processed once and in order.
    private func killed(
        isCarriedOut: Bool = true,
        holding statement: StaticString,
        when isThere: (Installation, Follower) async throws -> Void,
        repeats: Int
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "point")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            await follower.reached(1)
            try await Subscribed.acknowledged(1, by: "rounds", tokens.coordinator, daemon.addresses.feed)
            try await installation.whileHeld(statement) {
                #expect(await reporter.sendUrgent(to: daemon.addresses.http))
                try await isThere(installation, follower)
                await daemon.killHard()
                if !isCarriedOut { try await installation.breakOffWaiting() }
            }
            await following
            let next = try await installation.start()
            async let goingOn: Void = follower.follow(next.addresses.feed)
            await follower.reached(2)
            #expect(await reporter.sendUrgent(to: next.addresses.http))
            await follower.reached(3)
            #expect(follower.positions == [1, 2, 3])
            #expect(try await installation.loggedPositions() == [1, 2, 3])
            #expect(follower.repeated == repeats)
            #expect(follower.faults == [])
            #expect(await next.terminate() == 0)
            await goingOn
        }
    }
}
