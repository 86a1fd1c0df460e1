package import Glibc

/// Who owns a file, who may use it, and what it is: the part of `stat` that permission checks need.
package struct FileFacts: Equatable, Sendable {
    /// The kinds of file that checks tell apart.
    package enum Kind: String, Sendable {
        case regular = "a regular file"
        case directory = "a directory"
        case symbolicLink = "a symbolic link"
        case socket = "a socket"
        case other = "a special file"
    }

    /// What it is.
    ///
    /// A symbolic link is reported as such, never followed.
    package let kind: Kind
    /// The owner's number.
    package let owner: uid_t
    /// The group's number.
    package let group: gid_t
    /// Permission bits (and set-id, sticky) without the file type.
    package let mode: mode_t
    /// Bytes.
    package let size: Int64

    /// Creates facts by hand, for decisions under test.
    package init(kind: Kind, owner: uid_t, group: gid_t, mode: mode_t, size: Int64 = 0) {
        self.kind = kind
        self.owner = owner
        self.group = group
        self.mode = mode
        self.size = size
    }

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        default: kind = .other
        }
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o7777
        size = Int64(status.st_size)
    }

    /// The facts of a path, not following a link at its end; nil when nothing is there.
    package static func of(_ path: String) throws(SystemError) -> FileFacts? {
        var status = stat()
        do {
            _ = try retryingOnInterrupt("lstat", path) { unsafe lstat(path, &status) }
        } catch {
            if error.isMissing || error.code == ENOTDIR { return nil }
            throw error
        }
        return FileFacts(status)
    }

    /// True when nobody but the owner (and root) can read, write or search it.
    package var isPrivate: Bool { mode & 0o077 == 0 }

    /// True when group or others may change it.
    package var isWritableByOthers: Bool { mode & 0o022 != 0 }
}
