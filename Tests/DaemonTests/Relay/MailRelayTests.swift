import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

@testable import placeguard

/// Mailboxes told by a program of its own, through a mail relay that does not take everything.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the mail relay"),
    .enabled(if: Tool.find("curl") != nil, "curl is not installed")
)
struct MailRelayTests {
    /// Prints each message that it takes, and the recipient behind it.
    ///
    /// Of the recipients, `gone@` is refused for good, `busy@` for now always, `late@` for now each other time.
    private static let mailTarget = """
        import socketserver, threading
        asked, whole = [], threading.Lock()
        class Target(socketserver.StreamRequestHandler):
            def handle(self):
                def say(line): self.wfile.write(line.encode() + b'\\r\\n')
                recipients = []
                say('220 mail')
                while True:
                    line = self.rfile.readline().decode().strip()
                    if not line: return
                    verb = line.split(' ')[0].upper()
                    if verb == 'RCPT':
                        if '<late@' in line: asked.append(1)
                        if '<gone@' in line: say('550 5.1.1 unknown'); continue
                        if '<busy@' in line or '<late@' in line and len(asked) % 2: say('450 later'); continue
                        recipients.append(line.split('<')[1].split('@')[0]); say('250 fine')
                    elif verb == 'DATA':
                        say('354 go on')
                        message = []
                        while (text := self.rfile.readline().decode().rstrip('\\r\\n')) != '.': message.append('|' + text)
                        with whole: print('\\n'.join(message + ['TAKEN ' + ' '.join(recipients)]), flush=True)
                        say('250 taken')
                    elif verb == 'QUIT': say('221 bye'); return
                    else: say('250 fine')
        class Server(socketserver.ThreadingTCPServer): allow_reuse_address = True; daemon_threads = True
        server = Server(('127.0.0.1', 0), Target)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    /// A message that the mail relay took.
    private struct Taken {
        let recipient: String
        let lines: [String]

        func header(_ name: String) -> String? {
            lines.first { $0.hasPrefix("|\(name): ") }.map { String($0.dropFirst(name.count + 3)) }
        }

        /// The position of the only event that it tells of.
        var seq: Int64? {
            header("Message-ID")?.split(separator: ".").dropFirst(2).first?.split(separator: "-").last.flatMap {
                Int64($0)
            }
        }
    }

    private func taken(_ target: Program) -> [Taken] {
        var (taken, lines): ([Taken], [String]) = ([], [])
        for line in target.text.split(separator: "\n").dropFirst().map({ String($0) }) {
            if line.hasPrefix("TAKEN ") {
                taken.append(Taken(recipient: String(line.dropFirst(6)), lines: lines))
                lines = []
            } else {
                lines.append(line)
            }
        }
        return taken
    }

    /// A daemon, a mail relay, and a way to start a relay to these recipients.
    private func withMail(
        to recipients: [String],
        _ body: (_ setting: Setting, _ relay: () throws -> Program) async throws -> Void
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let target = try Program(try #require(Tool.find("python3")), ["-c", Self.mailTarget])
            defer { target.stop() }
            let port = try #require(await target.line(0))
            let setting = Setting(
                installation: installation,
                daemon: daemon,
                coordinator: tokens.coordinator,
                reporter: ReportingClient(token: tokens.reporter, prefix: "mail"),
                target: target
            )
            try await body(setting) {
                try Program(
                    DaemonProcess.binary,
                    [
                        "relay", "mail", "--connect", daemon.addresses.feed, "--name", "mail", "--smtp",
                        "smtp://127.0.0.1:\(port)", "--from", "alerts@example.org", "--link",
                        "https://placeguard.example.org/", "--filter",
                        "\(MailTarget.standardFilter) location:loc_01900000-0000-7000-8000-00000000dead", "--every",
                        "0",
                    ] + recipients.flatMap { ["--to", "\($0)@example.org"] },
                    environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
                )
            }
            #expect(await daemon.terminate() == 0)
        }
    }

    private struct Setting {
        let installation: Installation
        let daemon: DaemonProcess
        let coordinator: String
        let reporter: ReportingClient
        let target: Program

        func subscribed() async throws {
            try await Subscribed.wait(for: "mail", coordinator, daemon.addresses.feed)
        }

        func report() async { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }

        /// Waits until so many events were logged and all are passed on.
        func acknowledged(_ count: Int) async throws -> [Int64] {
            let positions = try await installation.logged(count)
            try await Subscribed.acknowledged(positions.last ?? 0, by: "mail", coordinator, daemon.addresses.feed)
            return positions
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a mailbox is told that an alert waits, and nothing of what it is about`() async throws {
        try await withMail(to: ["duty", "deputy"]) { setting, start in
            let relay = try start()
            defer { relay.stop() }
            try await setting.subscribed()
            await setting.report()
            // Its filter's end and the alert.
            _ = try await setting.acknowledged(2)
            let message = setting.target.text
            for expected in [
                "|Subject: Placeguard: a filter can match nothing any more",
                "|Subject: Placeguard: an alert of urgency immediate", "|Alert: alt_",
                "|Log in to see what it is about: https://placeguard.example.org/",
            ] { #expect(message.contains(expected), "\(expected)") }
            for secret in ["loc_", "MW-", "sign", "hotel", "points"] { #expect(!message.contains(secret), "\(secret)") }
            for message in taken(setting.target) {
                #expect(message.header("To") == message.recipient + "@example.org", "nobody is told who else is told")
            }
            #expect(Set(taken(setting.target).map(\.recipient)) == ["duty", "deputy"])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a mailbox that refuses for good or is late keeps no other from an alert, nor makes one come twice`()
        async throws
    {
        try await withMail(to: ["gone", "late", "duty"]) { setting, start in
            let relay = try start()
            defer { relay.stop() }
            try await setting.subscribed()
            await setting.report()
            _ = try await setting.acknowledged(2)
            await setting.report()
            let positions = try await setting.acknowledged(3)
            let taken = taken(setting.target)
            for recipient in ["late", "duty"] {
                #expect(taken.filter { $0.recipient == recipient }.compactMap(\.seq) == positions, "\(recipient)")
            }
            #expect(taken.count == 2 * positions.count)
            #expect(relay.text.contains("telling recipient 2 failed 1 times, it is tried again: SMTP 450, curl 55"))
            #expect(
                relay.text.components(
                    separatedBy: "recipient 1 is not told of 1 events that others were told: SMTP 550, curl 55"
                ).count == positions.count + 1,
                "\(relay.text)"
            )
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `what is immediate reaches the others while a mailbox is tried again, which keeps it unacknowledged`()
        async throws
    {
        try await withMail(to: ["busy", "duty"]) { setting, start in
            let relay = try start()
            defer { relay.stop() }
            try await setting.subscribed()
            #expect(await relay.shows("telling recipient 1 failed 1 times"))
            await setting.report()
            #expect(await setting.target.shows("TAKEN duty", times: 2), "\(relay.text)")
            relay.kill()
            await relay.ends()
            let positions = try await setting.installation.logged(2)
            #expect(taken(setting.target).compactMap(\.seq) == positions)
            // Not acknowledged, since one of them has not got it.
            let again = try start()
            defer { again.stop() }
            #expect(await setting.target.shows("TAKEN duty", times: 4), "\(again.text)")
        }
    }

    /// Ten tries are more than four minutes of pauses, and the test has three.
    @Test(.timeLimit(.minutes(3)))
    func `a mailbox that is to be tried later is tried at once when something immediate has come`() async throws {
        try await withMail(to: ["busy", "duty"]) { setting, start in
            let relay = try start()
            defer { relay.stop() }
            try await setting.subscribed()
            #expect(await relay.shows("telling recipient 1 failed 1 times"))
            for number in 2...60 where !relay.text.contains("telling recipient 1 failed 10 times") {
                await setting.report()
                #expect(await setting.target.shows("TAKEN duty", times: number), "\(relay.text)")
            }
            #expect(await relay.shows("telling recipient 1 failed 10 times"))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `what nobody takes is not passed on`() async throws {
        try await withMail(to: ["gone", "busy"]) { setting, start in
            let relay = try start()
            defer { relay.stop() }
            try await setting.subscribed()
            #expect(await relay.shows("telling recipient 1 failed 1 times, it is tried again: SMTP 550, curl 55"))
            #expect(await relay.shows("telling recipient 2 failed 1 times, it is tried again: SMTP 450, curl 55"))
            #expect(!relay.text.contains("is not told") && taken(setting.target).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `killed between two messages it loses none, and tells again at most the last under the same name`()
        async throws
    {
        try await withMail(to: ["duty"]) { setting, start in
            let first = try start()
            try await setting.subscribed()
            _ = try await setting.acknowledged(1)
            await setting.report()
            #expect(await setting.target.shows("TAKEN duty", times: 2), "\(first.text)")
            first.kill()
            await first.ends()
            await setting.report()
            let second = try start()
            defer { second.stop() }
            let positions = try await setting.acknowledged(3)
            let taken = taken(setting.target)
            let again = taken.dropFirst(2).first?.seq == positions[1] ? [positions[1]] : []
            #expect(taken.compactMap(\.seq) == positions.prefix(2) + again + positions.dropFirst(2))
            #expect(Set(taken.compactMap { $0.header("Message-ID") }).count == positions.count)
        }
    }
}
