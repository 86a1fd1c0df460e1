import Glibc

/// Reads of `/proc` that do not concern one process only.
enum ProcessTable {
    /// No file of `/proc` that is read here is larger.
    private static let fileLimit = 1 << 20

    static func text(_ path: String) throws(SystemError) -> String {
        let number = try retryingOnInterrupt("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        let file = Descriptor(adopting: number)
        return String(decoding: try file.readAll(limit: fileLimit, subject: path), as: UTF8.self)
    }

    static func link(_ path: String) throws(SystemError) -> String {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try retryingOnInterrupt("readlink", path) { unsafe readlink(path, &target, target.count) }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The ids of all processes that can be seen.
    static func processes() throws(SystemError) -> [Int32] {
        guard let stream = unsafe opendir("/proc") else { throw SystemError(operation: "opendir", subject: "/proc") }
        return unsafe entryNames(reading: stream).compactMap { Int32($0) }
    }
}
