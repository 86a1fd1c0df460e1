import Glibc

/// A system call that failed: what was attempted, on what, and the `errno` it left.
///
/// `description` is safe for logs: paths and account names come from the operator's own configuration.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call or step that failed, such as `openat`.
    package let operation: String
    /// What it was done to: a path, an account or a process.
    package let subject: String
    /// The `errno` of the failure.
    package let code: Int32

    /// Creates an error; pass `errno` read immediately after the failing call.
    package init(operation: String, subject: String, code: Int32 = errno) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    package var description: String {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return "\(operation) \(subject): \(reason)"
    }

    /// True when the file or process named is not there.
    package var isMissing: Bool { code == ENOENT || code == ESRCH }

    /// True when the call would have had to wait, which these calls never do.
    package var wouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }

    /// True when the caller lacks the permission.
    package var isDenied: Bool { code == EACCES || code == EPERM }
}

/// Runs a call that returns -1 on failure, again for as long as a signal interrupts it.
func retryingOnInterrupt<Result: SignedInteger>(
    _ operation: String,
    _ subject: String,
    _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(operation: operation, subject: subject, code: code) }
    }
}
