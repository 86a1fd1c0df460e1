import TestSupport
import Testing

/// The daemon is asked to stop while a reader has something left to acknowledge.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct DrainTests {
    @Test(.timeLimit(.minutes(5)))
    func `a stop takes the last acknowledgement and nothing new, says where to go on, and the next daemon does`()
        async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let (feed, http) = (daemon.addresses.feed, daemon.addresses.http)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "drain")
            let told: [String] = try await RawFeed.with(feed) { desk in
                try await desk.logIn(tokens.coordinator)
                let began = try await desk.ask("SUB desk FROM floor")
                #expect(began.hasPrefix("OK @q SUB desk at=0 "), "\(began)")
                for _ in 0..<2 { #expect(await reporter.sendUrgent(to: http)) }
                _ = try await desk.hear { EventTally.position(of: $0) == 2 }
                let one = try await desk.ask("ACK desk 1")
                #expect(one == "OK @q ACK desk 1")

                try await RawFeed.with(feed) { stranger in
                    _ = try await stranger.hear { $0.hasPrefix("INFO ") }
                    async let stopping = daemon.terminate()
                    // Whoever has not logged in is let go at once, by which the others know that it has begun.
                    let farewell = try await stranger.hear { $0.hasPrefix("BYE ") }
                    #expect(farewell.hasPrefix("BYE drain retry="), "\(farewell)")
                    var refusal = try await desk.ask("LIST")
                    while refusal.hasPrefix("OK ") { refusal = try await desk.ask("LIST") }
                    #expect(refusal.hasPrefix("ERR @q 520 draining ") && refusal.hasSuffix(" retry=30"), "\(refusal)")
                    let two = try await desk.ask("ACK desk 2")
                    #expect(two == "OK @q ACK desk 2")
                    try await desk.readToTheEnd()
                    let status = await stopping
                    #expect(status == 0)
                }
                return desk.told
            }
            let farewell = try #require(told.last)
            let retry = farewell.wholeMatch(of: /BYE drain resume=2 retry=([0-9]+)/).flatMap { Int($0.output.1) }
            #expect(retry.map { (2...30).contains($0) } == true, "\(farewell)")
            var tally = EventTally()
            tally.take(told, from: 0)
            #expect(tally.subscriptions == [[1, 2]])

            let next = try await installation.start()
            let resumed: String = try await RawFeed.with(next.addresses.feed) { desk in
                try await desk.logIn(tokens.coordinator)
                return try await desk.ask("SUB desk FROM resume")
            }
            #expect(resumed.hasPrefix("OK @q SUB desk at=2 ") && resumed.contains(" last=drain"), "\(resumed)")
            #expect(await next.terminate() == 0)
        }
    }
}
