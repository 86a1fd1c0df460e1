import Foundation
import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport

/// A database and a state directory for daemons of a test, set up with the commands that an engineer would use.
struct Installation: Sendable {
    /// Tokens of a reporter and of a coordinator with statutory clearance.
    struct Tokens: Sendable {
        var reporter: String
        var coordinator: String
    }

    let environment: [String: String]
    /// The state directory.
    let state: String
    /// The superuser's way into the database, past the daemon.
    private let database: ConnectionSettings

    /// An installation on a database of the test cluster.
    static func onTestCluster<R>(_ body: (Installation) async throws -> R) async throws -> R {
        try await StoreFixture.bootstrapped { database in try await on(database.connectionString, body) }
    }

    /// An installation on the daemon's own PostgreSQL.
    static func embedded<R>(_ body: (Installation) async throws -> R) async throws -> R {
        try await withStateDirectory { state in try await embedded(in: state, body) }
    }

    /// The same in a state directory that exists.
    static func embedded<R>(in state: String, _ body: (Installation) async throws -> R) async throws -> R {
        let database = ConnectionSettings(
            "host=\(state)/run port=5432 user=postgres dbname=placeguard",
            applicationName: "placeguard-tests"
        )
        return try await body(Installation(environment: environment(state), state: state, database: database))
    }

    /// The same on a database that a test has made, by its connection string.
    static func on<R>(_ database: String, _ body: (Installation) async throws -> R) async throws -> R {
        try await withStateDirectory { state in
            let key = state + "/originator.key"
            try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: key))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            try giveToService(key)
            return try await body(
                Installation(
                    environment: environment(state).merging([
                        "PLACEGUARD_DATABASE_URL": database, "PLACEGUARD_DATABASE_SINGLE_ROLE": "true",
                        "PLACEGUARD_ORIGINATOR_KEY_FILE": key,
                    ]) { $1 },
                    state: state,
                    database: ConnectionSettings(database, applicationName: "placeguard-tests")
                )
            )
        }
    }

    private static func environment(_ state: String) -> [String: String] {
        [
            "PLACEGUARD_STATE_DIRECTORY": state, "PLACEGUARD_SERVICE_ACCOUNT": account,
            "PLACEGUARD_HTTP_LISTEN": "127.0.0.1:0", "PLACEGUARD_FEED_LISTEN": "127.0.0.1:0",
            "PLACEGUARD_LOG_FORMAT": "json", "PLACEGUARD_CONFIG": "/dev/null",
        ]
    }

    /// Root runs the daemon as another account.
    private static var account: String { geteuid() == 0 ? "postgres" : NSUserName() }

    /// Makes a directory owned by whom the daemon becomes, with a path short enough for a socket below it.
    private static func withStateDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
        let temporary = try TemporaryDirectory()
        try giveToService(temporary.path)
        let path = temporary.path
        let result = try await body(path)
        // The daemon's account wrote below it: the directory must live until here.
        _ = temporary.path
        return result
    }

    static func giveToService(_ path: String) throws {
        guard geteuid() == 0 else { return }
        try FileManager.default.setAttributes([.ownerAccountName: account], ofItemAtPath: path)
    }

    /// Runs a command beside the daemon, or without one; answers its standard output.
    func placeguard(_ arguments: String...) async throws -> String {
        try await DaemonProcess.run(arguments, environment: environment)
    }

    /// Starts the daemon and waits until it is ready.
    func start(_ settings: [String: String] = [:]) async throws -> DaemonProcess {
        try await DaemonProcess.start(environment: environment.merging(settings) { $1 })
    }

    /// Migrates, adds an agency, and issues the tokens.
    func prepare() async throws -> Tokens {
        _ = try await placeguard("migrate")
        _ = try await placeguard(
            "agency",
            "add",
            "licensing",
            "--name",
            "Marlowick Licensing",
            "--kind",
            "licensing",
            "--agreement",
            "ISA-1",
            "--agreement-until",
            "2099-12-31",
            "--basis",
            "public-task"
        )
        func token(_ output: String) throws -> String {
            let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
            return object?["token"] as? String ?? ""
        }
        return Tokens(
            reporter: try token(
                try await placeguard("token", "issue", "--agency", "licensing", "--role", "reporter", "--json")
            ),
            coordinator: try token(
                try await placeguard(
                    "token",
                    "issue",
                    "--agency",
                    "licensing",
                    "--role",
                    "coordinator",
                    "--clearance",
                    "statutory",
                    "--json"
                )
            )
        )
    }

    /// A token of a person of the agency, each time another; answers it.
    func issueCoordinatorToken(to person: String) async throws -> String {
        let output = try await placeguard(
            "token",
            "issue",
            "--agency",
            "licensing",
            "--person",
            person,
            "--role",
            "coordinator",
            "--clearance",
            "statutory",
            "--json"
        )
        guard let token = try JSONReader.read(bytes: Array(output.utf8))["token"]?.string else { throw NoToken() }
        return token
    }

    private struct NoToken: Error {}

    /// A transaction of somebody else, in this database or in the one named, held open while the body runs.
    ///
    /// - Parameter statement: What it did before it fell asleep; it is committed when the body has returned.
    func whileHeld(_ statement: StaticString, in other: String? = nil, _ body: () async throws -> Void) async throws {
        try await withConnection(patient(in: other)) { connection in
            _ = try await connection.query("BEGIN")
            _ = try await connection.query(Statement(statement))
            try await body()
            _ = try await connection.query("COMMIT")
        }
    }

    /// Another publisher wants the log's next number, waits so long for whoever holds it, and gives up: true if it had to.
    func publisherGivesUp(after seconds: Int) async throws -> Bool {
        try await withConnection(patient(in: nil)) { connection in
            _ = try await connection.query("SELECT set_config('lock_timeout', $1, false)", [.text("\(seconds)s")])
            do {
                _ = try await connection.query("SELECT seq FROM placeguard.feed_counter WHERE view = 'full' FOR UPDATE")
                return false
            } catch let error as PostgresError where error.sqlState == SQLState.lockNotAvailable {
                return true
            }
        }
    }

    /// Waits until somebody in this database waits for a lock.
    func waitsForLock() async throws {
        try await withConnection(database) { connection in
            while !Task.isCancelled {
                let waiting = try await connection.query(
                    """
                    SELECT EXISTS (SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock')
                    """
                )
                if try waiting[0].bool(0) { return }
            }
        }
    }

    /// As hours later: times to claim and claims have run out, and the due list says so.
    func timersRunOut() async throws {
        try await withConnection(database) { connection in
            for statement: StaticString in [
                "UPDATE placeguard.alert SET claim_until = clock_timestamp() - interval '1 second' WHERE claim_until IS NOT NULL",
                "UPDATE placeguard.alert SET escalates = clock_timestamp() - interval '1 second' WHERE escalates IS NOT NULL",
                "UPDATE placeguard.due SET due_at = clock_timestamp() - interval '1 second'",
            ] { _ = try await connection.query(Statement(statement)) }
        }
    }

    /// As if no relay had acknowledged anything for an hour.
    func relaysFallSilent() async throws {
        try await withConnection(database) { connection in
            _ = try await connection.query(
                "UPDATE placeguard.feed_cursor SET standing = standing - interval '1 hour'"
            )
        }
    }

    /// As days later: every event of the log is so much older.
    func logAges(days: Int32) async throws {
        try await withConnection(database) { connection in
            // The log refuses to be changed, even by its owner.
            try await connection.script("ALTER TABLE placeguard.feed DISABLE TRIGGER append_only")
            _ = try await connection.query(
                "UPDATE placeguard.feed SET at = at - make_interval(days => $1)",
                [.int32(days)]
            )
            try await connection.script("ALTER TABLE placeguard.feed ENABLE TRIGGER append_only")
        }
    }

    /// As after the promotion of a standby that was not behind: the log's numbers were given elsewhere.
    func becomesAnotherServer() async throws {
        try await withConnection(database) { connection in
            _ = try await connection.query("UPDATE placeguard.feed_counter SET lineage = 'elsewhere.00000001.1'")
        }
    }

    /// Ends the connections that wait for a lock, so that what they asked for is not carried out.
    func breakOffWaiting() async throws {
        try await withConnection(database) { connection in
            _ = try await connection.query(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            )
        }
    }

    private func patient(in other: String?) -> ConnectionSettings {
        var settings = database
        if let other { settings.keywords["dbname"] = other }
        settings.statementTimeout = nil
        settings.idleInTransactionTimeout = nil
        settings.responseTimeout = nil
        return settings
    }

    /// The reports stored under each reference: one each, or a receipt was not true.
    func storedReferences() async throws -> [String: [String]] {
        try await withConnection(database) { connection in
            var stored: [String: [String]] = [:]
            for row in try await connection.query("SELECT reference, id FROM placeguard.report") {
                let id = try row.uuid(1)
                stored[try row.text(0), default: []].append(ReportID(UniqueID(high: id.high, low: id.low)).text)
            }
            return stored
        }
    }

    /// Every position of the full view's log, ascending.
    func loggedPositions() async throws -> [Int64] {
        try await withConnection(database) { connection in
            try await connection.query("SELECT seq FROM placeguard.feed WHERE view = 'full' ORDER BY seq").map {
                try $0.int64(0)
            }
        }
    }

    /// The same once so many were logged: a receipt comes before its event.
    @discardableResult
    func logged(_ count: Int) async throws -> [Int64] {
        while true {
            let positions = try await loggedPositions()
            if positions.count >= count { return positions }
            try Task.checkCancellation()
        }
    }

    /// How many places the full view has red or unrated.
    func placesLeftUnsettled() async throws -> Int {
        try await withConnection(database) { connection in
            let rows = try await connection.query(
                """
                SELECT count(*) FROM placeguard.location_state
                WHERE view = 'full' AND effective_band IN ('red', 'unrated')
                """
            )
            return Int(try rows[0].int64(0))
        }
    }
}
