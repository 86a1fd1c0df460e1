import Platform

/// Where the private PostgreSQL keeps its things below the state directory, and the names it goes by.
package struct EmbeddedLayout: Equatable, Sendable {
    /// The longest socket path taken, in bytes.
    ///
    /// A Unix socket address holds 107 and a NUL; one is kept free so that PostgreSQL, libpq and the kernel, which count
    /// differently, agree.
    package static let maximumSocketPath = 106
    /// A fixed port: it is only part of the socket's name.
    package static let port = 5_432
    /// The database.
    package static let database = "placeguard"
    /// The cluster's superuser.
    ///
    /// It serves bootstrap, and backup and upgrade by an operator; no pool ever uses it.
    package static let superuser = "postgres"

    static let dataName = "postgres"
    static let newDataName = "postgres.new"
    static let socketName = "run"
    static let logName = "log"
    /// Held while deciding, starting and stopping.
    static let startLockName = "start.lock"
    /// Held, shared, by every process that uses the cluster.
    static let usersLockName = "users.lock"
    /// Held by the one daemon that serves from this directory.
    static let daemonLockName = "daemon.lock"

    /// The state directory, absolute and without links.
    package let stateDirectory: String

    /// Checks that a socket fits below the state directory.
    ///
    /// - Parameter stateDirectory: absolute, as `realpath` gives it: PostgreSQL reports its directory that way.
    package init(stateDirectory: String) throws(ClusterRefusal) {
        // Commas separate entries, quotes and backslashes escape, in the places PostgreSQL and libpq read paths from.
        let forbidden: Set<Character> = [",", "'", "\"", "\\"]
        let isPlain = stateDirectory.allSatisfy { $0.isASCII && !$0.isNewline && !forbidden.contains($0) }
        guard stateDirectory.hasPrefix("/"), isPlain else { throw .unusablePath(stateDirectory) }
        self.stateDirectory = stateDirectory
        let length = socketPath.utf8.count
        if length > Self.maximumSocketPath { throw .socketPathTooLong(socketPath, length) }
    }

    /// The data directory.
    package var dataDirectory: String { "\(stateDirectory)/\(Self.dataName)" }
    /// The directory of the socket; libpq's `host`.
    package var socketDirectory: String { "\(stateDirectory)/\(Self.socketName)" }
    /// Where the server writes its logs.
    package var logDirectory: String { "\(stateDirectory)/\(Self.logName)" }
    /// The socket, as PostgreSQL names it.
    package var socketPath: String { "\(socketDirectory)/.s.PGSQL.\(Self.port)" }
}
