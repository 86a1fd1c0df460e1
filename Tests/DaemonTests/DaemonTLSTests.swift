import Foundation
import Safeguarding
import TestSupport
import Testing

/// A daemon that speaks TLS on both ports, and `follow` with a certificate in the place of a token.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence))
)
struct DaemonTLSTests {
    @Test(.timeLimit(.minutes(5)))
    func `with a certificate alone follow shows what was reported over HTTPS, once and in order`() async throws {
        try await onTLS { scene in
            let daemon = try await scene.start()
            let http = Self.named(daemon.addresses.http)
            let reporter = scene.reporter(prefix: "tls")
            let follow = try scene.follow(scene.day, daemon)
            defer { follow.stop() }
            #expect(await follow.shows("subscribed at 0"), "\(follow.text)")
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: http)) }
            #expect(await follow.writes(#""seq":3,"#), "\(follow.text)")
            #expect(await daemon.terminate() == 0)
            follow.stop()
            await follow.ends()

            #expect(try await scene.installation.loggedPositions() == [1, 2, 3])
            var tally = EventTally()
            tally.take(try Self.lines(follow.output), from: 0)
            #expect(tally.subscriptions == [[1, 2, 3]])
            #expect(tally.disordered == [])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a certificate that stands for no token shows nothing, and a report in the clear is not taken`() async throws {
        try await onTLS { scene in
            let daemon = try await scene.start()
            let http = Self.named(daemon.addresses.http)
            #expect(await scene.reporter(prefix: "known").sendUrgent(to: http))
            let stranger = try scene.follow(scene.stranger, daemon)
            defer { stranger.stop() }
            await stranger.ends()
            #expect(stranger.text.contains("401 auth-required"), "\(stranger.text)")
            #expect(stranger.output == "")

            let plain = ReportingClient(token: scene.tokens.reporter, prefix: "plain")
            #expect(await !plain.sendUrgent(to: daemon.addresses.http))
            #expect(try await scene.installation.logged(1) == [1])
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(
        .timeLimit(.minutes(5)),
        .enabled(if: FakeClock.isAvailable, "there is no C compiler to build the clock with")
    )
    func `a certificate that ends in mid-session ends it, and with the next nothing is lost, doubled or out of order`()
        async throws
    {
        try await onTLS { scene in
            let clock = try await FakeClock(in: scene.installation.state)
            let daemon = try await scene.start(clock.environment)
            let http = Self.named(daemon.addresses.http)
            let reporter = scene.reporter(prefix: "ends")
            let first = try scene.follow(scene.day, daemon)
            defer { first.stop() }
            #expect(await first.shows("subscribed at 0"), "\(first.text)")
            async let publishing: Void = reporter.send(to: http, connections: 2, limit: 100)
            await reporter.reached(15)
            #expect(await first.writes(#""seq":3,"#), "\(first.text)")
            // Past the one certificate, and not past the other, the server's or the authority's.
            try clock.jump(to: 26 * 3600)
            await first.ends()
            // BYE revoked, and nothing else.
            #expect(first.text.contains("the token no longer holds"), "\(first.text)")
            await publishing
            // These come while nobody is there.
            for _ in 0..<2 { #expect(await reporter.sendUrgent(to: http)) }
            let log = try await scene.installation.logged(reporter.receipts.count)
            let last = try #require(log.last)

            let second = try scene.follow(scene.twoDays, daemon)
            defer { second.stop() }
            #expect(await second.writes(#""seq":\#(last),"#), "\(second.text)")
            #expect(await daemon.terminate() == 0)
            second.stop()
            await second.ends()

            let resumed = second.text.firstMatch(of: /subscribed at ([0-9]+)/).flatMap { Int64($0.output.1) }
            let at = try #require(resumed, "\(second.text)")
            var tally = EventTally()
            tally.take(try Self.lines(first.output), from: 0)
            let seen = tally.last
            tally.take(try Self.lines(second.output), from: at)
            #expect(at <= seen && seen >= 3 && seen < last, "\(at) and \(seen) of \(last)")
            #expect(tally.subscriptions == [log.filter { $0 <= seen }, log.filter { $0 > at }])
            #expect(tally.lost(of: log) == [])
            #expect(tally.disordered == [])
            #expect(tally.repeated == log.filter { $0 > at && $0 <= seen }, "shown and not acknowledged")
            #expect(reporter.unexpected == [])
        }
    }

    // MARK: Parts

    private typealias Files = (certificateFile: String, keyFile: String)

    /// An installation whose daemon speaks TLS, and what its readers and reporters need for that.
    private struct Scene {
        var installation: Installation
        var tokens: Installation.Tokens
        /// The daemon's settings.
        var settings: [String: String]
        var authorityFile: String
        /// Two for the coordinator's token, and one that stands for none.
        var day: Files
        var twoDays: Files
        var stranger: Files

        func start(_ more: [String: String] = [:]) async throws -> DaemonProcess {
            try await installation.start(settings.merging(more) { $1 })
        }

        func reporter(prefix: String) -> ReportingClient {
            ReportingClient(token: tokens.reporter, prefix: prefix, authorityFile: authorityFile)
        }

        /// `follow` as a service of one person runs it, with a certificate and no token.
        func follow(_ files: Files, _ daemon: DaemonProcess) throws -> Program {
            try Program(
                DaemonProcess.binary,
                [
                    "follow", "--json", "--connect", DaemonTLSTests.named(daemon.addresses.feed), "--tls", "--ca",
                    authorityFile, "--certificate", files.certificateFile, "--key", files.keyFile, "--name", "service",
                ]
            )
        }
    }

    private func onTLS(_ body: (Scene) async throws -> Void) async throws {
        try await Installation.onTestCluster { installation in
            let authority = try await TestAuthority.make()
            let scene = Scene(
                installation: installation,
                tokens: try await installation.prepare(),
                settings: [
                    "PLACEGUARD_TLS_CERTIFICATE": authority.certificateFile,
                    "PLACEGUARD_TLS_KEY": authority.keyFile,
                    "PLACEGUARD_TLS_CLIENT_CA": authority.authorityFile,
                ],
                authorityFile: authority.authorityFile,
                day: try await authority.makeClient("day", days: 1),
                twoDays: try await authority.makeClient("two-days"),
                stranger: try await authority.makeClient("stranger")
            )
            // The daemon reads them as whom it becomes.
            let folder = URL(filePath: scene.authorityFile).deletingLastPathComponent().path
            for path in [folder] + scene.settings.values { try Installation.giveToService(path) }
            let id = try #require(scene.tokens.coordinator.split(separator: ".").first)
            for files in [scene.day, scene.twoDays] {
                _ = try await installation.placeguard(
                    "token",
                    "certify",
                    String(id),
                    "--certificate",
                    files.certificateFile
                )
            }
            try await body(scene)
            // Everybody reads below it: the directory must live until here.
            _ = authority.authorityFile
        }
    }

    /// An address by the name that stands on the server's certificate.
    private static func named(_ address: String) -> String { address.replacing("127.0.0.1", with: "localhost") }

    /// The events that `follow --json` has written, as lines that a tally reads.
    private static func lines(_ output: String) throws -> [String] {
        var lines: [String] = []
        for line in output.split(separator: "\n") {
            let event = try JSONReader.read(bytes: Array(line.utf8))
            let seq = try #require(event["seq"]?.integer, "\(line)")
            let prev = try #require(event["prev"]?.integer, "\(line)")
            lines.append("EVT service \(seq) \(prev)")
        }
        return lines
    }
}
