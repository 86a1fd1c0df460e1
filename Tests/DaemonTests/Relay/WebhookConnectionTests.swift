import AlertFeed
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Safeguarding
import TestSupport
import Testing

@testable import placeguard

/// Which targets events are sent to at all.
struct WebhookConnectionTests {
    private func status(_ configuration: HTTPClient.Configuration, _ url: String) async throws -> UInt {
        let client = HTTPClient(configuration: configuration)
        do {
            let status = try await client.execute(
                HTTPClientRequest(url: url),
                timeout: .seconds(20)
            ).status.code
            try await client.shutdown()
            return status
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    /// A web address on this machine that answers with a function of Python's `http.server`; its first line is its port.
    private func target(_ answer: String) throws -> Program {
        let script =
            "import http.server, select\n" + answer + """

                class Target(http.server.BaseHTTPRequestHandler):
                    do_GET = do_POST = answer
                    def log_message(self, *ignored): pass
                server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Target)
                print(server.server_port, flush=True)
                server.serve_forever()
                """
        return try Program(try #require(Tool.find("python3")), ["-c", script])
    }

    @Test(.timeLimit(.minutes(1)), .enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a target that speaks nothing newer than TLS 1_1 is refused`() async throws {
        let authority = try await TestAuthority.make()
        let server = try Program(
            try #require(Tool.find("openssl")),
            [
                "s_server", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-cert", authority.certificateFile, "-key",
                authority.keyFile, "-accept", "127.0.0.1:0", "-www",
            ]
        )
        defer { server.stop() }
        var listening: String?
        for index in 0..<10 where listening == nil {
            guard let line = await server.line(index) else { break }
            if line.hasPrefix("ACCEPT") { listening = line }
        }
        let port = try #require(listening?.split(separator: ":").last, "\(server.text)")
        let url = "https://localhost:\(port)/"
        let configuration = WebhookConnection.configuration(authorityFile: authority.authorityFile)
        await #expect(throws: NIOSSLError.self) { try await status(configuration, url) }
        // It would have answered.
        var old = configuration
        old.tlsConfiguration?.minimumTLSVersion = .tlsv11
        #expect(try await status(old, url) == 200)
    }

    @Test(arguments: [nil, "/etc/ssl/ca.pem"])
    func `nothing older than TLS 1_2 is spoken, whoever is trusted`(_ authority: String?) {
        let configuration = WebhookConnection.configuration(authorityFile: authority)
        #expect(configuration.tlsConfiguration?.minimumTLSVersion == .tlsv12)
    }

    @Test(.timeLimit(.minutes(1)), .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the target"))
    func `a redirect is an answer, and nobody is asked where it points`() async throws {
        let server = try target(
            """
            def answer(self):
                self.send_response(302 if self.path == '/' else 200); self.send_header('Location', '/elsewhere')
                self.send_header('Content-Length', '0'); self.end_headers()
            """
        )
        defer { server.stop() }
        let port = try #require(await server.line(0))
        let configuration = WebhookConnection.configuration(authorityFile: nil)
        #expect(try await status(configuration, "http://127.0.0.1:\(port)/") == 302)
        #expect(try await status(configuration, "http://127.0.0.1:\(port)/elsewhere") == 200)
    }

    @Test(.timeLimit(.minutes(1)), .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the target"))
    func `an answer that never ends is not waited for: an event is passed by its status, a confirmation is not one`()
        async throws
    {
        let server = try target(
            """
            def answer(self):
                self.rfile.read(int(self.headers['Content-Length']))
                self.send_response(200); self.send_header('Content-Length', '1000'); self.end_headers()
                # A byte a second until the other end has hung up.
                while not select.select([self.connection], [], [], 1)[0]: self.wfile.write(b' ')
            """
        )
        defer { server.stop() }
        let port = try #require(await server.line(0))
        try await withHook(port) { hook in
            await #expect(throws: Never.self) { try await hook.pass(event("rising"), epoch: "e") }
            await #expect(throws: RelayFailure.self) { try await hook.confirm() }
        }
    }

    @Test(.timeLimit(.minutes(1)), .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the target"))
    func `a page that says 200 to everything is found out by the next exercise`() async throws {
        let server = try target(
            """
            def answer(self):
                self.rfile.read(int(self.headers['Content-Length']))
                self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
                print(self.headers['Placeguard-Delivery'], flush=True)
            """
        )
        defer { server.stop() }
        let port = try #require(await server.line(0))
        try await withHook(port) { hook in
            await #expect(throws: Never.self) { try await hook.pass(event("rising"), epoch: "e") }
            await #expect(throws: CommandFailure.self) { try await hook.pass(event("exercise"), epoch: "e") }
        }
        #expect(server.text.hasSuffix("\ne.1\nconfirm\n"), "\(server.text)")
    }

    private func event(_ type: String) -> FeedEvent {
        FeedEvent(
            name: "hook",
            seq: 1,
            prev: 0,
            type: type,
            alert: "alt_1",
            rev: 1,
            urgency: "high",
            at: Moment(seconds: 1_764_187_200),
            body: "{}"
        )
    }

    /// With a target at a port of this machine.
    private func withHook(_ port: String, _ body: (WebhookTarget) async throws -> Void) async throws {
        let client = HTTPClient(configuration: WebhookConnection.configuration(authorityFile: nil))
        let hook = WebhookTarget(
            client: client,
            url: "http://127.0.0.1:\(port)/",
            secret: Array("a secret of thirty-two bytes or so".utf8),
            sender: "marlowick",
            challenge: "c",
            answerPatience: .milliseconds(200)
        ) { 1 }
        try await body(hook)
        try await client.shutdown()
    }

    @Test(arguments: [
        ("https://hook.example.org/alerts", true), ("http://127.0.0.1:8080/", true), ("http://localhost/", true),
        ("http://[::1]:8080/", true), ("http://hook.example.org/alerts", false),
        ("http://127.0.0.1.example.org/", false),
        ("ftp://127.0.0.1/", false), ("https:", false), ("", false),
    ])
    func `events leave this machine by https alone`(_ url: String, _ isAllowed: Bool) {
        #expect(RelayCommand.Webhook.isAllowed(url) == isAllowed)
    }
}
