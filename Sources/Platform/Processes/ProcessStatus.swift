import Glibc

/// The part of `/proc/PID/status` that says whose a process is.
struct ProcessStatus: Equatable {
    /// Real, effective, saved and file-system user.
    let users: [uid_t]

    init(parsing text: String) {
        let line = text.split(separator: "\n").first { $0.hasPrefix("Uid:") }
        users = (line?.dropFirst(4) ?? "").split(whereSeparator: \.isWhitespace).compactMap { uid_t($0) }
    }

    /// The effective user; nil when the text was no status.
    var effectiveUser: uid_t? { users.count == 4 ? users[1] : nil }
}
