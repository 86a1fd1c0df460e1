import AlertFeed
import Foundation
import TestSupport
import Testing

/// A coordinator at a terminal with `follow`, and a script with the commands that act on alerts.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: TerminalSession.isAvailable, "there is no `script` to make a terminal with")
)
struct FollowTests {
    private func alert(in text: String) -> String? {
        text.firstRange(of: /alt_[0-9a-f-]{36}/).map { String(text[$0]) }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a coordinator sees an alert in colour, hears it, claims it by number, and leaves`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "follow")
            let terminal = try TerminalSession(
                "\(DaemonProcess.binary) follow --connect \(daemon.addresses.feed)",
                environment: ["PLACEGUARD_TOKEN": tokens.coordinator, "TERM": "xterm", "NO_COLOR": ""]
            )
            defer { terminal.stop() }
            #expect(await terminal.shows("subscribed at 0"), "\(terminal.text)")
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            #expect(await terminal.shows("\u{7}\u{1B}[1;31m[1]  "), "\(terminal.text)")
            terminal.type("c 1 ringing\tthe duty officer")
            #expect(await terminal.shows("not sent: a key in it"), "and nothing ends: \(terminal.text)")
            terminal.type("c 1 ringing the duty officer")
            #expect(await terminal.shows("[1] is yours until "), "\(terminal.text)")
            #expect(await terminal.shows("care: claimed by licensing until "), "the event comes too")
            terminal.type("n 1 spoke to the manager")
            #expect(await terminal.shows("[1] has your note"), "\(terminal.text)")
            terminal.type("x 1")
            #expect(await terminal.shows("Say in a few words what was done."))
            terminal.type("s")
            #expect(await terminal.shows("licensing  claim  ringing the duty officer"))
            terminal.type("x 1 child safe")
            #expect(await terminal.shows("[1] is resolved"))
            #expect(
                await terminal.shows("IMMEDIATE  resolved  "),
                "whoever leaves before the event comes is told it next time"
            )
            #expect(terminal.text.count { $0 == "\u{7}" } == 1, "what somebody sees to already calls nobody")
            terminal.type("q")
            await terminal.ends()

            // Nothing is told a second time: the position was kept.
            let again = try TerminalSession(
                "\(DaemonProcess.binary) follow --connect \(daemon.addresses.feed)",
                environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
            )
            defer { again.stop() }
            #expect(await again.shows("subscribed at 4, open 0"), "\(again.text)")
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `who comes late is told that they catch up, and who hears nothing that the service is silent`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "late")
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            try await installation.logged(3)
            let terminal = try TerminalSession(
                "\(DaemonProcess.binary) follow --from floor --connect \(daemon.addresses.feed)",
                environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
            )
            defer { terminal.stop() }
            #expect(await terminal.shows("catching up on 3 positions"), "\(terminal.text)")
            #expect(await terminal.shows("caught up"), "\(terminal.text)")
            daemon.suspend()
            #expect(await terminal.shows(ConnectionText.silence(.fellSilent)), "\(terminal.text)")
            daemon.resume()
            #expect(await terminal.shows(ConnectionText.silence(.heardAgain)), "\(terminal.text)")
            terminal.type("q")
            await terminal.ends()
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a script claims, notes, mutes and resolves, and is told by its exit status what was refused`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "script")
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            let follower = Follower(token: tokens.coordinator)
            func run(_ arguments: [String], token: String? = nil) async throws -> (status: Int32, output: String) {
                try await ChildProcess.run(
                    DaemonProcess.binary,
                    Array(arguments.prefix(1)) + ["--connect", daemon.addresses.feed] + arguments.dropFirst(),
                    environment: ["PLACEGUARD_TOKEN": token ?? tokens.coordinator]
                )
            }
            await withTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { await follower.follow(daemon.addresses.feed) }
                #expect(await reporter.sendUrgent(to: daemon.addresses.http))
                await follower.reached(1)
            }
            let alert = try #require(follower.events.first?.alert)
            let claim = ["claim", alert, "--action", "s-1", "ringing"]
            let claimed = try await run(claim)
            #expect(claimed.status == 0 && claimed.output.hasPrefix("CLAIM \(alert) until="), "\(claimed)")
            #expect(try await run(claim).output == claimed.output, "the same key does nothing twice")
            #expect(try await run(["note", alert, "spoke", "to", "her"]).status == 0)
            let mute = ["mute", "--for", "8h", "--reason", "works at the station", "area:MW-1"]
            let proposed = try await run(mute)
            #expect(proposed.status == 0 && proposed.output.contains("MUTE id=mut_"), "\(proposed)")
            #expect(try await run(["mute"]).output.contains("MUTES lines=0"))
            #expect(try await run(mute + ["--confirm"]).output.contains("\nCONFIRM mut_"))
            #expect(try await run(["mute"]).output.contains("\nMUTE mut_"))
            let broad = try await run(["mute", "--for", "8h", "--reason", "works at the station", "kind:rising"])
            #expect(broad.status == 1 && broad.output.contains("a mute names a place or an area"), "\(broad)")
            #expect(try await run(["resolve", alert]).status == 1, "a decision has words")
            let blind = try await run(["resolve", alert, "--rev", "9", "child", "safe"])
            #expect(blind.status == 1 && blind.output.contains("say it again with --rev 3"), "\(blind)")
            #expect(try await run(["resolve", alert, "--rev", "3", "child", "safe"]).status == 0)
            #expect(try await run(["release", alert]).status == 1)
            #expect(try await run(["note", alert, "x"], token: "nobody.secret").status == 1)
            #expect(await daemon.terminate() == 0)
        }
    }
}
