import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

@testable import placeguard

/// Which targets events are sent to at all.
struct WebhookConnectionTests {
    private func status(_ configuration: HTTPClient.Configuration, _ port: Substring) async throws -> UInt {
        let client = HTTPClient(configuration: configuration)
        do {
            let status = try await client.execute(
                HTTPClientRequest(url: "https://localhost:\(port)/"),
                timeout: .seconds(20)
            ).status.code
            try await client.shutdown()
            return status
        } catch {
            try await client.shutdown()
            throw error
        }
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
        let configuration = WebhookConnection.configuration(authorityFile: authority.authorityFile)
        await #expect(throws: NIOSSLError.self) { try await status(configuration, port) }
        // It would have answered.
        var old = configuration
        old.tlsConfiguration?.minimumTLSVersion = .tlsv11
        #expect(try await status(old, port) == 200)
    }

    @Test(arguments: [nil, "/etc/ssl/ca.pem"])
    func `nothing older than TLS 1_2 is spoken and no redirect followed, whoever is trusted`(_ authority: String?) {
        let configuration = WebhookConnection.configuration(authorityFile: authority)
        #expect(configuration.tlsConfiguration?.minimumTLSVersion == .tlsv12)
    }
}
