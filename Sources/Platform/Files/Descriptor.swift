import Glibc

/// A file descriptor that is closed exactly once, when its owner goes away.
package struct Descriptor: ~Copyable, Sendable {
    /// The number the kernel gave it; valid for as long as this value lives.
    package let number: Int32

    init(adopting number: Int32) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }

    /// Reads to the end of the file, but no more than `limit` bytes.
    ///
    /// - Throws: `EFBIG` when there is more, so that a wrong path (a device, a log) cannot fill the memory.
    package func readAll(limit: Int, subject: String) throws(SystemError) -> [UInt8] {
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = try retryingOnInterrupt("read", subject) {
                unsafe read(number, &chunk, chunk.count)
            }
            if count == 0 { return contents }
            if contents.count + count > limit {
                throw SystemError(operation: "read", subject: subject, code: EFBIG)
            }
            contents.append(contentsOf: chunk[..<count])
        }
    }

    /// Writes all bytes and waits until the disk has them.
    func writeDurably(_ bytes: [UInt8], subject: String) throws(SystemError) {
        try write(bytes, subject: subject)
        _ = try retryingOnInterrupt("fsync", subject) { fsync(number) }
    }

    /// Writes all bytes.
    func write(_ bytes: [UInt8], subject: String) throws(SystemError) {
        var remaining = bytes[...]
        while !remaining.isEmpty {
            let count = try retryingOnInterrupt("write", subject) {
                unsafe remaining.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            }
            remaining = remaining.dropFirst(count)
        }
    }

    /// What the open file is.
    package func facts(subject: String) throws(SystemError) -> FileFacts {
        var status = stat()
        _ = try retryingOnInterrupt("fstat", subject) { unsafe fstat(number, &status) }
        return FileFacts(status)
    }
}
