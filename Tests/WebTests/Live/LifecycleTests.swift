import NIOCore
import NIOSSL
import Safeguarding
import ServiceLifecycle
import TestSupport
import Testing

@testable import Web

/// Starting, stopping, TLS.
@Suite(.timeLimit(.minutes(10))) struct LifecycleTests {
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
                    while server.bed.reports.held == 0, !Task.isCancelled { await Task.yield() }
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
                while server.bed.briefings.queries.isEmpty, !Task.isCancelled { await Task.yield() }
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

    /// The feed's readers may log in with certificates; reporters and browsers need none for that.
    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)), arguments: [false, true])
    func `over TLS the answer carries strict transport security and plain text is turned away`(
        clientCertificatesAreTaken: Bool
    ) async throws {
        let authority = try await TestAuthority.make()
        let trusted = authority.authorityFile
        var tls = authority.tls
        if clientCertificatesAreTaken { tls.clientAuthority = trusted }
        try await LiveServer.run(tls: tls) { server in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(trusted)
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

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)), arguments: [0, 1])
    func `a handshake that never comes is cut, within the share of an address and beyond it`(held: Int) async throws {
        let authority = try await TestAuthority.make()
        var limits = WebLimits()
        limits.connectionsPerAddress = 1
        limits.headTimeout = .milliseconds(200)
        limits.linger = .milliseconds(200)
        try await LiveServer.run(limits: limits, tls: authority.tls) { server in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0...held {
                    group.addTask {
                        try await RawConnection.open(server.port) { connection in
                            try await connection.read()
                            return connection.isAtEnd
                        }
                    }
                }
                for try await isCut in group { #expect(isCut) }
            }
        }
    }

    @Test(.enabled(if: TestAuthority.isAvailable, Comment(rawValue: TestAuthority.absence)))
    func `a key that does not belong to the certificate is named`() async throws {
        let one = try await TestAuthority.make()
        let mixed = WebConfiguration.TLSFiles(certificate: one.certificateFile, key: one.authorityKeyFile)
        #expect(throws: WebConfigurationError.keyDoesNotMatch) { _ = try mixed.configuration() }
        let noKey = WebConfiguration.TLSFiles(certificate: one.certificateFile, key: one.certificateFile)
        #expect(throws: WebConfigurationError.badKey) { _ = try noKey.configuration() }
        let noAuthority = WebConfiguration.TLSFiles(
            certificate: one.certificateFile,
            key: one.keyFile,
            clientAuthority: one.keyFile
        )
        #expect(throws: WebConfigurationError.badClientAuthority) { _ = try noAuthority.configuration() }
    }
}

extension TestAuthority {
    var tls: WebConfiguration.TLSFiles { WebConfiguration.TLSFiles(certificate: certificateFile, key: keyFile) }
}
