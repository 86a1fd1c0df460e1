import AlertFeed
import Safeguarding
import TestSupport
import Testing

/// Times to claim, and claims, that run out while no daemon is there to see it.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct TimersOverRestartTests {
    @Test(.timeLimit(.minutes(5)))
    func `what ran out while the daemon was dead is told by the next, up the chain, and the month's figures count it`()
        async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            try await setChain(installation)
            let follower = Follower(token: tokens.coordinator)

            let daemon = try await installation.start()
            async let first: Void = follower.follow(daemon.addresses.feed, from: .floor)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "timers")
            for _ in 0..<2 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            await follower.reached(2)
            let alerts = follower.events.map(\.alert)
            try #require(Set(alerts).count == 2)
            let claim = try await ChildProcess.run(
                DaemonProcess.binary,
                ["claim", "--connect", daemon.addresses.feed, alerts[1], "ringing"],
                environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
            )
            #expect(claim.status == 0, "\(claim.output)")
            await follower.reached(3)
            // That a program has it is not that a person sees to it.
            try await Subscribed.acknowledged(3, by: "rounds", tokens.coordinator, daemon.addresses.feed)
            await daemon.killHard()
            await first
            try await installation.timersRunOut()

            let next = try await installation.start()
            async let second: Void = follower.follow(next.addresses.feed)
            await follower.reached(5)
            let told = follower.events.dropFirst(3)
            let lapsed = try #require(told.first { $0.type == "claim-expired" })
            #expect(lapsed.alert == alerts[1] && lapsed.body.contains(#""why":["claim-lapsed"]"#))
            let asked = try #require(told.first { $0.type == "escalated" })
            #expect(asked.alert == alerts[0] && asked.body.contains(#""why":["unclaimed"]"#))
            #expect(asked.body.contains(#""escalation":1,"asked":{"people":["ana"],"lines":[]}"#), "\(asked.body)")
            await next.killHard()
            await second
            try await installation.timersRunOut()

            let last = try await installation.start()
            async let third: Void = follower.follow(last.addresses.feed)
            await follower.reached(7)
            let further = follower.events.dropFirst(5)
            #expect(further.allSatisfy { $0.type == "escalated" })
            let line = try #require(further.first { $0.alert == alerts[0] })
            #expect(line.body.contains(#""escalation":2,"asked":{"people":[],"lines":["Duty line 01234 567 890"]}"#))
            #expect(further.first { $0.alert == alerts[1] }?.body.contains(#""escalation":1,"#) == true)
            #expect(await last.terminate() == 0)
            await third
            #expect(follower.faults == [])
            #expect(try await installation.loggedPositions() == follower.positions)
            try await checkFigures(installation, of: try #require(follower.events.first).at)
        }
    }

    /// A chain of a person and a line, made with the commands that an engineer would use.
    private func setChain(_ installation: Installation) async throws {
        _ = try await installation.placeguard("person", "add", "ana", "--agency", "licensing", "--name", "Ana Moreau")
        _ = try await installation.issueCoordinatorToken(to: "ana")
        _ = try await installation.placeguard("chain", "add", "*", "1", "--person", "ana")
        _ = try await installation.placeguard("chain", "add", "*", "2", "--line", "Duty line 01234 567 890")
        _ = try await installation.placeguard("chain", "add", "*", "3", "--line", "a mistake")
        _ = try await installation.placeguard("chain", "remove", "*", "3", "--line", "a mistake")
        _ = try await installation.placeguard("chain", "quiet", "ana", "22:00-07:00")
        #expect(
            try await installation.placeguard("chain", "list") == """
                *  1  ana
                *  2  Duty line 01234 567 890
                ana is quiet 22:00-07:00

                """
        )
    }

    /// Of two alerts one was claimed.
    private func checkFigures(_ installation: Installation, of opened: Moment) async throws {
        let month = String(London.date(at: opened).text.prefix(7))
        let text = try await installation.placeguard("figures", "--month", month)
        let lines = text.split(separator: "\n")
        #expect(lines.first == "\(month): 2 alerts, 1 acted on (50 %)", "\(text)")
        #expect(lines.dropFirst().first == "  immediate: 2 alerts, 1 acted on, 2 escalated", "\(text)")
        #expect(
            text.contains("  licensing: 2 alerts, 1 acted on (50 %), 1 by themselves (1 claims, "),
            "\(text)"
        )
        let json = try await installation.placeguard("figures", "--json", "--month", month)
        let figures = try JSONReader.read(bytes: Array(json.utf8))
        #expect(
            figures["alerts"]?.integer == 2 && figures["actedOn"]?.integer == 1 && figures["percent"]?.integer == 50,
            "\(json)"
        )
    }
}
