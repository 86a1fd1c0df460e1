import Foundation
import NIOCore
import NIOSSL
import Safeguarding
import ServiceLifecycle
import Testing

@testable import Web

/// Starting, stopping, TLS.
@Suite(.timeLimit(.minutes(2))) struct LifecycleTests {
    @Test func `on shutdown what was accepted is answered and what comes later is refused as draining`() async throws {
        try await LiveServer.run { server in
            server.bed.reports.hold()
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    try await RawConnection.open(server.port) { connection in
                        try await connection.send(
                            LiveServer.request("POST", "/v1/reports", body: TestBed.report("D-1"))
                        )
                        return try await connection.read()
                    }
                }
                try await RawConnection.open(server.port) { connection in
                    while server.bed.reports.held == 0 { await Task.yield() }
                    try await connection.send(LiveServer.request("GET", "/readyz"))
                    #expect(try await connection.readAnswer().hasPrefix("HTTP/1.1 200"))
                    await server.group.triggerGracefulShutdown()
                    var answer = ""
                    repeat {
                        answer = try await RawConnection.open(server.port) { late in
                            try await late.send(LiveServer.request("GET", "/v1/hotspots", token: "meeting"))
                            return try await late.readAnswer()
                        }
                    } while answer.hasPrefix("HTTP/1.1 200")
                    #expect(answer.hasPrefix("HTTP/1.1 503"))
                    #expect(answer.contains("\"reason\":\"draining\""))
                    #expect(answer.lowercased().contains("connection: close"))
                    #expect(answer.lowercased().contains("retry-after: 5"))
                    try await connection.send(LiveServer.request("GET", "/readyz"))
                    let ready = try await connection.readAnswer()
                    #expect(ready.hasPrefix("HTTP/1.1 503") && ready.contains("draining"))
                }
                server.bed.reports.release()
                let accepted = try await group.next()
                #expect(accepted?.hasPrefix("HTTP/1.1 201") == true)
                #expect(accepted?.lowercased().contains("connection: close") == true)
            }
        }
    }

    @Test func `requests that do not end are cut at the bound of the drain`() async throws {
        var limits = WebLimits()
        limits.drain = .milliseconds(100)
        limits.requestTimeout = .seconds(600)
        try await LiveServer.run(limits: limits) { server in
            server.bed.briefings.stall()
            try await RawConnection.open(server.port) { connection in
                try await connection.send(LiveServer.request("GET", "/v1/hotspots", token: "meeting"))
                while server.bed.briefings.queries.isEmpty { await Task.yield() }
                await server.group.triggerGracefulShutdown()
                try await connection.read()
                #expect(connection.isAtEnd)
            }
        }
    }

    @Test func `a connection that asks nothing does not hold up the shutdown`() async throws {
        try await LiveServer.run { server in
            try await RawConnection.open(server.port) { connection in
                try await connection.send(LiveServer.request("GET", "/healthz"))
                _ = try await connection.readAnswer()
                await server.group.triggerGracefulShutdown()
                try await connection.read()
                #expect(connection.isAtEnd)
            }
        }
    }

    @Test(.enabled(if: Certificates.areAvailable, "openssl makes the certificate of this test"))
    func `over TLS the answer carries strict transport security and plain text is turned away`() async throws {
        let files = try Certificates.make()
        defer { files.remove() }
        try await LiveServer.run(tls: files.tls) { server in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(files.tls.certificate)
            configuration.certificateVerification = .noHostnameVerification
            let context = try NIOSSLContext(configuration: configuration)
            try await RawConnection.open(server.port, tls: context) { connection in
                try await connection.send(LiveServer.request("POST", "/v1/reports", body: TestBed.report("TLS-1")))
                let answer = try await connection.readAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 201"))
                #expect(answer.lowercased().contains("strict-transport-security: max-age=31536000"))
                try await connection.send(LiveServer.request("GET", "/healthz", more: ["Connection: close"]))
                #expect(try await connection.read().contains("ok\n"))
                #expect(connection.isAtEnd)
            }
            try await RawConnection.open(server.port) { connection in
                try await connection.send(LiveServer.request("GET", "/healthz"))
                #expect(try await !connection.read().contains("ok\n"))
            }
        }
    }

    @Test(.enabled(if: Certificates.areAvailable, "openssl makes the certificate of this test"))
    func `a key that does not belong to the certificate is named`() throws {
        let one = try Certificates.make()
        let other = try Certificates.make()
        defer { one.remove(); other.remove() }
        let mixed = WebConfiguration.TLSFiles(certificate: one.tls.certificate, key: other.tls.key)
        #expect(throws: WebConfigurationError.keyDoesNotMatch) { _ = try mixed.configuration() }
        let noKey = WebConfiguration.TLSFiles(certificate: one.tls.certificate, key: one.tls.certificate)
        #expect(throws: WebConfigurationError.badKey) { _ = try noKey.configuration() }
        let noAuthority = WebConfiguration.TLSFiles(
            certificate: one.tls.certificate,
            key: one.tls.key,
            clientAuthority: one.tls.key
        )
        #expect(throws: WebConfigurationError.badClientAuthority) { _ = try noAuthority.configuration() }
    }
}

/// Throw-away certificates for 127.0.0.1.
struct Certificates {
    let directory: URL

    private static let program = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static var areAvailable: Bool { program != nil }

    var tls: WebConfiguration.TLSFiles {
        WebConfiguration.TLSFiles(
            certificate: directory.appendingPathComponent("cert.pem").path,
            key: directory.appendingPathComponent("key.pem").path
        )
    }

    static func make() throws -> Certificates {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let made = Certificates(directory: directory)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(program))
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj",
            "/CN=placeguard.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made.tls.key, "-out",
            made.tls.certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return made
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }
}
