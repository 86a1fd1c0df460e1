import Foundation
package import Postgres

/// The PostgreSQL cluster that tests may do with as they like.
///
/// The environment variable PLACEGUARD_TEST_CLUSTER holds the connection string of its superuser, for example
/// `host=/run/test port=5432 user=postgres dbname=postgres`. `Tests/run` starts such a cluster; suites that need it are
/// skipped where the variable is absent. What they expect of it: TCP on 127.0.0.1 at the same port, without a password
/// except for members of the role `placeguard_test_password`, and TLS with a certificate for `localhost`.
package enum PostgresServer {
    package static let variable = "PLACEGUARD_TEST_CLUSTER"

    /// The superuser's connection string, nil where there is no cluster.
    package static let connectionString: String? = ProcessInfo.processInfo.environment[variable]

    /// Whether suites that need a server can run: `.enabled(if: PostgresServer.isAvailable, PostgresServer.absence)`.
    package static var isAvailable: Bool { connectionString != nil }

    /// Why they cannot.
    package static var absenceMessage: String { "needs a PostgreSQL cluster: set \(variable), or use Tests/run" }

    /// Settings to connect to the cluster as its superuser.
    ///
    /// - Parameter database: The database, that of the connection string if nil.
    package static func settings(
        database: String? = nil,
        keywords: [String: String] = [:]
    ) throws -> ConnectionSettings {
        guard let connectionString else { throw Unavailable() }
        var keywords = keywords
        if let database { keywords["dbname"] = database }
        return ConnectionSettings(connectionString, applicationName: "placeguard-tests", keywords: keywords)
    }

    /// A test ran although there is no server.
    package struct Unavailable: Error, CustomStringConvertible {
        package var description: String { PostgresServer.absenceMessage }
    }
}

/// A database that exists for one test or suite.
package struct TestDatabase: Sendable {
    package let name: String
    package let settings: ConnectionSettings

    /// The connection string of the database, for programs that are given one.
    package let connectionString: String

    /// Makes an empty database, lends it to the body and drops it, whoever is still connected.
    ///
    /// - Parameter template: A database to copy, in which nobody may be connected.
    package static func with<R>(
        template: String? = nil,
        _ body: (TestDatabase) async throws -> R
    ) async throws -> R {
        let database = try await create(template: template)
        do {
            let result = try await body(database)
            try await database.drop()
            return result
        } catch {
            try await database.drop()
            throw error
        }
    }

    /// Makes a database; `drop` removes it.
    package static func create(template: String? = nil) async throws -> TestDatabase {
        let name = "placeguard_test_" + UUID().uuidString.lowercased().replacing("-", with: "_")
        let clause = template.map { " TEMPLATE \"\($0)\"" } ?? ""
        try await administer("CREATE DATABASE \"\(name)\"\(clause)")
        let settings = try PostgresServer.settings(database: name)
        return TestDatabase(
            name: name,
            settings: settings,
            connectionString: "\(settings.connectionString) dbname=\(name)"
        )
    }

    /// Removes the database, ending the sessions in it.
    package func drop() async throws {
        try await Self.administer("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }

    /// Runs a command as the superuser in the cluster's own database.
    package static func administer(_ sql: String) async throws {
        try await withConnection(try PostgresServer.settings()) { connection in
            try await connection.script(sql)
        }
    }
}
