package import Glibc

/// An open directory.
///
/// Everything done through it stays in it, whatever happens to the path meanwhile.
///
/// Names are single components and links are never followed, so a process with more rights than the directory's owner
/// (root running a command in a service account's directory) cannot be led elsewhere by a link put there.
package struct Directory: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// The path it was opened by, for messages and for programs that want a path.
    package let path: String

    /// Opens an existing directory.
    ///
    /// A link at the end of the path is refused (`ENOTDIR` or `ELOOP`).
    package init(path: String) throws(SystemError) {
        let number = try retryingOnInterrupt("open", path) {
            unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        self.descriptor = Descriptor(adopting: number)
        self.path = path
    }

    private init(descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens the directory `name` in this one.
    package func directory(_ name: String) throws(SystemError) -> Directory {
        Directory(descriptor: try openEntry(name, flags: O_RDONLY | O_DIRECTORY), path: childPath(name))
    }

    /// Makes the directory `name` if it is not there, with `mode` and `owner`, and opens it.
    ///
    /// An existing one is opened as it is: judging its owner and mode is the caller's part.
    package func makeDirectory(_ name: String, mode: mode_t, owner: Account?) throws(SystemError) -> Directory {
        let made = unsafe mkdirat(descriptor.number, name, mode) == 0
        if !made && errno != EEXIST { throw SystemError(operation: "mkdir", subject: childPath(name)) }
        let directory = try directory(name)
        if made {
            // The process mask may have taken bits away, and a directory made by root belongs to root.
            try directory.setMode(mode)
            if let owner { try directory.setOwner(owner) }
        }
        return directory
    }

    /// What the entry `name` is; nil when there is none.
    package func facts(_ name: String) throws(SystemError) -> FileFacts? {
        var status = stat()
        do {
            _ = try retryingOnInterrupt("fstatat", childPath(name)) {
                unsafe fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW)
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return FileFacts(status)
    }

    /// What this directory is.
    package func facts() throws(SystemError) -> FileFacts {
        try descriptor.facts(subject: path)
    }

    /// The contents of the regular file `name`; nil when there is none.
    package func read(_ name: String, limit: Int) throws(SystemError) -> [UInt8]? {
        do {
            // Non-blocking, so that a FIFO put in its place does not hold the reader for ever.
            let file = try openEntry(name, flags: O_RDONLY | O_NONBLOCK)
            return try file.readAll(limit: limit, subject: childPath(name))
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Replaces the file `name` at once and durably: a reader, and a crash at any moment, see the old file or the new.
    ///
    /// Without `durably` that holds for a crash of the program, not for one of the machine.
    package func write(
        _ name: String,
        _ bytes: [UInt8],
        mode: mode_t,
        owner: Account?,
        durably: Bool = true
    ) throws(SystemError) {
        let temporary = ".\(name).\(getpid()).new"
        try remove(temporary)
        do {
            let file = try openEntry(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            _ = try retryingOnInterrupt("fchmod", childPath(temporary)) { fchmod(file.number, mode) }
            if let owner {
                _ = try retryingOnInterrupt("fchown", childPath(temporary)) {
                    fchown(file.number, owner.user, owner.group)
                }
            }
            let subject = childPath(temporary)
            if durably {
                try file.writeDurably(bytes, subject: subject)
            } else {
                try file.write(bytes, subject: subject)
            }
        } catch {
            try? remove(temporary)
            throw error
        }
        try move(temporary, to: name)
        if durably { try settle() }
    }

    /// Renames an entry, replacing the target, and waits until the disk has it.
    package func rename(_ name: String, to newName: String) throws(SystemError) {
        try move(name, to: newName)
        try settle()
    }

    private func move(_ name: String, to newName: String) throws(SystemError) {
        _ = try retryingOnInterrupt("rename", childPath(name)) {
            unsafe renameat(descriptor.number, name, descriptor.number, newName)
        }
    }

    private func settle() throws(SystemError) {
        _ = try retryingOnInterrupt("fsync", path) { fsync(descriptor.number) }
    }

    /// Removes a file; nothing happens when it is not there.
    package func remove(_ name: String) throws(SystemError) {
        do {
            _ = try retryingOnInterrupt("unlink", childPath(name)) { unsafe unlinkat(descriptor.number, name, 0) }
        } catch  where error.isMissing {
            return
        }
    }

    /// Opens, and makes where it is not there, the file `name` for locking.
    func openLockFile(_ name: String, owner: Account?) throws(SystemError) -> Descriptor {
        let file = try openEntry(name, flags: O_RDWR | O_CREAT, mode: 0o600)
        // Root may make the file first; the account that the daemon runs as must be able to open it later.
        if let owner, try file.facts(subject: childPath(name)).owner != owner.user {
            _ = try retryingOnInterrupt("fchown", childPath(name)) { fchown(file.number, owner.user, owner.group) }
        }
        return file
    }

    /// Gives this directory to an account.
    package func setOwner(_ owner: Account) throws(SystemError) {
        _ = try retryingOnInterrupt("fchown", path) { fchown(descriptor.number, owner.user, owner.group) }
    }

    /// Sets the permission bits of this directory.
    package func setMode(_ mode: mode_t) throws(SystemError) {
        _ = try retryingOnInterrupt("fchmod", path) { fchmod(descriptor.number, mode) }
    }

    /// The names of its entries, in no order.
    package func names() throws(SystemError) -> [String] {
        let copy = try openEntry(".", flags: O_RDONLY | O_DIRECTORY)
        // fdopendir takes the descriptor over, so it gets one of its own.
        let duplicate = fcntl(copy.number, F_DUPFD_CLOEXEC, 3)
        guard duplicate >= 0, let stream = unsafe fdopendir(duplicate) else {
            throw SystemError(operation: "opendir", subject: path)
        }
        return unsafe entryNames(reading: stream)
    }

    private func openEntry(_ name: String, flags: Int32, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        let number = try retryingOnInterrupt("open", childPath(name)) {
            unsafe openat(descriptor.number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
        }
        return Descriptor(adopting: number)
    }

    private func childPath(_ name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }
}
