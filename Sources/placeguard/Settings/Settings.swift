package import Logging
package import Platform

/// The configuration of a process: read once, checked whole, then passed down in parts.
package struct Settings: Sendable {
    /// A certificate and its key; with it both ports speak TLS.
    package struct TLS: Equatable, Sendable {
        /// PEM file of the certificate with its chain.
        package let certificate: String
        /// PEM file of the private key.
        package let key: String
        /// PEM file of the authorities whose client certificates are accepted.
        package let clientAuthorities: String?
    }

    /// Which database to use.
    package enum Database: Sendable {
        /// A private PostgreSQL below the state directory.
        case embedded
        /// The operator's own.
        case external(DatabaseAddress)
    }

    /// The limits an operator may move, by their names.
    package struct Limits: Equatable, Sendable {
        package let httpConnections: Int
        package let httpConnectionsPerAddress: Int
        package let intakeWaiting: Int
        package let feedConnections: Int
        package let feedConnectionsPerPerson: Int
        package let feedConnectionsPerAddress: Int
        package let feedRetentionDays: Int
        package let openFiles: Int
        package let stop: Duration
    }

    package let httpListen: ListenAddress
    package let feedListen: ListenAddress
    package let tls: TLS?
    package let database: Database
    package let databasePoolSize: Int
    /// Absolute; see ``StateDirectory``.
    package let stateDirectory: String
    /// The key that hashes originators.
    package let originatorKeyFile: String
    /// True when nothing was configured, so that the first embedded start may make the key.
    package let originatorKeyIsStandard: Bool
    package let postgresBinaries: String?
    package let partnershipName: String
    package let partnershipAreas: [String]
    /// Councils whose licences are local ones.
    package let licensingAuthorities: Set<String>
    package let templateFile: String?
    /// Whom root becomes; nil for the standard choice of ``ServiceAccount``.
    package let serviceAccount: String?
    package let logLevel: Logger.Level
    package let logFormat: LogFormat
    package let limits: Limits

    /// The file that is read when none is named and it exists.
    package static let standardFile = "/etc/placeguard/placeguard.yaml"

    /// Reads file, environment and flags.
    ///
    /// - Parameters:
    ///   - file: the file named on the command line (`/dev/null` for none); else `PLACEGUARD_CONFIG`, else ``standardFile`` if it is there.
    ///   - environment: the process's.
    ///   - flags: values by dotted name.
    ///   - account: the account the process was started as.
    /// - Throws: ``SettingsError`` with every fault.
    package static func load(
        file: String?,
        environment: [String: String],
        flags: [String: String] = [:],
        account: Account
    ) async throws -> Settings {
        let chosen =
            try file ?? environment["PLACEGUARD_CONFIG"] ?? (FileFacts.of(standardFile) != nil ? standardFile : nil)
        let sources = try await SettingsSources.read(file: chosen, environment: environment, flags: flags)
        return try Settings(SettingsValues(sources), environment: environment, account: account)
    }

    private init(_ start: SettingsValues, environment: [String: String], account: Account) throws(SettingsError) {
        var values = start
        httpListen = values.address("http.listen")
        feedListen = values.address("feed.listen")
        tls = Self.tls(&values, listening: [("http.listen", httpListen), ("feed.listen", feedListen)])
        database = Self.database(&values)
        databasePoolSize = values.integer("database.poolSize")
        let state =
            values.text("state.directory") ?? StateDirectory.standard(account: account, environment: environment)
        if !state.hasPrefix("/") { values.fault(.badValue, "state.directory", "is not an absolute path") }
        stateDirectory = state
        let keyFile = values.text("originator.keyFile")
        originatorKeyFile = keyFile ?? "\(state)/originator.key"
        originatorKeyIsStandard = keyFile == nil
        postgresBinaries = values.text("postgres.binaries")
        partnershipName = values.text("partnership.name") ?? ""
        partnershipAreas = values.list("partnership.areas")
        licensingAuthorities = Set(values.list("partnership.licensingAuthorities"))
        templateFile = values.text("template.file")
        serviceAccount = values.text("service.account")
        logLevel = Logger.Level(rawValue: values.choice("log.level")) ?? .info
        logFormat = LogFormat(rawValue: values.choice("log.format")) ?? .text
        limits = Limits(
            httpConnections: values.integer("limits.http.connections"),
            httpConnectionsPerAddress: values.integer("limits.http.connectionsPerAddress"),
            intakeWaiting: values.integer("limits.intake.waiting"),
            feedConnections: values.integer("limits.feed.connections"),
            feedConnectionsPerPerson: values.integer("limits.feed.connectionsPerPerson"),
            feedConnectionsPerAddress: values.integer("limits.feed.connectionsPerAddress"),
            feedRetentionDays: values.integer("limits.feed.retentionDays"),
            openFiles: values.integer("limits.openFiles"),
            stop: .seconds(values.integer("limits.stopSeconds"))
        )
        if !values.faults.isEmpty { throw SettingsError(faults: values.faults) }
    }

    private static func tls(_ values: inout SettingsValues, listening: [(String, ListenAddress)]) -> TLS? {
        let certificate = values.text("tls.certificate")
        let key = values.text("tls.key")
        let authorities = values.text("tls.clientCA")
        if let certificate, let key { return TLS(certificate: certificate, key: key, clientAuthorities: authorities) }
        if certificate != nil || key != nil || authorities != nil {
            values.fault(.contradiction, "", "tls.certificate and tls.key are needed together")
        }
        for (name, address) in listening where !address.isLoopback {
            let message =
                "\(address) can be reached from other machines, so TLS is needed: set tls.certificate and tls.key "
                + "(Deploy/README.md, TLS), or listen on 127.0.0.1"
            values.fault(.tlsMissing, name, message)
        }
        return nil
    }

    private static func database(_ values: inout SettingsValues) -> Database {
        var urls: [DatabaseRole: String] = [:]
        for role in DatabaseRole.allCases { urls[role] = values.text("database.urls.\(role.rawValue)") }
        let singleRole = values.flag("database.singleRole")
        guard let url = values.text("database.url") ?? urls[.owner] else {
            if !urls.isEmpty || singleRole {
                values.fault(.contradiction, "", "database.url is missing, and other database settings need it")
            }
            return .embedded
        }
        do {
            return .external(try DatabaseAddress(url: url, urls: urls, singleRole: singleRole))
        } catch {
            values.fault(.contradiction, "", "\(error)")
            return .embedded
        }
    }
}
