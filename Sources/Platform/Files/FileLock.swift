import Glibc

/// An advisory lock on a file (`flock`), held until the value goes away or the process dies, however it dies.
package struct FileLock: ~Copyable, Sendable {
    /// Whether others may hold it at the same time.
    package enum Mode: Sendable {
        case shared
        case exclusive
    }

    private let descriptor: Descriptor
    private let path: String

    /// Takes the lock without waiting; nil when somebody else holds it in a way that excludes this one.
    package static func take(
        _ mode: Mode,
        _ name: String,
        in directory: borrowing Directory,
        owner: Account?
    ) throws(SystemError) -> FileLock? {
        let lock = FileLock(
            descriptor: try directory.openLockFile(name, owner: owner),
            path: "\(directory.path)/\(name)"
        )
        if try lock.change(to: mode) { return lock }
        return nil
    }

    /// Changes a held lock without waiting; false when others hold it, and then the lock may have been lost.
    ///
    /// The kernel converts a lock by releasing and taking it, so a refusal to become exclusive must be followed by
    /// giving the lock up.
    package func change(to mode: Mode) throws(SystemError) -> Bool {
        do {
            let operation = mode == .shared ? LOCK_SH : LOCK_EX
            _ = try retryingOnInterrupt("flock", path) { flock(descriptor.number, operation | LOCK_NB) }
            return true
        } catch  where error.wouldBlock {
            return false
        }
    }

    /// Gives the lock up now.
    ///
    /// Calling it last also keeps the lock alive until then.
    package consuming func release() {}
}
