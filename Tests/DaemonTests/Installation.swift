import Foundation
import Postgres
import Safeguarding
import Store
import TestSupport

/// A database and a state directory for daemons of a test, set up with the commands that an engineer would use.
struct Installation: Sendable {
    /// Tokens of a reporter and of a coordinator with statutory clearance.
    struct Tokens: Sendable {
        var reporter: String
        var coordinator: String
    }

    let environment: [String: String]
    private let database: TestDatabase

    init(database: TestDatabase, state: URL) throws {
        self.database = database
        // Root runs the daemon as another account, which must own its state.
        environment = [
            "PLACEGUARD_DATABASE_URL": database.connectionString, "PLACEGUARD_DATABASE_SINGLE_ROLE": "true",
            "PLACEGUARD_STATE_DIRECTORY": state.path,
            "PLACEGUARD_SERVICE_ACCOUNT": geteuid() == 0 ? "postgres" : NSUserName(),
            "PLACEGUARD_HTTP_LISTEN": "127.0.0.1:0",
            "PLACEGUARD_FEED_LISTEN": "127.0.0.1:0", "PLACEGUARD_LOG_FORMAT": "json", "PLACEGUARD_CONFIG": "/dev/null",
            "PLACEGUARD_ORIGINATOR_KEY_FILE": state.appendingPathComponent("originator.key").path,
        ]
        guard
            FileManager.default.createFile(
                atPath: state.appendingPathComponent("originator.key").path,
                contents: Data(repeating: 7, count: 32),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown) }
        guard geteuid() == 0 else { return }
        for path in [state.path, state.appendingPathComponent("originator.key").path] {
            try FileManager.default.setAttributes([.ownerAccountName: "postgres"], ofItemAtPath: path)
        }
    }

    /// Migrates, adds an agency, and issues the tokens.
    func prepare() async throws -> Tokens {
        func placeguard(_ arguments: String...) async throws -> String {
            try await DaemonProcess.run(arguments, environment: environment)
        }
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

    /// The reports stored under each reference: one each, or a receipt was not true.
    func storedReferences() async throws -> [String: [String]] {
        try await withConnection(database.settings) { connection in
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
        try await withConnection(database.settings) { connection in
            try await connection.query("SELECT seq FROM placeguard.feed WHERE view = 'full' ORDER BY seq").map {
                try $0.int64(0)
            }
        }
    }
}
