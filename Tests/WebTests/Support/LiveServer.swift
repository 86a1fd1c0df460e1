import Foundation
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport

@testable import Web

/// The whole server on a port of its own, with intake beside it, as the daemon runs them.
struct LiveServer {
    let bed: TestBed
    let port: Int
    let group: ServiceGroup

    /// Runs a test against it and stops it gracefully.
    static func run(
        limits: WebLimits = WebLimits(),
        tls: WebConfiguration.TLSFiles? = nil,
        _ test: @Sendable (LiveServer) async throws -> Void
    ) async throws {
        let bed = try TestBed()
        let listening = Handoff<Int>()
        let server = try WebServer(
            configuration: WebConfiguration(host: "127.0.0.1", port: 0, tls: tls, limits: limits),
            services: bed.services,
            metrics: TestBed.metrics,
            logger: bed.log.logger
        ) { address in _ = await listening.give(address?.port ?? 0) }
        let services = ServiceGroup(services: [bed.intake, server], logger: bed.log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { listening.finish() }
                try await services.run()
            }
            if let port = await listening.take() {
                try await test(LiveServer(bed: bed, port: port, group: services))
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    /// A request as text; `body` gets its length.
    static func request(
        _ method: String,
        _ path: String,
        token: String? = "reporter",
        body: String? = nil,
        type: String = "application/json",
        more: [String] = []
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: placeguard.test"]
        if let token { lines.append("Authorization: Bearer \(token).secret-of-\(token)") }
        if let body { lines += ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"] }
        return (lines + more).joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// Files this process may have open at once.
    static var openFiles: Int {
        let limits = (try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8)) ?? ""
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
