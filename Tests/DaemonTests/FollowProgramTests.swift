import TestSupport
import Testing

/// `follow` without a terminal, as a service runs it: it goes on by itself, and rings where somebody is needed at once.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct FollowProgramTests {
    private func run(_ daemon: DaemonProcess, _ tokens: Installation.Tokens) throws -> Program {
        try Program(
            DaemonProcess.binary,
            ["follow", "--connect", daemon.addresses.feed],
            environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
        )
    }

    /// The positions of the events that it has shown.
    private func shown(_ output: String) -> [Int64] {
        output.matches(of: /rev [0-9]+  seq ([0-9]+)\n/).compactMap { Int64($0.output.1) }
    }

    /// The daemon dies when an event has been shown and its acknowledgement has come to the database, which obeys it
    /// after all, or does not. The next event comes while there is nobody to tell it.
    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func `it comes back to a daemon that was killed, shows what came meanwhile once, and nothing again`(
        isCarriedOut: Bool
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let mine = ["PLACEGUARD_STATE_DIRECTORY": installation.state + "/a"]
            let daemon = try await installation.start(mine)
            let other = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/b"])
            let reporter = ReportingClient(token: tokens.reporter, prefix: "back")
            let follow = try run(daemon, tokens)
            defer { follow.stop() }
            #expect(await follow.shows("subscribed at 0"), "\(follow.text)")
            try await installation.whileHeld("SELECT FROM placeguard.feed_cursor FOR UPDATE") {
                #expect(await reporter.sendUrgent(to: other.addresses.http))
                #expect(await follow.writes("  seq 1\n"), "\(follow.text)")
                try await installation.waitsForLock()
                await daemon.killHard()
                if !isCarriedOut { try await installation.breakOffWaiting() }
            }
            #expect(await reporter.sendUrgent(to: other.addresses.http))
            try await installation.logged(2)

            let next = try await installation.start(
                mine.merging(["PLACEGUARD_FEED_LISTEN": daemon.addresses.feed]) { $1 }
            )
            let again = isCarriedOut ? "subscribed at 1" : "subscribed at 0"
            #expect(await follow.shows(again, times: isCarriedOut ? 1 : 2), "\(follow.text)")
            #expect(await follow.writes("  seq 2\n"), "\(follow.text)")
            #expect(await reporter.sendUrgent(to: next.addresses.http))
            #expect(await follow.writes("  seq 3\n"), "\(follow.text)")
            for daemon in [next, other] { #expect(await daemon.terminate() == 0) }
            follow.stop()
            await follow.ends()
            #expect(shown(follow.output) == [1, 2, 3])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the bell rings for an immediate alert and not for the other before it`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "bell")
            let follow = try run(daemon, tokens)
            defer { follow.stop() }
            #expect(await follow.shows("subscribed at 0"), "\(follow.text)")
            await reporter.send(to: daemon.addresses.http, connections: 1, limit: 1)
            #expect(await follow.writes("  seq 1\n"), "\(follow.text)")
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            #expect(await follow.writes("  seq 2\n"), "\(follow.text)")
            #expect(await daemon.terminate() == 0)
            follow.stop()
            await follow.ends()

            let quiet = follow.output.prefix { $0 != "\u{7}" }
            #expect(quiet.hasPrefix("[1]  ") && !quiet.contains("IMMEDIATE"), "\(follow.output)")
            let rung = follow.output.dropFirst(quiet.count)
            #expect(rung.hasPrefix("\u{7}[2]  ") && rung.contains("  IMMEDIATE  "), "\(follow.output)")
            #expect(follow.output.count { $0 == "\u{7}" } == 1)
        }
    }
}
