import Foundation
import TestSupport
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct ConnectTests {
        private func answer(_ settings: ConnectionSettings) async throws -> Int32 {
            try await withConnection(settings) { try await $0.query("SELECT 42::int4")[0].int32(0) }
        }

        private func settings(hosts: String, ports: String, _ more: [String: String] = [:]) throws -> ConnectionSettings
        {
            var keywords = ["host": hosts, "port": ports, "sslmode": "disable"]
            keywords.merge(more) { _, new in new }
            return try PostgresServer.settings(keywords: keywords)
        }

        /// A host that takes connections and never answers.
        private func silentHost() async throws -> FaultyProxy {
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            proxy.fault = .stall
            return proxy
        }

        /// A port nobody listens on.
        private func closedPort() async throws -> Int {
            let proxy = try await FaultyProxy(target: PostgresServer.port())
            proxy.stop()
            return proxy.port
        }

        @Test func `the settings reach the session`() async throws {
            var settings = try PostgresServer.settings()
            settings.statementTimeout = .milliseconds(1234)
            settings.sessionSettings = ["search_path": "pg_catalog, public"]
            let rows = try await withConnection(settings) { connection in
                try await connection.query(
                    """
                    SELECT current_setting('statement_timeout'), current_setting('search_path'),
                        current_setting('application_name'), current_setting('client_encoding')
                    """
                )
            }
            #expect(
                try (0..<4).map { try rows[0].text($0) } == [
                    "1234ms", "pg_catalog, public", "placeguard-tests", "UTF8",
                ]
            )
        }

        @Test func `a host name is looked up`() async throws {
            #expect(try await answer(settings(hosts: "localhost", ports: "\(PostgresServer.port())")) == 42)
        }

        @Test func `a host name that does not exist is refused`() async throws {
            await #expect { _ = try await answer(settings(hosts: "nowhere.invalid", ports: "5432")) } throws: {
                ($0 as? PostgresError)?.code == .connection
            }
        }

        @Test func `a first host that refuses is passed over`() async throws {
            let closed = try await closedPort()
            let port = try await PostgresServer.port()
            #expect(try await answer(settings(hosts: "127.0.0.1,127.0.0.1", ports: "\(closed),\(port)")) == 42)
        }

        @Test func `a first host that hangs is passed over when its time is up`() async throws {
            let silent = try await silentHost()
            let port = try await PostgresServer.port()
            var settings = try settings(hosts: "127.0.0.1,127.0.0.1", ports: "\(silent.port),\(port)")
            settings.connectTimeout = .milliseconds(200)
            #expect(try await answer(settings) == 42)
        }

        @Test func `when all hosts hang the attempt times out`() async throws {
            let silent = try await silentHost()
            var settings = try settings(hosts: "127.0.0.1,127.0.0.1", ports: "\(silent.port),\(silent.port)")
            settings.connectTimeout = .milliseconds(50)
            await #expect { _ = try await answer(settings) } throws: { ($0 as? PostgresError)?.code == .timeout }
        }

        @Test func `when all hosts refuse the attempt is refused`() async throws {
            let closed = try await closedPort()
            await #expect {
                _ = try await answer(settings(hosts: "127.0.0.1,127.0.0.1", ports: "\(closed),\(closed)"))
            } throws: {
                ($0 as? PostgresError)?.code == .connection
            }
        }

        @Test func `a standby is asked for in vain`() async throws {
            let port = try await PostgresServer.port()
            let standby = try settings(
                hosts: "127.0.0.1,127.0.0.1",
                ports: "\(port),\(port)",
                ["target_session_attrs": "standby"]
            )
            await #expect { _ = try await answer(standby) } throws: { ($0 as? PostgresError)?.code == .connection }
        }

        @Test func `a primary is preferred to nothing when no standby is there`() async throws {
            let port = try await PostgresServer.port()
            let preference = try settings(
                hosts: "127.0.0.1,127.0.0.1",
                ports: "\(port),\(port)",
                ["target_session_attrs": "prefer-standby"]
            )
            #expect(try await answer(preference) == 42)
        }

        @Test func `a database that does not exist is refused with its code`() async throws {
            await #expect {
                _ = try await answer(PostgresServer.settings(database: "placeguard_no_such_database"))
            } throws: {
                ($0 as? PostgresError)?.sqlState == "3D000"
            }
        }

        @Test func `a wrong password is refused with its code, a right one is not`() async throws {
            let role = "placeguard_test_\(UInt64.random(in: 0..<(.max)))"
            try await TestDatabase.administer(
                """
                DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'placeguard_test_password') THEN
                        CREATE ROLE placeguard_test_password;
                    END IF;
                END $$;
                CREATE ROLE \(role) LOGIN PASSWORD 'right' IN ROLE placeguard_test_password;
                """
            )
            let port = try await PostgresServer.port()
            func settings(_ password: String) throws -> ConnectionSettings {
                try self.settings(hosts: "127.0.0.1", ports: "\(port)", ["user": role, "password": password])
            }
            #expect(try await answer(settings("right")) == 42)
            await #expect { _ = try await answer(settings("wrong")) } throws: {
                let error = $0 as? PostgresError
                return error?.sqlState == "28P01" && error?.description.contains(role) == false
            }
            try await TestDatabase.administer("DROP ROLE \(role)")
        }

        @Test func `TLS is used when asked for, and a certificate for another name is refused`() async throws {
            let port = try await PostgresServer.port()
            let tls = try await withConnection(PostgresServer.settings()) { connection in
                try await connection.query("SHOW ssl")[0].text(0)
            }
            try #require(tls == "on", "the test cluster has no TLS")
            let certificate = try await withConnection(PostgresServer.settings()) { connection in
                try await connection.query("SELECT pg_read_file(current_setting('ssl_cert_file'))")[0].text(0)
            }
            try await withTemporaryFile(certificate) { path in
                let verified = [
                    "hostaddr": "127.0.0.1", "sslmode": "verify-full", "sslrootcert": path,
                ]
                let right = try settings(hosts: "localhost", ports: "\(port)", verified)
                let encrypted = try await withConnection(right) { connection in
                    try await connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0].bool(0)
                }
                #expect(encrypted)
                // Large answers over TLS: what OpenSSL has buffered must not be waited for.
                let size = try await withConnection(right) { connection in
                    try await connection.query("SELECT repeat('x', 5000000)")[0].text(0).utf8.count
                }
                #expect(size == 5_000_000)
                let wrong = try settings(hosts: "marlowick.example", ports: "\(port)", verified)
                await #expect { _ = try await answer(wrong) } throws: { ($0 as? PostgresError)?.code == .connection }
            }
        }

        private func withTemporaryFile(_ text: String, _ body: (String) async throws -> Void) async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "placeguard-test-\(UUID().uuidString)")
            try text.write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            try await body(file.path)
        }

        @Test func `cancelling the task ends the attempt`() async throws {
            let silent = try await silentHost()
            let settings = try settings(hosts: "127.0.0.1", ports: "\(silent.port)")
            await withTaskGroup(of: PostgresError?.self) { group in
                group.addTask { await failure { try await withConnection(settings) { _ in } } }
                group.cancelAll()
                #expect(await group.next()??.code == .cancelled)
            }
        }

        @Test func `too many connections are refused with their code`() async throws {
            try await TestDatabase.with { database in
                try await TestDatabase.administer("ALTER DATABASE \"\(database.name)\" CONNECTION LIMIT 0")
                let role = "placeguard_test_\(UInt64.random(in: 0..<(.max)))"
                try await TestDatabase.administer("CREATE ROLE \(role) LOGIN")
                var settings = database.settings
                settings.keywords["user"] = role
                await #expect { _ = try await answer(settings) } throws: { ($0 as? PostgresError)?.sqlState == "53300" }
                try await TestDatabase.administer("DROP ROLE \(role)")
            }
        }

        @Test func `descriptors with large numbers work`() async {
            await #expect(processExitsWith: .success) {
                var limit = rlimit()
                unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = min(limit.rlim_max, 4096)
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                // Beyond FD_SETSIZE, where select() corrupts memory.
                var highest: Int32 = 0
                while highest < 1500 { highest = dup(0) }
                let value = try await withConnection(PostgresServer.settings()) { connection in
                    guard await connection.session.socket > 1024 else { exit(2) }
                    return try await connection.query("SELECT 42::int4")[0].int32(0)
                }
                guard value == 42 else { exit(1) }
            }
        }
    }
}
