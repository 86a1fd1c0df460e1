/// What a running server wrote into `postmaster.pid` (PostgreSQL, `src/include/utils/pidfile.h`).
package struct PostmasterLockFile: Equatable, Sendable {
    /// How far the server is, by its own account.
    package enum Status: String, Sendable {
        case starting
        case ready
        case standby
        case stopping
    }

    /// The file's name in the data directory.
    static let name = "postmaster.pid"
    /// Eight short lines; anything larger is not one.
    static let sizeLimit = 8_192

    /// The server's process.
    package let pid: Int32
    /// The data directory as the server was given it.
    package let dataDirectory: String
    /// When the server started, in seconds since 1970.
    package let startTime: Int64
    /// Where its socket is; empty for a moment while it starts.
    package let socketDirectory: String
    /// How far it is; nil for a moment while it starts.
    package let status: Status?

    /// Creates a lock file's content by hand, for decisions under test.
    package init(pid: Int32, dataDirectory: String, startTime: Int64, socketDirectory: String, status: Status?) {
        self.pid = pid
        self.dataDirectory = dataDirectory
        self.startTime = startTime
        self.socketDirectory = socketDirectory
        self.status = status
    }

    /// Parses the file; nil when it is no such file or only half written.
    package init?(parsing bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // The single-user server writes its number with a minus sign; it takes no connections and is never adopted.
        guard lines.count >= 3, let pid = Int32(lines[0]), pid > 0, let start = Int64(lines[2]) else { return nil }
        self.pid = pid
        self.dataDirectory = String(lines[1])
        self.startTime = start
        self.socketDirectory = lines.count > 4 ? String(lines[4]) : ""
        // The status line is padded with spaces.
        self.status = lines.count > 7 ? Status(rawValue: String(lines[7].prefix { $0 != " " })) : nil
    }
}
