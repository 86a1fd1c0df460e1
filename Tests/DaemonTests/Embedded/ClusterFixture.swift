import Foundation
import Logging
import Platform
import TestSupport

@testable import placeguard

/// A state directory for a private cluster of a test's own, with a small bootstrap script.
final class ClusterFixture: Sendable {
    static let bootstrap = """
        SELECT 'CREATE ROLE placeguard_owner LOGIN'
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'placeguard_owner') \\gexec
        SELECT 'CREATE ROLE placeguard_feed LOGIN'
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'placeguard_feed') \\gexec
        CREATE TABLE IF NOT EXISTS public.mark (value integer);
        INSERT INTO public.mark VALUES (1);
        GRANT SELECT ON public.mark TO placeguard_owner;
        """

    let account: Account
    let stateDirectory: String
    private let temporary: TemporaryDirectory

    /// Makes an empty state directory.
    ///
    /// As root the cluster belongs to an account without rights, as in production.
    init() throws {
        let temporary = try TemporaryDirectory()
        // The account must be able to pass through.
        try Directory(path: temporary.path).setMode(0o711)
        account = try ServiceAccount.choose(configured: nil)
        stateDirectory = try StateDirectory.prepare("\(temporary.path)/state", account: account)
        self.temporary = temporary
    }

    /// A cluster there; each value is like a process of its own.
    func cluster(
        bootstrap: String = bootstrap,
        report: @escaping @Sendable (ClusterProgress) -> Void = { _ in }
    ) async throws -> EmbeddedCluster {
        try await Self.cluster(in: stateDirectory, account: account, bootstrap: bootstrap, report: report)
    }

    static func cluster(
        in stateDirectory: String,
        account: Account,
        bootstrap: String = bootstrap,
        report: @escaping @Sendable (ClusterProgress) -> Void = { _ in }
    ) async throws -> EmbeddedCluster {
        try await EmbeddedCluster(
            stateDirectory: stateDirectory,
            account: account,
            binaries: nil,
            roles: ["placeguard_owner", "placeguard_feed"],
            bootstrap: Array(bootstrap.utf8),
            environment: ProcessInfo.processInfo.environment,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            report: report
        )
    }

    /// The number in the pid file; nil without one.
    func serverNumber() throws -> Int32? {
        try Directory(path: stateDirectory).directory(EmbeddedLayout.dataName)
            .read(PostmasterLockFile.name, limit: PostmasterLockFile.sizeLimit)
            .flatMap(PostmasterLockFile.init(parsing:))?.pid
    }

    /// The permission bits of an entry of the state directory; nil when it is not there.
    func mode(of name: String) throws -> UInt32? {
        try Directory(path: stateDirectory).facts(name)?.mode
    }

    /// What still works in the data directory once the server has been stopped: it takes its lock file away just before it ends,
    /// so what is seen gets five seconds to go.
    func leftovers() async throws -> [Int32] {
        let patience = ContinuousClock.now + .seconds(60)
        while true {
            let workers = try workers()
            if workers.isEmpty || ContinuousClock.now > patience { return workers }
            await Task.yield()
        }
    }

    /// What processes work in the data directory.
    func workers() throws -> [Int32] {
        try ProcessFacts.working(in: "\(stateDirectory)/\(EmbeddedLayout.dataName)")
    }
}

/// Asks a private cluster one question, over its socket, as a role.
enum Psql {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func ask(
        _ question: String,
        of cluster: EmbeddedCluster,
        as role: String = "placeguard_owner",
        database: String = EmbeddedLayout.database
    ) async throws -> String {
        let (status, text) = try await ChildProcess.run(
            "/usr/bin/env",
            [
                "psql", "--no-psqlrc", "--no-password", "-At", "-h", cluster.layout.socketDirectory, "-U", role, "-d",
                database, "-c", question,
            ]
        )
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard status == 0 else { throw Failure(description: trimmed) }
        return trimmed
    }
}
