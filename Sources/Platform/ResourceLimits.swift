import Glibc

/// Limits of the process that a server raises for itself.
package enum ResourceLimits {
    /// Raises the soft limit of open files to `wanted`, or to the hard limit when that is lower.
    ///
    /// Never lowers it. Root may raise the hard limit too, so call this before giving root up.
    /// - Returns: the soft limit in force afterwards.
    package static func raiseOpenFiles(to wanted: UInt64) throws(SystemError) -> UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemError(operation: "getrlimit", subject: "open files")
        }
        let current = UInt64(limit.rlim_cur)
        if current >= wanted { return current }
        if geteuid() == 0 && UInt64(limit.rlim_max) < wanted {
            var raised = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(wanted))
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { return wanted }
        }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemError(operation: "setrlimit", subject: "open files")
        }
        return UInt64(limit.rlim_cur)
    }
}
