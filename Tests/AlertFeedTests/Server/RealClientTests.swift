import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

/// TLS, and the clients that people really have.
@Suite(.timeLimit(.minutes(10)))
struct RealClientTests {
    @Test(.enabled(if: Tool.find("nc") != nil, "nc is not installed"))
    func `netcat reads the feed and acknowledges`() async throws {
        try await withServer { server in
            let client = try ToolClient(try #require(Tool.find("nc")), ["127.0.0.1", "\(server.port)"])
            defer { client.stop() }
            try await Self.converse(client, server)
        }
    }

    /// A person's first session.
    private static func converse(
        _ client: ToolClient,
        _ server: ServerFixture,
        isEncrypted: Bool = false
    ) async throws {
        let banner = try #require(await client.line())
        #expect(banner.hasPrefix("INFO feed=1 ") && banner.hasSuffix(" tls=\(isEncrypted ? 1 : 0)"))
        client.send("HELLO 1 terminal 1")
        #expect(await client.line()?.hasPrefix("OK HELLO ") == true)
        client.send("AUTH TOKEN tok-ana.secret-ana")
        #expect(await client.line()?.hasPrefix("OK AUTH as=ana ") == true)
        client.send("SUB desk FROM resume")
        #expect(await client.line()?.hasPrefix("OK SUB desk at=0 ") == true)
        server.log.publish(in: .open, body: #"{"n":1}"#)
        let event = try #require(await client.line())
        #expect(event.hasPrefix("EVT desk 1 0 raised ") && event.hasSuffix(#" {"n":1}"#))
        client.send("@1 ACK desk 1")
        #expect(await client.line() == "OK @1 ACK desk 1")
        client.send("REPAIR nothing")
        #expect(await client.line() == "ERR 400 bad-format unknown command")
        client.send("QUIT")
        #expect(await client.line() == "BYE quit")
        client.endInput()
        #expect(await client.line() == nil)
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `openssl s_client reads the feed and acknowledges`() async throws {
        let authority = try await TestAuthority.make()
        let trusted = authority.authorityFile
        try await withServer(tls: authority.server) { server in
            let client = try ToolClient(
                try #require(Tool.find("openssl")),
                [
                    "s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost", "-CAfile", trusted,
                    "-connect", "127.0.0.1:\(server.port)",
                ]
            )
            defer { client.stop() }
            try await Self.converse(client, server, isEncrypted: true)
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a client follows over TLS and turns away a certificate that it does not trust`() async throws {
        let authority = try await TestAuthority.make()
        let stranger = try await TestAuthority.make()
        let (trusted, untrusted) = (authority.authorityFile, stranger.authorityFile)
        try await withServer(tls: authority.server) { server in
            for number in 1...20 { server.log.publish(in: .open, body: #"{"n":\#(number)}"#) }
            let tls = FeedClientTLS(authorityFile: trusted, serverName: "localhost")
            let events = try await FollowedEvents.first(20, from: server, tls: tls)
            #expect(events.map(\.seq) == Array(1...20))
            let stranger = FeedClientTLS(authorityFile: untrusted, serverName: "localhost")
            #expect(try await FollowedEvents.firstEnd(from: server, tls: stranger) == "certificate")
            let otherName = FeedClientTLS(authorityFile: trusted, serverName: "feed.marlowick.example")
            #expect(try await FollowedEvents.firstEnd(from: server, tls: otherName) == "certificate")
        }
    }

    @Test(.enabled(if: Tool.find("python3") != nil, "there is no python3"))
    func `whoever hangs up in the middle of a handshake has judged no certificate`() async throws {
        let script = """
            import socket
            door = socket.create_server(('127.0.0.1', 0)); print(door.getsockname()[1], flush=True)
            while True:
                caller, _ = door.accept(); caller.recv(65536); caller.close()
            """
        let closing = try ToolClient(try #require(Tool.find("python3")), ["-c", script])
        defer { closing.stop() }
        let port = try #require(await closing.line().flatMap { Int($0) })
        var settings = FeedClientSettings(host: "127.0.0.1", port: port, tls: FeedClientTLS(), credential: nil)
        settings.longestPause = .milliseconds(1)
        await #expect(throws: CancellationError.self) {
            try await FeedClient(settings: settings).follow { notice in
                guard case .disconnected(let reason, _) = notice else { return }
                #expect(reason == "lost")
                throw CancellationError()
            }
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a client that runs for months takes up a certificate that was renewed under it`() async throws {
        let authority = try await TestAuthority.make()
        let stranger = try await TestAuthority.make()
        let (trusted, untrusted) = (authority.authorityFile, stranger.authorityFile)
        let file = URL(filePath: untrusted).deletingLastPathComponent().appending(path: "renewed.pem")
        try Data(contentsOf: URL(filePath: untrusted)).write(to: file)
        try await withServer(tls: authority.server) { server in
            server.log.publish(in: .open)
            var settings = FollowedEvents.settings(server)
            settings.tls = FeedClientTLS(authorityFile: file.path, serverName: "localhost")
            var ends: [String] = []
            await #expect(throws: CancellationError.self) {
                try await FeedClient(settings: settings).follow { notice in
                    if case .disconnected(let reason, _) = notice {
                        ends.append(reason)
                        try Data(contentsOf: URL(filePath: trusted)).write(to: file)
                    }
                    if case .event = notice { throw CancellationError() }
                }
            }
            #expect(ends == ["certificate"])
        }
        _ = stranger.authorityFile
    }

    @Test(.enabled(if: Tool.find("nc") != nil, "nc is not installed"))
    func `a script that pipes its commands gets every answer`() async throws {
        try await withServer { server in
            let shell = try #require(Tool.find("sh"))
            let commands = #"HELLO 1 sh 1\nAUTH TOKEN tok-ana.secret-ana\nLIST\nLAG\n"#
            for number in 1...50 { server.log.publish(in: .open, body: #"{"n":\#(number)}"#) }
            let client = try ToolClient(shell, ["-c", "printf '\(commands)' | nc -N 127.0.0.1 \(server.port)"])
            defer { client.stop() }
            var lines: [String] = []
            while let line = await client.line() { lines.append(line) }
            #expect(lines.count == 55)
            #expect(lines.last == "OK LAG lines=0")
        }
    }

    @Test(
        .enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)),
        .enabled(if: Tool.find("python3") != nil, "there is no python3"),
        arguments: ["follow.py", "follow.sh"]
    )
    func `an example client follows over TLS, and turns away a certificate that it does not trust`(_ example: String)
        async throws
    {
        let authority = try await TestAuthority.make()
        let stranger = try await TestAuthority.make()
        let (trusted, untrusted) = (authority.authorityFile, stranger.authorityFile)
        let folder = URL(filePath: #filePath).appending(path: "../../../../Deploy/clients/").standardized.path + "/"
        let state = URL(filePath: trusted).deletingLastPathComponent().path
        try await withServer(tls: authority.server) { server in
            server.log.publish(in: .open, body: #"{"n":1}"#)
            func follow(_ name: String, _ authority: String) throws -> ToolClient {
                let port = "\(server.port)"
                return try ToolClient(
                    folder + example,
                    ["localhost", port, name, "\(state)/\(name)", authority],
                    environment: ["PLACEGUARD_TOKEN": "tok-ana.secret-ana"]
                )
            }
            let deceived = try follow("deceived", untrusted)
            defer { deceived.stop() }
            let client = try follow("desk", trusted)
            defer { client.stop() }
            // What is open is listed once the subscription stands.
            for number in 1...3 {
                if number > 1 { server.log.publish(in: .open, body: #"{"n":\#(number)}"#) }
                let line = try #require(await client.line())
                #expect(line.contains(#""n": \#(number)"#) || line.contains(#""n":\#(number)"#), "\(line)")
            }
            #expect(try await server.log.cursors(.ana).map(\.name) == ["desk"], "the other never logged in")
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `TLS older than 1.3 is not spoken`() async throws {
        let authority = try await TestAuthority.make()
        try await withServer(tls: authority.server) { server in
            for version in ["-tls1_2", "-tls1_1"] {
                let client = try ToolClient(
                    try #require(Tool.find("openssl")),
                    ["s_client", "-quiet", version, "-connect", "127.0.0.1:\(server.port)"]
                )
                defer { client.stop() }
                #expect(await client.line() == nil)
            }
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a handshake that does not come is part of the login's time`() async throws {
        let authority = try await TestAuthority.make()
        try await withServer(tls: authority.server) { server in
            try await server.client { silent in
                while server.server.connectionCount == 0, !Task.isCancelled { await Task.yield() }
                await server.clock.advance(seconds: 10)
                await server.clock.advance(seconds: 2)
                let rest = try? await silent.nextLine()
                #expect(rest == nil)
                try await server.becomesEmpty()
            }
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a certificate with another's key is refused without naming files`() async throws {
        let authority = try await TestAuthority.make()
        let tls = authority.mismatched
        await #expect(throws: FeedServerError.badCertificate) {
            try await FeedServer.unstarted(tls: tls).run()
        }
        #expect(!FeedServerError.badCertificate.description.contains("/"))
    }

    @Test func `without TLS the feed listens on loopback only`() async {
        await #expect(throws: FeedServerError.tlsRequired) {
            try await FeedServer.unstarted(host: "0.0.0.0").run()
        }
    }
}

extension TestAuthority {
    var server: FeedTLS { FeedTLS(certificateFile: certificateFile, keyFile: keyFile) }

    /// The key of the authority with the certificate of the server: they do not belong together.
    var mismatched: FeedTLS { FeedTLS(certificateFile: certificateFile, keyFile: authorityKeyFile) }
}
