import Foundation
import Platform
import StoreTestSupport
import TestSupport

/// A primary and its asynchronous standby, made for one test, on sockets of their own.
final class ReplicatedServer: Sendable {
    private let directory: TemporaryDirectory

    private init(directory: consuming TemporaryDirectory) { self.directory = directory }

    static var isAvailable: Bool { programs != nil && PostgresServer.isAvailable }

    /// Both hosts, of which the one that takes writes is wanted.
    var connectionString: String {
        "host=\(directory.path)/p,\(directory.path)/s port=5432,5432 user=postgres dbname=placeguard "
            + "target_session_attrs=read-write connect_timeout=3"
    }

    private static var programs: String? {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap(Int.init).max().map { "/usr/lib/postgresql/\($0)/bin" }
    }

    /// Makes both and has the standby stream.
    static func start() async throws -> ReplicatedServer {
        let server = ReplicatedServer(directory: try TemporaryDirectory())
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: server.directory.path)
        try Installation.giveToService(server.directory.path)
        let bootstrap = server.directory.path + "/bootstrap.sql"
        try StoreFixture.bootstrapScript().write(toFile: bootstrap, atomically: true, encoding: .utf8)
        try await server.run(
            """
            mkdir -m 755 p s
            initdb -D primary -U postgres --encoding=UTF8 --locale=C.UTF-8 --auth=trust >/dev/null
            cat >>primary/postgresql.conf <<END
            listen_addresses = ''
            max_connections = 60
            shared_buffers = 32MB
            jit = off
            END
            pg_ctl start -s -w -D primary -l primary.log -o "-k $PWD/p"
            createdb -h "$PWD/p" -U postgres placeguard
            psql -qX -v ON_ERROR_STOP=1 -h "$PWD/p" -U postgres -d placeguard -f bootstrap.sql >/dev/null
            pg_basebackup -h "$PWD/p" -U postgres -D standby -R -X stream -c fast
            pg_ctl start -s -w -D standby -l standby.log -o "-k $PWD/s"
            """
        )
        return server
    }

    /// Waits until the standby has replayed what the primary has written by now.
    func catchUp() async throws {
        try await run(
            """
            reached=$(psql -qAtX -h "$PWD/p" -U postgres -c 'SELECT pg_current_wal_lsn()')
            until [ "$(psql -qAtX -h "$PWD/s" -U postgres -c "SELECT pg_last_wal_replay_lsn() >= '$reached'")" = t ]; do :; done
            """
        )
    }

    /// From now on the standby gets nothing more.
    func cutOff() async throws {
        try await run(
            """
            psql -qX -h "$PWD/s" -U postgres -c "ALTER SYSTEM SET primary_conninfo = ''" -c 'SELECT pg_reload_conf()' >/dev/null
            until [ "$(psql -qAtX -h "$PWD/s" -U postgres -c 'SELECT count(*) FROM pg_stat_wal_receiver')" = 0 ]; do :; done
            """
        )
    }

    /// Kills the primary without mercy and promotes the standby.
    func failOver() async throws {
        try await run(
            """
            primary=$(head -n 1 primary/postmaster.pid)
            kill -9 "$primary" $(ps -o pid= --ppid "$primary")
            pg_ctl promote -s -w -D standby
            """
        )
    }

    func stop() async throws {
        try await run("for side in primary standby; do pg_ctl stop -s -m immediate -D $side || true; done")
    }

    /// Runs a script in the directory as the account that PostgreSQL runs as.
    private func run(_ script: String) async throws {
        let programs = Self.programs ?? ""
        let text = "set -eu; cd \"\(directory.path)\"; export PATH=\"\(programs):$PATH\"; \(script)"
        let isRoot = geteuid() == 0
        let (program, arguments) =
            isRoot
            ? ("/usr/sbin/runuser", ["-u", "postgres", "--", "/bin/bash", "-c", text]) : ("/bin/bash", ["-c", text])
        let (status, output) = try await ChildProcess.run(program, arguments)
        guard status == 0 else { throw Failed(output: output) }
    }

    struct Failed: Error {
        var output: String
    }
}
