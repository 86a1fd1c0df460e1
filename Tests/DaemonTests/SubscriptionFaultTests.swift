import Safeguarding
import TestSupport
import Testing

/// What ends a subscription of a real daemon from outside: its token, and another daemon that serves the same name.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct SubscriptionFaultTests {
    // MARK: The token

    @Test(.timeLimit(.minutes(5)))
    func `a token revoked on the command line ends its session at once, without an event, and opens none`() async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "revoked")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, from: .floor)
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            await follower.reached(1)
            try await Self.revoke(tokens.coordinator, installation)
            // Nothing is published.
            await follower.until { _ in false }
            #expect(follower.faults == ["the token no longer holds"])
            await following
            #expect(follower.positions == [1])

            let late = Follower(token: tokens.coordinator)
            await late.follow(daemon.addresses.feed)
            #expect(late.faults.first?.contains("401") == true, "\(late.faults)")
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a token revoked while events come ends its session, and another of the same person misses none`() async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            _ = try await installation.placeguard("person", "add", "ana", "--agency", "licensing", "--name", "Ana")
            let (first, second) = (
                try await installation.issueCoordinatorToken(to: "ana"),
                try await installation.issueCoordinatorToken(to: "ana")
            )
            let daemon = try await installation.start()
            let (feed, http) = (daemon.addresses.feed, daemon.addresses.http)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "busy")

            let told: [String] = try await RawFeed.with(feed) { revoked in
                try await revoked.logIn(first)
                let answer = try await revoked.ask("SUB desk FROM floor")
                #expect(answer.hasPrefix("OK @q SUB desk at=0 "), "\(answer)")
                for _ in 0..<5 { #expect(await reporter.sendUrgent(to: http)) }
                _ = try await revoked.hear { Self.reaches(5, $0) }
                let three = try await revoked.ask("ACK desk 3")
                #expect(three == "OK @q ACK desk 3")

                async let publishing: Void = reporter.send(to: http, connections: 2, limit: 100)
                await reporter.reached(15)
                try await Self.revoke(first, installation)
                _ = try await revoked.hear { $0.hasPrefix("BYE ") }
                await publishing
                // Committed behind the farewell, and this side of the connection is still open.
                #expect(await reporter.sendUrgent(to: http))
                try await revoked.readToTheEnd()
                return revoked.told
            }
            let log = try await installation.logged(reporter.receipts.count)
            let last = try #require(log.last)
            let resumed: [String] = try await RawFeed.with(feed) { replacement in
                try await replacement.logIn(second)
                let answer = try await replacement.ask("SUB desk FROM resume WINDOW 8192")
                #expect(answer.hasPrefix("OK @q SUB desk at=3 "), "\(answer)")
                _ = try await replacement.hear { Self.reaches(last, $0) }
                let end = try await replacement.ask("ACK desk \(last)")
                #expect(end == "OK @q ACK desk \(last)")
                return replacement.told
            }

            let farewell = Array(told.drop { !$0.hasPrefix("BYE ") })
            #expect(farewell == ["BYE revoked"], "nothing comes behind it")
            var tally = EventTally()
            tally.take(told, from: 0)
            let seen = tally.last
            tally.take(resumed, from: 3)
            #expect(seen >= 5 && seen < last, "\(seen) of \(last)")
            #expect(tally.subscriptions == [log.filter { $0 <= seen }, log.filter { $0 > 3 }])
            #expect(tally.lost(of: log) == [])
            #expect(tally.disordered == [])
            #expect(tally.repeated == log.filter { $0 > 3 && $0 <= seen }, "sent and not acknowledged")
            #expect(await daemon.terminate() == 0)
        }
    }

    // MARK: Another daemon

    @Test(.timeLimit(.minutes(5)))
    func `of two daemons that serve the same name the newer goes on where the older was, each event once`() async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let (first, second) = try await Self.twoDaemons(installation)
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

    @Test(.timeLimit(.minutes(5)))
    func `a name taken over on another daemon goes on behind the last acknowledgement while its window is in flight`()
        async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let (first, second) = try await Self.twoDaemons(installation)
            let http = first.addresses.http
            let reporter = ReportingClient(token: tokens.reporter, prefix: "takeover")

            let told: ([String], [String]) = try await RawFeed.with(first.addresses.feed) { older in
                try await older.logIn(tokens.coordinator)
                let began = try await older.ask("SUB desk FROM floor WINDOW 8")
                #expect(began.hasPrefix("OK @q SUB desk at=0 "), "\(began)")
                for _ in 0..<12 { #expect(await reporter.sendUrgent(to: http)) }
                _ = try await older.hear { $0 == "HOLD desk window" }
                let three = try await older.ask("ACK desk 3")
                #expect(three == "OK @q ACK desk 3")
                _ = try await older.hear { Self.reaches(11, $0) }

                return try await RawFeed.with(second.addresses.feed) { newer in
                    try await newer.logIn(tokens.coordinator)
                    async let publishing: Void = reporter.send(to: http, connections: 2, limit: 30)
                    let answer = try await newer.ask("SUB desk FROM resume WINDOW 8192")
                    #expect(answer.hasPrefix("OK @q SUB desk at=3 "), "\(answer)")
                    // Refused, or the session is over already.
                    let late = try? await older.ask("ACK desk 11")
                    #expect(late?.hasPrefix("ERR @q 409 replaced ") ?? true, "\(late ?? "")")
                    _ = try await older.hear { $0.hasPrefix("BYE ") }
                    try await older.readToTheEnd()

                    await publishing
                    let last = try #require(try await installation.logged(reporter.receipts.count).last)
                    _ = try await newer.hear { Self.reaches(last, $0) }
                    // Had the late one counted, the first of these would go backwards.
                    for seq in [5, last] {
                        let reply = try await newer.ask("ACK desk \(seq)")
                        #expect(reply == "OK @q ACK desk \(seq)")
                    }
                    return (older.told, newer.told)
                }
            }
            let log = try await installation.logged(reporter.receipts.count)
            try await Subscribed.acknowledged(log.last ?? 0, by: "desk", tokens.coordinator, first.addresses.feed)

            let farewell = try #require(told.0.last)
            #expect(farewell.hasPrefix("BYE replaced"), "nothing comes behind it")
            var tally = EventTally()
            tally.take(told.0, from: 0)
            tally.take(told.1, from: 3)
            #expect(tally.subscriptions == [Array(log.prefix(11)), Array(log.dropFirst(3))])
            #expect(tally.lost(of: log) == [])
            #expect(tally.disordered == [])
            #expect(tally.repeated == [4, 5, 6, 7, 8, 9, 10, 11], "sent and not acknowledged")
            for daemon in [first, second] { #expect(await daemon.terminate() == 0) }
        }
    }

    // MARK: Parts

    private static func twoDaemons(_ installation: Installation) async throws -> (DaemonProcess, DaemonProcess) {
        (
            try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/a"]),
            try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/b"])
        )
    }

    private static func revoke(_ token: String, _ installation: Installation) async throws {
        let id = try #require(token.split(separator: ".").first)
        _ = try await installation.placeguard("token", "revoke", String(id))
    }

    /// Whether a line is an event at this position or behind it.
    private static func reaches(_ seq: Int64, _ line: String) -> Bool { EventTally.position(of: line) ?? 0 >= seq }
}
