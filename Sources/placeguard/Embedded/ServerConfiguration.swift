/// The files that make the private server private: its settings, who may connect, and as whom.
///
/// They are written anew at every start, so that what is in force is what this version says. An operator's own tuning
/// goes into `postgresql.conf`, which is left alone after `initdb` and read first.
struct ServerConfiguration: Equatable, Sendable {
    static let settingsName = "placeguard.conf"
    static let accessName = "pg_hba.conf"
    static let identityName = "pg_ident.conf"

    /// Sessions: six roles' pools, listeners, and commands run beside the daemon, with room to spare.
    static let connections = 200

    let layout: EmbeddedLayout
    /// The names of the operating system's accounts that may connect: the one the server runs as, and root.
    let accounts: [String]
    /// The database roles they may take.
    let roles: [String]

    /// What is appended to `postgresql.conf` once.
    static let include = "\n# Placeguard's own settings; written anew at every start.\ninclude '\(settingsName)'\n"

    /// `placeguard.conf`.
    var settings: String {
        """
        # Written by placeguard at every start: do not edit. Your own settings go into postgresql.conf.
        listen_addresses = ''
        port = \(EmbeddedLayout.port)
        unix_socket_directories = '\(layout.socketDirectory)'
        unix_socket_permissions = 0700
        max_connections = \(Self.connections)

        # A receipt means the report is on disk.
        fsync = on
        full_page_writes = on
        synchronous_commit = on
        # Compiling plans costs more than it brings on short queries, and needs memory that is writable and executable.
        jit = off

        timezone = 'UTC'
        log_timezone = 'UTC'
        logging_collector = on
        log_directory = '\(layout.logDirectory)'
        # One file a weekday, written over after a week: the log never fills the disk.
        log_filename = 'postgres-%a.log'
        log_file_mode = 0600
        log_rotation_age = '1d'
        log_rotation_size = 0
        log_truncate_on_rotation = on
        # No row content in the log: no statements, no parameters, no "Key (...)=(...)" details.
        log_error_verbosity = terse
        log_min_error_statement = panic
        log_parameter_max_length = 0
        log_parameter_max_length_on_error = 0
        log_statement = 'none'

        """
    }

    /// `pg_hba.conf`: peer authentication on the socket, everything else rejected.
    var access: String {
        """
        # Written by placeguard at every start: do not edit.
        local all \(EmbeddedLayout.superuser) peer map=placeguard
        local \(EmbeddedLayout.database) \(roles.joined(separator: ",")) peer map=placeguard
        local all all reject
        host all all all reject
        local replication all reject
        host replication all all reject

        """
    }

    /// `pg_ident.conf`: which account may be which role.
    var identities: String {
        let lines = accounts.flatMap { account in
            ([EmbeddedLayout.superuser] + roles).map { "placeguard \"\(account)\" \($0)" }
        }
        return (["# Written by placeguard at every start: do not edit."] + lines).joined(separator: "\n") + "\n"
    }
}
