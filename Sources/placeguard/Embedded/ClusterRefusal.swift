/// Why the private PostgreSQL is not started, adopted or used: a closed list with stable names.
///
/// Every description says what was found and how to mend it. All values in it are the operator's own paths, accounts
/// and versions.
package enum ClusterRefusal: Error, Equatable, Sendable {
    /// A path that PostgreSQL's settings cannot carry.
    case unusablePath(String)
    /// The socket's path does not fit a socket address.
    case socketPathTooLong(String, Int)
    /// No PostgreSQL server programs were found.
    case noPostgres(searched: [String])
    /// All that was found is older than what is needed.
    case postgresTooOld(found: Int, needed: Int)
    /// The data was written by another major version.
    case versionMismatch(data: Int, found: [Int])
    /// The data directory is not a directory of our account.
    case dataDirectoryNotOurs(String)
    /// Others may read the data directory.
    case dataDirectoryOpen(String, mode: String)
    /// The directory is there but holds no PostgreSQL data.
    case notADataDirectory(String)
    /// The server's process runs as somebody else.
    case runsAsAnotherUser(pid: Int32)
    /// The pid file and the process disagree about when the server started.
    case startTimeDiffers(pid: Int32, seconds: Int64)
    /// The server of this data directory has its socket elsewhere.
    case listensElsewhere(pid: Int32, String)
    /// The server runs but nobody answers at the socket.
    case socketUnanswered(pid: Int32, String)
    /// Somebody else listens at the socket.
    case strangerAtSocket(String, pid: Int32)
    /// The old server, or a part of it, does not go away.
    case doesNotEnd(directory: String)
    /// Another daemon already serves from this state directory.
    case daemonRunning(directory: String)
    /// Another command holds the start lock for too long.
    case startLockHeld(directory: String)
    /// One of PostgreSQL's programs failed.
    case toolFailed(ClusterToolFailure)
    /// The server kept ending right after it was started.
    case keepsEnding(attempts: Int, log: String)

    /// The stable name.
    package var name: String {
        switch self {
        case .unusablePath: "unusable-path"
        case .socketPathTooLong: "socket-path-too-long"
        case .noPostgres: "no-postgresql"
        case .postgresTooOld: "postgresql-too-old"
        case .versionMismatch: "postgresql-version-mismatch"
        case .dataDirectoryNotOurs: "data-directory-not-ours"
        case .dataDirectoryOpen: "data-directory-open"
        case .notADataDirectory: "not-a-data-directory"
        case .runsAsAnotherUser: "server-of-another-user"
        case .startTimeDiffers: "start-time-differs"
        case .listensElsewhere: "listens-elsewhere"
        case .socketUnanswered: "socket-unanswered"
        case .strangerAtSocket: "stranger-at-socket"
        case .doesNotEnd: "server-does-not-end"
        case .daemonRunning: "daemon-running"
        case .startLockHeld: "start-lock-held"
        case .toolFailed: "postgresql-tool-failed"
        case .keepsEnding: "postgresql-keeps-ending"
        }
    }
}

extension ClusterRefusal: CustomStringConvertible {
    /// The sentence, and the stable name by which Deploy/README.md explains it.
    package var description: String { "\(sentence) (\(name))" }

    private var sentence: String {
        switch self {
        case .unusablePath(let path):
            "The state directory \(path) cannot be used: it must be an absolute path of ASCII characters without "
                + "commas, quotes, backslashes and line breaks. Set state.directory to another one."
        case .socketPathTooLong(let path, let length):
            "The socket \(path) would have a path of \(length) bytes; \(EmbeddedLayout.maximumSocketPath) is the most. "
                + "Set state.directory to a shorter one."
        case .noPostgres(let searched):
            "No PostgreSQL server was found (looked in \(searched.joined(separator: ", "))). Install it "
                + "(apt-get install postgresql postgresql-15-postgis-3), or set postgres.binaries to the directory of "
                + "initdb, or database.url to a server of your own."
        case .postgresTooOld(let found, let needed):
            "PostgreSQL \(found) was found; \(needed) or newer is needed. Install a newer one, or set postgres.binaries."
        case .versionMismatch(let data, let found):
            "The data was written by PostgreSQL \(data), and only \(found.map(String.init).joined(separator: ", ")) is "
                + "installed. Install PostgreSQL \(data) beside it, or move the data (Deploy/README.md, Upgrade)."
        case .dataDirectoryNotOurs(let path):
            "\(path) is not a directory owned by the account that Placeguard runs as. Give it back "
                + "(chown -R ACCOUNT \(path)) or set state.directory to another place."
        case .dataDirectoryOpen(let path, let mode):
            "\(path) has mode \(mode), so others may read the data. Check who did, then: chmod 0700 \(path)"
        case .notADataDirectory(let path):
            "\(path) exists but holds no PostgreSQL data. Move it away, or set state.directory to another place."
        default:
            processDescription
        }
    }

    private var processDescription: String {
        switch self {
        case .runsAsAnotherUser(let pid):
            "A PostgreSQL server (process \(pid)) runs on this data directory as another user. Stop it first."
        case .startTimeDiffers(let pid, let seconds):
            "Process \(pid) started \(seconds) seconds away from what the pid file of the data directory says (was the "
                + "clock set?), so it is not taken over. Stop it (pg_ctl stop -D .../postgres) and start again."
        case .listensElsewhere(let pid, let path):
            "The PostgreSQL server of this data directory (process \(pid)) has its socket in \(path). It was started by "
                + "somebody else or the state directory was moved. Stop it (pg_ctl stop -D .../postgres) and start again."
        case .socketUnanswered(let pid, let path):
            "The PostgreSQL server of this data directory (process \(pid)) runs but does not answer at \(path). Was the "
                + "socket removed? Stop it (pg_ctl stop -D .../postgres) and start again."
        case .strangerAtSocket(let path, let pid):
            "Process \(pid), which is not our PostgreSQL, listens at \(path). Stop it, and find out why it does."
        case .doesNotEnd(let directory):
            "Processes of an earlier PostgreSQL server still work in \(directory) and do not end. Look at them "
                + "(ps, /proc/PID/cwd), stop them and start again."
        case .daemonRunning(let directory):
            "Another placeguard serve uses the state directory \(directory). Stop it, or set state.directory."
        case .startLockHeld(let directory):
            "Another placeguard command has been starting or stopping the database in \(directory) for too long. "
                + "Wait for it, or stop it, and try again."
        case .toolFailed(let failure):
            failure.description
        case .keepsEnding(let attempts, let log):
            "PostgreSQL ended \(attempts) times right after it was started. Its log says why: \(log)"
        default:
            name
        }
    }
}
