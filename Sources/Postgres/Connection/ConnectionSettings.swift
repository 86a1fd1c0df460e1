/// Where and how to connect.
///
/// The description leaves the connection string out, since it may hold a password.
package struct ConnectionSettings: Sendable {
    /// A URI or keyword=value list as libpq reads it; several hosts and `target_session_attrs` included.
    package var connectionString: String
    /// What the server shows in `pg_stat_activity`, unless the string names something else.
    package var applicationName: String
    /// How long each host has to answer until the session is ready.
    package var connectTimeout: Duration
    /// When the server stops a statement by itself; nil leaves it to the server's configuration.
    package var statementTimeout: Duration?
    /// When the server ends a session that idles in a transaction.
    package var idleInTransactionTimeout: Duration?
    /// How long the server may say nothing while a statement runs before the client gives up on it; nil for ever.
    ///
    /// The last resort against a server that hangs. It must be longer than `statementTimeout`.
    package var responseTimeout: Duration?
    /// Further keywords for libpq, which override those of the string.
    package var keywords: [String: String]
    /// Further settings of the session, as if by SET.
    package var sessionSettings: [String: String]

    /// How long a statement that is being given up may take to end before its connection is closed.
    package var drainTimeout: Duration = .seconds(5)

    package init(
        _ connectionString: String,
        applicationName: String = "placeguard",
        connectTimeout: Duration = .seconds(10),
        statementTimeout: Duration? = .seconds(30),
        idleInTransactionTimeout: Duration? = .seconds(60),
        responseTimeout: Duration? = .seconds(45),
        keywords: [String: String] = [:],
        sessionSettings: [String: String] = [:]
    ) {
        self.connectionString = connectionString
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.responseTimeout = responseTimeout
        self.keywords = keywords
        self.sessionSettings = sessionSettings
    }

    /// Checks that the string can be read, without connecting.
    ///
    /// - Throws: `PostgresError` with code `usage`.
    package func validate() throws(PostgresError) {
        _ = try resolved()
    }
}

extension ConnectionSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "ConnectionSettings(applicationName: \(applicationName))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension ConnectionSettings {
    /// What libpq is given, and the hosts in it.
    struct Resolved: Sendable {
        var keywords: [String: String]
        var hosts: HostList

        /// The keywords for the hosts from a given one on.
        func parameters(fromHost index: Int) -> ConnectionParameters {
            var parameters = ConnectionParameters()
            let remaining = hosts.keywords(from: index)
            for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) where remaining[keyword] == nil {
                parameters.set(keyword, value)
            }
            for (keyword, value) in remaining.sorted(by: { $0.key < $1.key }) { parameters.set(keyword, value) }
            return parameters
        }
    }

    /// Settings that notice a peer that is gone without a word, used unless the string sets them.
    ///
    /// The first probe goes out after 30 s of silence, and 3 probes 10 s apart are missed before the kernel gives the
    /// connection up; unacknowledged data has the same 60 s in all.
    private static let networkDefaults = [
        "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    ]

    /// Reads the string and adds what every connection of ours needs.
    func resolved() throws(PostgresError) -> Resolved {
        var merged = try Conninfo.parse(connectionString)
        merged.merge(keywords) { _, ours in ours }
        merged.merge(Self.networkDefaults) { theirs, _ in theirs }
        merged["application_name"] = merged["application_name"] ?? applicationName
        merged["client_encoding"] = "UTF8"
        let options = [sessionOptions, merged["options"] ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !options.isEmpty { merged["options"] = options }
        let defaults = Conninfo.defaults()
        // A service file may name hosts that we do not see; then the list is libpq's own affair.
        let usesService = merged["service"] != nil || defaults["service"] != nil
        return Resolved(keywords: merged, hosts: usesService ? HostList() : HostList(merged, defaults: defaults))
    }

    /// Our session settings as command-line options; those of the string come later and so win.
    private var sessionOptions: String {
        var settings = sessionSettings
        settings["statement_timeout"] = settings["statement_timeout"] ?? statementTimeout.map(Self.milliseconds)
        settings["idle_in_transaction_session_timeout"] =
            settings["idle_in_transaction_session_timeout"] ?? idleInTransactionTimeout.map(Self.milliseconds)
        return settings.sorted { $0.key < $1.key }
            .map { "-c \($0.key)=\(Self.escaped($0.value))" }
            .joined(separator: " ")
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Spaces and backslashes are escaped in `options` (34.1.2).
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            if character == " " || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }
}
