import Foundation
import Safeguarding
import TestSupport
import Testing

/// The disk is full: nothing is acknowledged that is not on it, and it goes on by itself once there is room.
///
/// Needs a small file system of its own, which only root can make.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: it mounts a small file system to fill"))
struct DiskFullTests {
    private static let size = "160m"

    @Test(.timeLimit(.minutes(5)))
    func `reports are refused with 503 while the disk is full and taken again when there is room`() async throws {
        try await Self.withSmallFileSystem { mount in
            let state = mount + "/state"
            try FileManager.default.createDirectory(
                atPath: state,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            try Installation.giveToService(state)
            try await Installation.embedded(in: state) { installation in
                let tokens = try await installation.prepare()
                let daemon = try await installation.start()
                let reporter = ReportingClient(token: tokens.reporter, prefix: "full")
                await reporter.send(to: daemon.addresses.http, connections: 4, limit: 40)
                #expect(reporter.receipts.count >= 40)

                // Whatever is left of the disk goes to a file of somebody else's.
                let ballast = mount + "/ballast"
                try await Self.run("/bin/sh", "-c", "cat /dev/zero >\(ballast) 2>/dev/null; test -s \(ballast)")
                // Until the database has used up what it had allocated, reports still fit; then they are refused.
                await reporter.send(to: daemon.addresses.http, connections: 4, limit: 1_000_000)
                let before = reporter.receipts.count
                #expect(reporter.unexpected.isEmpty)
                #expect(!reporter.unanswered.isEmpty, "some report had to be refused")

                try FileManager.default.removeItem(atPath: ballast)
                await reporter.sendThrough(to: daemon.addresses.http, connections: 4, limit: before + 40)
                await reporter.resendThrough(to: daemon.addresses.http)
                #expect(reporter.unexpected.isEmpty)

                let stored = try await installation.storedReferences()
                for (reference, report) in reporter.receipts { #expect(stored[reference] == [report]) }
                #expect(stored.count == reporter.receipts.count)
                #expect(await daemon.terminate() == 0)
            }
        }
    }

    private static func withSmallFileSystem<R>(_ body: (String) async throws -> R) async throws -> R {
        let temporary = try TemporaryDirectory()
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: temporary.path)
        let mount = temporary.path + "/m"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: false)
        try await run("/bin/mount", "-t", "tmpfs", "-o", "size=\(size),mode=711", "placeguard", mount)
        do {
            let result = try await body(mount)
            try await run("/bin/umount", "-l", mount)
            _ = temporary.path
            return result
        } catch {
            try await run("/bin/umount", "-l", mount)
            throw error
        }
    }

    private static func run(_ program: String, _ arguments: String...) async throws {
        let status = try await ChildProcess.run(program, arguments).status
        try #require(status == 0, "\(program) ended with \(status)")
    }
}
