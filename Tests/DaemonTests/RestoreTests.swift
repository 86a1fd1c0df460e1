import AlertFeed
import Foundation
import TestSupport
import Testing

/// Backup and restore as Deploy/README.md has them, line by line.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("pg_dump") != nil, "pg_dump is not installed")
)
struct RestoreTests {
    /// The commands of the section's blocks, in order.
    private static func documented() throws -> [String] {
        let section = try #require(
            try Repository.text("Deploy/README.md").components(separatedBy: "\n## Backup and restore\n").dropFirst()
                .first?
                .components(separatedBy: "\n## ").first
        )
        return section.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    /// The same for an installation of a test: its directories, its account, and no service manager.
    private static func commands(_ text: String, _ installation: Installation, in directory: String) throws -> String {
        let isRoot = geteuid() == 0
        let bootstrap = directory + "/bootstrap.sql"
        try Repository.text("Deploy/bootstrap.sql").write(toFile: bootstrap, atomically: true, encoding: .utf8)
        try Installation.giveToService(bootstrap)
        var text = text
        for (documented, here) in [
            ("cd /var/backups && umask 077", ""), ("tar -C /etc -cf configuration.tar placeguard", ""),
            ("/usr/local/share/placeguard/bootstrap.sql", bootstrap), ("/var/lib/placeguard", installation.state),
            ("sudo systemctl stop placeguard", ""), ("sudo systemctl start placeguard && ", ""),
            ("sudo -u placeguard ", isRoot ? "runuser -u postgres -- " : ""),
            ("-o placeguard -g placeguard ", isRoot ? "-o postgres -g postgres " : ""),
            ("sudo placeguard ", DaemonProcess.binary + " "), ("sudo ", ""),
            // It checks what runs, which nothing does here.
            (" && \(DaemonProcess.binary) doctor", ""),
        ] { text = text.replacing(documented, with: here) }
        return "cd '\(directory)'\nset -euo pipefail\n" + text
    }

    @Test(.timeLimit(.minutes(10)))
    func `what was backed up is there after the documented restore, and followers are told`() async throws {
        try await Installation.embedded { installation in
            let blocks = try Self.documented()
            try #require(blocks.count == 2, "a block that backs up and one that restores")
            let directory = installation.state + "-backup"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            func run(_ block: String) async throws {
                let shell = try Program(
                    try #require(Tool.find("bash")),
                    ["-c", try Self.commands(block, installation, in: directory)],
                    environment: installation.environment
                )
                #expect(await shell.ends() == 0, "\(shell.text)")
            }

            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "kept")
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            let positions = try await installation.logged(3)
            try await run(blocks[0])
            // What came behind the backup is lost, as the section says.
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            #expect(await daemon.terminate() == 0)
            try await run(blocks[1])

            let restored = try await installation.start()
            #expect(try await installation.loggedPositions().prefix(3) == positions.prefix(3))
            let listed = try await RawFeed.with(restored.addresses.feed) { feed in
                try await feed.logIn(tokens.coordinator)
                return try await feed.ask("LIST")
            }
            #expect(listed.hasPrefix("OK @q LIST lines=3"), "\(listed)")
            #expect(try await installation.placeguard("audit", "verify").contains("entries"))
            #expect(await restored.terminate() == 0)
        }
    }
}
