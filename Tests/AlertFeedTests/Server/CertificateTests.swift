import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

/// Certificates on both sides: a client's in the place of a token, and the server's renewed while it runs.
@Suite(
    .timeLimit(.minutes(10)),
    .enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence))
)
struct CertificateTests {
    private func tls(_ authority: borrowing TestAuthority) -> FeedTLS {
        FeedTLS(
            certificateFile: authority.certificateFile,
            keyFile: authority.keyFile,
            clientAuthorityFile: authority.authorityFile
        )
    }

    /// `openssl s_client` with a certificate, as a person would use it.
    private func person(_ server: ServerFixture, _ authority: String, _ files: (String, String)?) throws -> ToolClient {
        try ToolClient(
            try #require(Tool.find("openssl")),
            [
                "s_client", "-quiet", "-crlf", "-verify_return_error", "-CAfile", authority, "-connect",
                "127.0.0.1:\(server.port)",
            ] + (files.map { ["-cert", $0.0, "-key", $0.1] } ?? [])
        )
    }

    @Test func `a certificate that stands for a token logs its person in, and one that stands for none does not`()
        async throws
    {
        let authority = try await TestAuthority.make()
        let (known, unknown) = (try await authority.makeClient("ana"), try await authority.makeClient("eve"))
        let trusted = authority.authorityFile
        try await withServer(tls: tls(authority)) { server in
            let fingerprint = try PeerCertificate(file: known.certificateFile).fingerprint
            server.credentials.certify("tok-ana", fingerprint: fingerprint)
            // With the delay that each refusal earns its address.
            for (files, answer, delay) in [
                (known, "OK AUTH as=ana areas=* epoch=open-1 head=0 floor=1", 0),
                (unknown, "ERR 401 auth-required the token is not accepted tries=2", 1),
                (nil, "ERR 401 auth-required the token is not accepted tries=2", 2),
            ] as [((String, String)?, String, Int)] {
                let client = try person(server, trusted, files)
                defer { client.stop() }
                #expect(await client.line()?.contains(" auth=token,external ") == true)
                client.send("HELLO 1 s_client 3")
                #expect(await client.line()?.hasPrefix("OK HELLO") == true)
                client.send("AUTH EXTERNAL")
                if delay > 0 {
                    await server.clock.sleepers(of: .seconds(delay), atLeast: delay == 1 ? 2 : 1)
                    await server.clock.advance(seconds: delay)
                }
                #expect(await client.line() == answer)
                client.send("QUIT")
                #expect(await client.line() == "BYE quit")
            }
            #expect(Set(server.credentials.refusals.map(\.tokenID)) == ["certificate"])
        }
    }

    @Test func `a client follows with its certificate alone until its token is revoked`() async throws {
        let authority = try await TestAuthority.make()
        let files = try await authority.makeClient("ana")
        let trusted = authority.authorityFile
        try await withServer(tls: tls(authority)) { server in
            let fingerprint = try PeerCertificate(file: files.certificateFile).fingerprint
            server.credentials.certify("tok-ana", fingerprint: fingerprint)
            server.log.publish(in: .open)
            var settings = FollowedEvents.settings(server)
            settings.credential = nil
            settings.tls = FeedClientTLS(
                authorityFile: trusted,
                serverName: "localhost",
                identity: .init(certificateFile: files.certificateFile, keyFile: files.keyFile)
            )
            await #expect(throws: FeedClientError.revoked) {
                try await FeedClient(settings: settings).follow { notice in
                    if case .event = notice { server.credentials.revoke("tok-ana") }
                }
            }
        }
    }

    @Test func `a certificate of another authority does not get through the handshake`() async throws {
        let authority = try await TestAuthority.make()
        let stranger = try await TestAuthority.make()
        let files = try await stranger.makeClient("ana")
        let trusted = authority.authorityFile
        try await withServer(tls: tls(authority)) { server in
            let client = try person(server, trusted, files)
            defer { client.stop() }
            #expect(await client.line() == nil)
            let tls = FeedClientTLS(
                authorityFile: trusted,
                serverName: "localhost",
                identity: .init(certificateFile: files.certificateFile, keyFile: files.keyFile)
            )
            #expect(try await FollowedEvents.firstEnd(from: server, tls: tls) == "certificate")
        }
    }

    @Test func `a certificate that ends in mid-session ends the session at its last moment`() async throws {
        let session = PureSession()
        let until = session.now.wall + 30
        await session.send("HELLO 1 test 1")
        session.say(session.machine.received(.line("AUTH EXTERNAL"), at: session.now))
        session.say(session.machine.completed(.certificateChecked(.ana, until: until), at: session.now))
        let position = LogPosition(epoch: "open-1", head: 0, floor: 1)
        session.say(session.machine.completed(.entered(position), at: session.now))
        #expect(session.takeLines().last?.hasPrefix("OK AUTH as=ana") == true)
        await session.pass(seconds: 29)
        #expect(session.machine.end == nil)
        await session.pass(seconds: 1)
        #expect(session.machine.end == .revoked)
        #expect(session.takeLines().last == "BYE revoked")
    }

    @Test
    func `over the end of a certificate in mid-session and its successor nothing is lost, skipped or out of order`()
        async throws
    {
        let authority = try await TestAuthority.make()
        let (first, second) = (try await authority.makeClient("ana"), try await authority.makeClient("next", days: 3))
        let (tls, trusted) = (tls(authority), authority.authorityFile)
        let until = try PeerCertificate(file: first.certificateFile).until
        try await withServer(tls: tls, clock: ManualClock(start: until - 30)) { server in
            for files in [first, second] {
                server.credentials.certify(
                    "tok-ana",
                    fingerprint: try PeerCertificate(file: files.certificateFile).fingerprint
                )
            }
            /// The positions that a client with these files is sent, up to the last.
            func follow(_ files: (certificateFile: String, keyFile: String), each: (Int64) async throws -> Void)
                async throws
            {
                var settings = FollowedEvents.settings(server)
                (settings.credential, settings.from) = (nil, .resume)
                settings.tls = FeedClientTLS(
                    authorityFile: trusted,
                    serverName: "localhost",
                    identity: .init(certificateFile: files.certificateFile, keyFile: files.keyFile)
                )
                try await FeedClient(settings: settings).follow { notice in
                    if case .event(let event) = notice { try await each(event.seq) }
                    if case .subscribed = notice, files == first { for _ in 1...3 { server.log.publish(in: .open) } }
                }
            }
            var (before, after) = ([Int64](), [Int64]())
            await #expect(throws: FeedClientError.revoked) {
                try await follow(first) { seq in
                    before.append(seq)
                    guard seq == 3 else { return }
                    // It ends while the third alert is being read, and two more come.
                    try await server.passQuietly(seconds: 29)
                    #expect(server.server.connectionCount == 1)
                    for _ in 1...2 { server.log.publish(in: .open) }
                    await server.clock.advance(seconds: 1)
                }
            }
            let acknowledged = try #require(try await server.log.cursors(.ana).first?.acked)
            try #require(acknowledged <= 3)
            await #expect(throws: FollowedEvents.Enough.self) {
                try await follow(second) { seq in
                    after.append(seq)
                    if seq == 5 { throw FollowedEvents.Enough() }
                }
            }
            #expect(before == Array(1...max(3, before.last ?? 0)) && after == Array((acknowledged + 1)...5))
            #expect(Set(before + after) == Set(1...5))
        }
    }

    @Test func `a certificate that has ended already is no certificate`() async throws {
        let session = PureSession()
        await session.send("HELLO 1 test 1")
        session.say(session.machine.received(.line("AUTH EXTERNAL"), at: session.now))
        let effect = session.machine.completed(.certificateChecked(.ana, until: session.now.wall), at: session.now)
            .effect
        #expect(effect == .punishRefusal(tokenID: "certificate"))
    }

    @Test func `a renewed certificate serves new connections without a restart, a broken one changes nothing`()
        async throws
    {
        let authority = try await TestAuthority.make()
        let (trusted, file) = (authority.authorityFile, authority.certificateFile)
        var limits = FeedLimits.standard
        limits.noticeTicks = 2
        let server = FeedTLS(certificateFile: file, keyFile: authority.keyFile)
        let first = try PeerCertificate(file: file)
        let backup = try Data(contentsOf: URL(filePath: file))
        try await withServer(limits: limits, tls: server) { server in
            try Data("broken".utf8).write(to: URL(filePath: file))
            try await server.passQuietly(seconds: 3)
            #expect(try await shown(server, trusted) == first.fingerprint)
        }
        try backup.write(to: URL(filePath: file))
        try await withServer(limits: limits, tls: server) { server in
            #expect(try await shown(server, trusted) == first.fingerprint)
            try await renew(authority)
            let second = try PeerCertificate(file: file)
            #expect(second != first)
            try await until(server) { try await shown(server, trusted) == second.fingerprint }
        }
    }

    private func renew(_ authority: borrowing TestAuthority) async throws { try await authority.renewServer() }

    private func until(_ server: ServerFixture, _ holds: () async throws -> Bool) async throws {
        while try await !holds() {
            try Task.checkCancellation()
            try await server.passQuietly(seconds: 1)
        }
    }

    /// The fingerprint of the certificate that the server shows a new connection.
    private func shown(_ server: ServerFixture, _ authority: String) async throws -> [UInt8] {
        let openssl = try #require(Tool.find("openssl"))
        let script = """
            "$0" s_client -connect 127.0.0.1:$1 -CAfile "$2" </dev/null 2>/dev/null | "$0" x509 -noout -fingerprint -sha256
            """
        let output = try await ChildProcess.run("/bin/sh", ["-c", script, openssl, "\(server.port)", authority]).output
        return output.split(separator: "=").last.map { digits in
            digits.split(separator: ":").compactMap { UInt8($0.prefix(2), radix: 16) }
        } ?? []
    }
}
