package import Glibc

/// Questions about paths that need the file system.
package enum Path {
    /// The absolute path without links, `.` and `..`; the last component must exist.
    package static func canonical(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw SystemError(operation: "realpath", subject: path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// True when this process may run the file.
    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }

    /// Makes one directory; false when something is there already.
    package static func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) -> Bool {
        if unsafe mkdir(path, mode) == 0 { return true }
        if errno == EEXIST { return false }
        throw SystemError(operation: "mkdir", subject: path)
    }

    /// The directory a path is in; `/` for the root itself.
    package static func parent(of path: String) -> String {
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
        guard let slash = trimmed.lastIndex(of: "/"), slash > trimmed.startIndex else { return "/" }
        return String(trimmed[..<slash])
    }
}
