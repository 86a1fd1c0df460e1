import Glibc

@testable import Platform

/// A Unix socket that this process listens on, or receives datagrams at.
struct ListeningSocket: ~Copyable {
    private let descriptor: Descriptor

    init(path: String, type: __socket_type) throws {
        let number = socket(AF_UNIX, Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        descriptor = Descriptor(adopting: number)
        try LocalSocketAddress(path: path).bind(descriptor.number, subject: path)
        if type == SOCK_STREAM, listen(number, 8) != 0 { throw SystemError(operation: "listen", subject: path) }
    }

    /// The next datagram that has arrived; nil when there is none.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor.number, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}

extension LocalSocketAddress {
    func bind(_ descriptor: Int32, subject: String) throws(SystemError) {
        _ = try retryingOnInterrupt("bind", subject) {
            unsafe withPointer { unsafe Glibc.bind(descriptor, $0, length) }
        }
    }
}
