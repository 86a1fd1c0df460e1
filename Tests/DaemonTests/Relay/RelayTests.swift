import AlertFeed
import Foundation
import Safeguarding
import Synchronization
import TestSupport
import Testing

@testable import placeguard

/// The feed passed on by programs of their own, to targets that are slow to take it.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the target")
)
struct RelayTests {
    /// A web address that answers the challenge, checks every signature, and takes an event at the third asking.
    ///
    /// Asked to, it repeats the challenge as a stranger might, confirms as the right target does for a stranger in between, is
    /// `gone` once it has confirmed, is `busy` for ever then, or is away until there is a file of that name.
    private static let webTarget = """
        import hashlib, hmac, http.server, json, os, sys, time
        asked, behaviour = {}, sys.argv[2]
        secret = open(sys.argv[1], 'rb').read()
        def code(text): return hmac.new(secret, text, hashlib.sha256).hexdigest()
        class Target(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                parts = dict(p.split('=') for p in self.headers['Placeguard-Signature'].split(','))
                name = self.headers['Placeguard-Delivery']
                good = hmac.compare_digest(code(f"{parts['t']}.{name}.".encode() + body), parts['v1'])
                good = good and abs(time.time() - int(parts['t'])) < 300
                sent = json.loads(body)
                asked[name] = asked.get(name, 0) + 1
                if behaviour.startswith('/') and not os.path.exists(behaviour):
                    status, answer = 503, b''
                    print('AWAY', name, flush=True)
                elif name == 'confirm':
                    challenge = sent['challenge']
                    address = 'https://cases.example.org/' if behaviour == 'between' else f'http://127.0.0.1:{server.server_port}/'
                    answer = challenge if behaviour == 'echo' or not good else code(f'{challenge}.{address}'.encode())
                    status, answer = 200, json.dumps({'confirmed': answer, 'challenge': challenge}).encode()
                elif behaviour in ('gone', 'busy'):
                    status, answer = (410 if behaviour == 'gone' else 503), b''
                    print('ASKED', name, flush=True)
                else:
                    status, answer = (200 if asked[name] >= 3 else 500), b''
                    if status == 200: print(name, 'good' if good else 'bad', body.decode(), flush=True)
                self.send_response(status); self.send_header('Content-Length', str(len(answer)))
                self.end_headers(); self.wfile.write(answer)
            def log_message(self, *ignored): pass
        class Server(http.server.HTTPServer):
            def handle_error(self, *ignored): pass  # a relay is killed while it is answered
        server = Server(('127.0.0.1', 0), Target)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    private func python(_ script: String, _ arguments: String...) throws -> Program {
        try Program(try #require(Tool.find("python3")), ["-c", script] + arguments)
    }

    private func secret(_ installation: Installation) throws -> String {
        let file = installation.state + "/hook.secret"
        let made = FileManager.default.createFile(
            atPath: file,
            contents: Data("a secret of thirty-two bytes or so".utf8),
            attributes: [.posixPermissions: 0o600]
        )
        try #require(made)
        return file
    }

    @Test(.timeLimit(.minutes(5)))
    func `a web address takes every event once it can, signed, in order, and again from where it was after a kill`()
        async throws
    {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "hook")
            let secret = try secret(installation)
            let target = try python(Self.webTarget, secret, "")
            defer { target.stop() }
            let port = try #require(await target.line(0))
            func relay() throws -> Program {
                try Program(
                    DaemonProcess.binary,
                    [
                        "relay", "webhook", "--connect", daemon.addresses.feed, "--name", "hook", "--url",
                        "http://127.0.0.1:\(port)/", "--secret-file", secret, "--filter",
                        "urgency>=low location:loc_01900000-0000-7000-8000-00000000dead",
                    ],
                    environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
                )
            }
            // The first subscription begins at head, so the relay is there before the reports. Its filter's end is passed on too.
            let first = try relay()
            try await Subscribed.wait(for: "hook", tokens.coordinator, daemon.addresses.feed)
            for _ in 0..<2 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            _ = await target.line(1)
            first.kill()
            await first.ends()
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            let second = try relay()
            defer { second.stop() }
            let sent = try await installation.loggedPositions()
            var taken: [Int64] = []
            var index = 1
            while Set(taken) != Set(sent), let line = await target.line(index) {
                let words = line.split(separator: " ", maxSplits: 2).map { String($0) }
                try #require(words.count == 3, "\(line)")
                #expect(words[1] == "good")
                let cap = try JSONReader.read(bytes: Array(words[2].utf8))
                #expect(cap["scope"]?.string == "Restricted")
                let event = cap["placeguard"]
                #expect(event?["urgency"]?.string == (event?["type"]?.string == "watch-ended" ? "low" : "immediate"))
                let seq = try #require(words[0].split(separator: ".").last.flatMap { Int64($0) })
                // Once more than once only across the kill.
                if taken.last != seq { taken.append(seq) }
                index += 1
            }
            #expect(taken == sent)
            #expect(await daemon.terminate() == 0)
        }
    }

    /// A daemon, a web address that behaves so, and a way to start relays between them.
    private struct Setting {
        let installation: Installation
        let daemon: DaemonProcess
        let tokens: Installation.Tokens
        let reporter: ReportingClient
        let target: Program
        let secret: String

        func relay() async throws -> Program {
            let port = try #require(await target.line(0))
            return try Program(
                DaemonProcess.binary,
                [
                    "relay", "webhook", "--connect", daemon.addresses.feed, "--name", "hook", "--url",
                    "http://127.0.0.1:\(port)/", "--secret-file", secret,
                ],
                environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
            )
        }

        func subscribed() async throws {
            try await Subscribed.wait(for: "hook", tokens.coordinator, daemon.addresses.feed)
        }

        func report() async { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
    }

    /// With one relay running.
    ///
    /// - Parameter behaviour: Of the target; as a path below the installation's state where it begins so.
    private func withRelay(
        to behaviour: String,
        _ body: (_ relay: Program, _ setting: Setting) async throws -> Void
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let secret = try secret(installation)
            let isPath = behaviour.hasPrefix("/")
            let target = try python(Self.webTarget, secret, (isPath ? installation.state : "") + behaviour)
            defer { target.stop() }
            let setting = Setting(
                installation: installation,
                daemon: daemon,
                tokens: tokens,
                reporter: ReportingClient(token: tokens.reporter, prefix: "hook"),
                target: target,
                secret: secret
            )
            let relay = try await setting.relay()
            defer { relay.stop() }
            try await body(relay, setting)
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["echo", "between"])
    func `a target that only repeats the challenge, or passes on what another confirms, is sent nothing`(
        _ stranger: String
    )
        async throws
    {
        try await withRelay(to: stranger) { relay, setting in
            await relay.ends()
            #expect(relay.text.contains("The target did not confirm"))
            let said = setting.target.text
            #expect(said.count { $0 == "\n" } == 1, "its port and nothing else: \(said)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a target that says it is gone is asked once, and ends the relay`() async throws {
        try await withRelay(to: "gone") { relay, setting in
            try await setting.subscribed()
            await setting.report()
            await relay.ends()
            #expect(relay.text.contains("The target wants no events any more (410)."))
            let said = setting.target.text
            #expect(said.components(separatedBy: "ASKED").count == 2, "\(said)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a token that is revoked ends the relay while its target takes nothing, and nothing behind it is sent`()
        async throws
    {
        try await withRelay(to: "busy") { relay, setting in
            try await setting.subscribed()
            for _ in 0..<3 { await setting.report() }
            #expect(await setting.target.shows("ASKED"))
            let id = try #require(setting.tokens.coordinator.split(separator: ".").first)
            _ = try await setting.installation.placeguard("token", "revoke", String(id))
            await relay.ends()
            #expect(relay.text.contains("the token no longer holds"), "\(relay.text)")
            let asked = setting.target.text.split(separator: "\n").filter { $0.hasPrefix("ASKED") }
            #expect(Set(asked).count == 1, "the first event only: \(asked)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `what comes before the target has confirmed is passed on once it has`() async throws {
        try await withRelay(to: "/there") { relay, setting in
            #expect(await setting.target.shows("AWAY confirm"))
            try await setting.subscribed()
            await setting.report()
            let sent = try await setting.installation.logged(1)
            #expect(!setting.target.text.contains("good"))
            let isThere = setting.installation.state + "/there"
            #expect(FileManager.default.createFile(atPath: isThere, contents: nil))
            #expect(await setting.target.shows(".\(sent[0]) good "), "\(relay.text)")
            let (token, feed) = (setting.tokens.coordinator, setting.daemon.addresses.feed)
            try await Subscribed.acknowledged(sent[0], by: "hook", token, feed)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a relay that has not run for longer than it may is wrong with doctor, until it is retired`() async throws {
        try await withRelay(to: "") { relay, setting in
            func doctor() async throws -> Program {
                let doctor = try Program(
                    DaemonProcess.binary,
                    ["doctor"],
                    environment: setting.installation.environment
                )
                await doctor.ends()
                return doctor
            }
            try await setting.subscribed()
            relay.kill()
            #expect(try await doctor().text.contains("ok     relays\n"))
            try await setting.installation.relaysFallSilent()
            let ill = try await doctor()
            #expect(ill.text.contains("WRONG  relay hook of licensing: not all it was sent since"), "\(ill.text)")
            _ = try await setting.installation.placeguard("relay", "retire", "hook", "--person", "licensing")
            #expect(try await doctor().text.contains("ok     relays\n"))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a relay whose name another takes ends, and says so to whoever would start it again`() async throws {
        try await withRelay(to: "") { first, setting in
            try await setting.subscribed()
            let second = try await setting.relay()
            defer { second.stop() }
            #expect(await first.ends() == 78, "which the unit knows")
            #expect(first.text.contains("give each target a --name of its own"), "\(first.text)")
        }
    }
}
