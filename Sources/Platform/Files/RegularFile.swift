import Glibc

/// Reads of whole small files by path, links followed: configuration and keys named by an operator.
package enum RegularFile {
    /// The bytes of a file, and what it is.
    ///
    /// Facts and bytes come from the same open file, so what was checked is what was read.
    /// - Throws: `EINVAL` for something that is not a regular file, `EFBIG` beyond `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(SystemError) -> (bytes: [UInt8], facts: FileFacts) {
        let number = try retryingOnInterrupt("open", path) {
            unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        }
        let file = Descriptor(adopting: number)
        let facts = try file.facts(subject: path)
        if facts.kind != .regular { throw SystemError(operation: "read", subject: path, code: EINVAL) }
        return (try file.readAll(limit: limit, subject: path), facts)
    }
}
