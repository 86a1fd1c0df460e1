import Foundation
import Platform
import Synchronization
import Testing

@testable import placeguard

/// The private cluster on a real PostgreSQL.
///
/// Each test has one of its own.
@Suite(.timeLimit(.minutes(10)), .serialized) struct EmbeddedClusterTests {
    @Test func `the first use makes a private, durable cluster and prepares the database once`() async throws {
        let fixture = try ClusterFixture()
        let reported = Mutex<[ClusterProgress]>([])
        let cluster = try await fixture.cluster { progress in
            // What takes long is told again while it does: how often is the disk's affair.
            reported.withLock { steps in if steps.last != progress { steps.append(progress) } }
        }
        let settings = try await cluster.withServer {
            let query = """
                SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN
                ('listen_addresses', 'fsync', 'jit', 'data_checksums', 'server_encoding', 'unix_socket_permissions')
                """
            return try await Psql.ask(query, of: cluster)
        }
        #expect(
            settings
                == "data_checksums=on fsync=on jit=off listen_addresses= server_encoding=UTF8 unix_socket_permissions=0700"
        )
        #expect(reported.withLock { $0 } == [.initialising, .starting, .bootstrapping])
        #expect(try await fixture.leftovers() == [], "the last user out stops the server")
        #expect(try fixture.mode(of: EmbeddedLayout.dataName) == 0o700)
        #expect(try fixture.mode(of: EmbeddedLayout.socketName) == 0o700)

        let again = try await fixture.cluster()
        let marks = try await again.withServer { try await Psql.ask("SELECT count(*) FROM mark", of: again) }
        #expect(marks == "1", "a script that was run is not run again")
        let changed = try await fixture.cluster(bootstrap: ClusterFixture.bootstrap + "\n-- changed\n")
        let marksAfterChange = try await changed.withServer {
            try await Psql.ask("SELECT count(*) FROM mark", of: changed)
        }
        #expect(marksAfterChange == "2", "a changed one is")
    }

    @Test func `admits the mapped roles to the one database only`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        try await cluster.withServer {
            let user = try await Psql.ask("SELECT current_user", of: cluster, as: "placeguard_feed")
            #expect(user == "placeguard_feed")
            for (role, database) in [
                ("placeguard_owner", "postgres"), ("nobody", "placeguard"), ("root", "placeguard"),
            ] {
                let failure = await #expect(throws: Psql.Failure.self) {
                    try await Psql.ask("SELECT 1", of: cluster, as: role, database: database)
                }
                #expect(failure?.description.contains("pg_hba.conf rejects connection") == true)
            }
        }
    }

    @Test func `of several users the last one out stops the server`() async throws {
        let fixture = try ClusterFixture()
        let first = try await fixture.cluster()
        let second = try await fixture.cluster()
        let number = try await first.withServer {
            let number = try fixture.serverNumber()
            let inner = try await second.withServer { try fixture.serverNumber() }
            #expect(inner == number, "the second uses the server of the first")
            #expect(try fixture.serverNumber() == number, "and leaves it running")
            return number
        }
        #expect(number != nil)
        #expect(try await fixture.leftovers() == [])
    }

    @Test func `supervises: a killed server comes back, and a graceful stop leaves nothing`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        let daemon = try await RunningDaemon.run(cluster) {
            try await cluster.awaitReady()
            let killed = try #require(try fixture.serverNumber())
            #expect(cluster.status == .ready)
            #expect(kill(killed, SIGKILL) == 0)
            try await until { try fixture.serverNumber() != killed && cluster.status == .ready }
            #expect(try await Psql.ask("SELECT 1", of: cluster) == "1")
            return killed
        }
        #expect(daemon > 0)
        #expect(cluster.status == .stopped)
        #expect(try await fixture.leftovers() == [])
        #expect(try fixture.serverNumber() == nil)
    }

    @Test func `a second daemon on the same directory is refused`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        let second = try await fixture.cluster()
        try await RunningDaemon.run(cluster) {
            try await cluster.awaitReady()
            let number = try fixture.serverNumber()
            await #expect(throws: ClusterRefusal.daemonRunning(directory: fixture.stateDirectory)) {
                try await second.run()
            }
            await #expect(throws: ClusterRefusal.self) { try await second.awaitReady() }
            #expect(try fixture.serverNumber() == number, "and does not touch the server of the first")
        }
    }

    @Test func `cancellation, the hard stop, leaves no server behind either`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cluster.run() }
            try? await cluster.awaitReady()
            group.cancelAll()
        }
        #expect(cluster.status == .stopped)
        #expect(try await fixture.leftovers() == [])
    }

    @Test func `cancelled while it still starts, it leaves no server behind`() async throws {
        let fixture = try ClusterFixture()
        try await fixture.cluster().withServer {}
        let (reached, reach) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let cluster = try await fixture.cluster { progress in if progress == .starting { reach.yield() } }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cluster.run() }
            for await _ in reached { break }
            group.cancelAll()
        }
        #expect(try await fixture.leftovers() == [])
    }

    @Test func `takes over the server that a killed daemon left behind`() async throws {
        let fixture = try ClusterFixture()
        await #expect(processExitsWith: .exitCode(42)) { [state = fixture.stateDirectory as String] in
            let cluster = try await ClusterFixture.cluster(
                in: state,
                account: ServiceAccount.choose(configured: nil)
            )
            // Ends as a kill would end it: no shutdown of any kind.
            try await cluster.withServer { () -> Void in exit(42) }
        }
        let orphan = try #require(try fixture.serverNumber())
        let cluster = try await fixture.cluster()
        try await cluster.withServer {
            let number = try fixture.serverNumber()
            #expect(number == orphan)
            let marks = try await Psql.ask("SELECT count(*) FROM mark", of: cluster)
            #expect(marks == "1")
        }
        #expect(try await fixture.leftovers() == [], "and stops it like its own")
    }

    @Test func `does not take over a server whose directory was opened to others, nor stops it`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        let second = try await fixture.cluster()
        try await cluster.withServer {
            let data = try Directory(path: fixture.stateDirectory).directory(EmbeddedLayout.dataName)
            try data.setMode(0o750)
            let refusal = ClusterRefusal.dataDirectoryOpen(cluster.layout.dataDirectory, mode: "750")
            await #expect(throws: refusal) { try await second.withServer {} }
            #expect(try fixture.workers().isEmpty == false)
            try data.setMode(0o700)
        }
    }

    @Test func `starts although the number in the pid file went to another process`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        try await cluster.withServer {}
        let data = try Directory(path: fixture.stateDirectory).directory(EmbeddedLayout.dataName)
        let text =
            "\(getpid())\n\(cluster.layout.dataDirectory)\n1\n5432\n\(cluster.layout.socketDirectory)\n\n\nready   \n"
        try data.write(PostmasterLockFile.name, Array(text.utf8), mode: 0o600, owner: fixture.account)
        try await cluster.withServer {
            let number = try fixture.serverNumber()
            #expect(number != getpid())
        }
    }

    @Test func `a half-made directory of an interrupted first start is made anew`() async throws {
        let fixture = try ClusterFixture()
        let state = try Directory(path: fixture.stateDirectory)
        let half = try state.makeDirectory(EmbeddedLayout.newDataName, mode: 0o700, owner: fixture.account)
        try half.write("PG_VERSION", Array("15\n".utf8), mode: 0o600, owner: fixture.account)
        let cluster = try await fixture.cluster()
        let answer = try await cluster.withServer { try await Psql.ask("SELECT 1", of: cluster) }
        #expect(answer == "1")
        #expect(try fixture.mode(of: EmbeddedLayout.newDataName) == nil)
    }

    @Test func `says what PostgreSQL said when it does not start`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster()
        try await cluster.withServer {}
        let data = try Directory(path: fixture.stateDirectory).directory(EmbeddedLayout.dataName)
        let settings = try #require(try data.read("postgresql.conf", limit: 1 << 20))
        let broken = settings + Array("\nno_such_setting = 1\n".utf8)
        try data.write("postgresql.conf", broken, mode: 0o600, owner: fixture.account)
        let failure = await #expect(throws: ClusterToolFailure.self) { try await cluster.withServer {} }
        #expect(failure?.tool == "pg_ctl")
        #expect(failure?.description.contains("no_such_setting") == true)
    }

    @Test func `says what psql said when the bootstrap fails, and stops`() async throws {
        let fixture = try ClusterFixture()
        let cluster = try await fixture.cluster(bootstrap: "CREATE EXTENSION no_such_extension;")
        let refusal = await #expect(throws: ClusterRefusal.self) { try await cluster.withServer {} }
        #expect(refusal?.name == "postgresql-tool-failed")
        #expect(refusal?.description.contains("no_such_extension") == true)
        #expect(try await fixture.leftovers() == [])
    }

    /// Looks again and again until a condition holds; the suite's time limit is the bound.
    private func until(_ condition: () throws -> Bool) async throws {
        while try !condition() { await Pause.uncancellable(.milliseconds(20)) }
    }
}
