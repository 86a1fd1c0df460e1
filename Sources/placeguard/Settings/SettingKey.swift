/// One key of the configuration: its name, what it holds, its default and what it is for.
///
/// The list in ``all`` is the only one: reading, the check for unknown keys, the example file's test and `--help` use it.
package struct SettingKey: Sendable {
    /// What a value may be.
    package enum Kind: Equatable, Sendable {
        case text
        /// Text that is never shown.
        case secret
        case flag
        case integer(ClosedRange<Int>)
        /// `HOST:PORT`.
        case address
        /// Comma separated in the environment and in flags, a list in a file.
        case list
        /// One of these words.
        case choice([String])
    }

    /// The dotted name, as in a file; `PLACEGUARD_` and its words in capitals in the environment.
    package let name: String
    /// What a value may be.
    package let kind: Kind
    /// The value where none is given, as a file would spell it; nil when there is none or it depends on the machine.
    package let standard: String?
    /// One sentence for the person who sets it.
    package let meaning: String

    private init(_ name: String, _ kind: Kind, _ standard: String?, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.meaning = meaning
    }

    /// The name in the environment: `database.poolSize` is `PLACEGUARD_DATABASE_POOL_SIZE`.
    package var environmentName: String { Self.environmentPrefix + Self.environmentSuffix(name) }

    /// What all names in the environment begin with.
    package static let environmentPrefix = "PLACEGUARD_"

    /// A dotted name in capitals with underscores, a word boundary before each capital letter that follows a small one.
    ///
    /// The rule of swift-configuration's environment provider, which looks values up by it.
    static func environmentSuffix(_ name: String) -> String {
        var result = ""
        var previous: Character = "."
        for character in name {
            if character.isUppercase && previous.isLowercase { result.append("_") }
            result.append(character == "." ? "_" : Character(character.uppercased()))
            previous = character
        }
        return result
    }

    /// The key with this name.
    package static func named(_ name: String) -> SettingKey? { all.first { $0.name == name } }

    /// Every key, in the order of the example file.
    package static let all: [SettingKey] =
        services + storage + partnership + operation + limits

    private static let services = [
        SettingKey("http.listen", .address, "127.0.0.1:8480", "Where reports, pages and health are served."),
        SettingKey("feed.listen", .address, "127.0.0.1:8470", "Where coordinators' alert feeds connect."),
        SettingKey(
            "tls.certificate",
            .text,
            nil,
            "The server's certificate with its chain, PEM. Needed for every address that is not loopback."
        ),
        SettingKey("tls.key", .text, nil, "The certificate's private key, PEM, readable by the service account only."),
        SettingKey("tls.clientCA", .text, nil, "Authorities whose client certificates are accepted, PEM."),
    ]

    private static let storage = [
        SettingKey(
            "database.url",
            .secret,
            nil,
            "Any libpq connection string of the schema's owner. Without it a private PostgreSQL is started."
        ),
        SettingKey("database.urls.owner", .secret, nil, "The connection string of placeguard_owner."),
        SettingKey("database.urls.intake", .secret, nil, "The connection string of placeguard_intake."),
        SettingKey("database.urls.assessor", .secret, nil, "The connection string of placeguard_assessor."),
        SettingKey("database.urls.feed", .secret, nil, "The connection string of placeguard_feed."),
        SettingKey("database.urls.briefing", .secret, nil, "The connection string of placeguard_briefing."),
        SettingKey("database.urls.admin", .secret, nil, "The connection string of placeguard_admin."),
        SettingKey(
            "database.singleRole",
            .flag,
            "false",
            "Accept one login for all roles. The database then no longer keeps them apart, and /readyz says so."
        ),
        SettingKey("database.poolSize", .integer(1...64), "6", "The most connections that one role's pool opens."),
        SettingKey(
            "originator.keyFile",
            .text,
            nil,
            "The key that hashes originators, 0600. By default originator.key in the state directory."
        ),
        SettingKey(
            "state.directory",
            .text,
            nil,
            "Where the private PostgreSQL and the originator key are kept. By default /var/lib/placeguard for a service."
        ),
        SettingKey(
            "postgres.binaries",
            .text,
            nil,
            "The directory of initdb and postgres, where the usual places are not the right ones."
        ),
    ]

    private static let partnership = [
        SettingKey("partnership.name", .text, "Safeguarding Partnership", "The name on pages and briefings."),
        SettingKey("partnership.areas", .list, nil, "The codes of the partnership's areas."),
        SettingKey(
            "partnership.licensingAuthorities",
            .list,
            nil,
            "The councils that license vehicles here; reports about others' vehicles are prompted licensed-elsewhere."
        ),
        SettingKey(
            "template.file",
            .text,
            nil,
            "A risk assessment template to put into force when the database has none yet."
        ),
    ]

    private static let operation = [
        SettingKey(
            "service.account",
            .text,
            nil,
            "Whom a daemon started as root becomes. By default placeguard, else postgres."
        ),
        SettingKey(
            "log.level",
            .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            "info",
            "The least severe level that is logged."
        ),
        SettingKey(
            "log.format",
            .choice(["text", "json"]),
            "text",
            "Lines for people, or JSON objects for collectors."
        ),
    ]

    private static let limits = [
        SettingKey(
            "limits.http.connections",
            .integer(1...65_536),
            "2048",
            "HTTP connections in all; each costs memory and a file descriptor."
        ),
        SettingKey(
            "limits.http.connectionsPerAddress",
            .integer(1...65_536),
            "128",
            "HTTP connections from one address, so that one client cannot shut the others out."
        ),
        SettingKey(
            "limits.intake.waiting",
            .integer(1...1_000_000),
            "4096",
            "Reports waiting for their transaction; beyond it senders are told to come back (503)."
        ),
        SettingKey(
            "limits.feed.connections",
            .integer(1...65_536),
            "2048",
            "Feed connections in all; each may hold 256 KiB of output."
        ),
        SettingKey(
            "limits.feed.connectionsPerPerson",
            .integer(1...1_024),
            "16",
            "Feed connections of one person, who has a few devices and no more."
        ),
        SettingKey(
            "limits.feed.connectionsPerAddress",
            .integer(1...65_536),
            "128",
            "Feed connections from one address; an office behind one router fits."
        ),
        SettingKey(
            "limits.feed.retentionDays",
            .integer(1...3_650),
            "90",
            "How long an alert can be replayed; a coordinator away for longer starts from a list."
        ),
        SettingKey(
            "limits.openFiles",
            .integer(1_024...1_048_576),
            "65536",
            "Open files the daemon asks the system for; connections, and a few hundred of its own."
        ),
        SettingKey(
            "limits.stopSeconds",
            .integer(5...600),
            "30",
            "How long a stop may take before what is left is cut off; the database's own stop comes after it."
        ),
    ]
}
