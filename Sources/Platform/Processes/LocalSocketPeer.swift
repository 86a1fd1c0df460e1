package import Glibc

/// Who listens on a Unix socket, as the kernel testifies.
package struct LocalSocketPeer: Equatable, Sendable {
    /// The process that called `listen`.
    package let pid: pid_t
    /// Its user at that moment.
    package let user: uid_t

    /// Creates a peer by hand, for decisions under test.
    package init(pid: pid_t, user: uid_t) {
        self.pid = pid
        self.user = user
    }

    /// The longest path a socket address holds, in bytes, without the closing NUL.
    package static let maximumPathLength = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size - 1

    /// Connects and asks; nil when nobody listens at that path.
    ///
    /// Never waits.
    package static func listening(at path: String) throws(SystemError) -> LocalSocketPeer? {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        if number < 0 { throw SystemError(operation: "socket", subject: path) }
        let descriptor = Descriptor(adopting: number)
        do {
            try LocalSocketAddress(path: path).connect(descriptor.number, subject: path)
        } catch {
            if error.isMissing || error.code == ECONNREFUSED { return nil }
            throw error
        }
        // struct ucred is hidden from Swift behind _GNU_SOURCE: three 32-bit fields, pid, uid, gid (unix(7)).
        var credentials: (pid: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var length = socklen_t(12)
        guard unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
            throw SystemError(operation: "getsockopt", subject: path)
        }
        return LocalSocketPeer(pid: credentials.pid, user: credentials.user)
    }
}

/// The address of a Unix socket: a path, or a name in the abstract namespace when it begins with `@`.
struct LocalSocketAddress {
    private var storage = sockaddr_un()
    let length: socklen_t

    init(path: String) throws(SystemError) {
        var bytes = Array(path.utf8)
        let isAbstract = bytes.first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        // An abstract name is not closed by NUL; it ends where the length says.
        guard !bytes.isEmpty, bytes.count <= LocalSocketPeer.maximumPathLength, !bytes.dropFirst().contains(0) else {
            throw SystemError(operation: "connect", subject: path, code: ENAMETOOLONG)
        }
        storage.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &storage.sun_path) { unsafe $0.copyBytes(from: bytes) }
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1))
    }

    func connect(_ descriptor: Int32, subject: String) throws(SystemError) {
        _ = try retryingOnInterrupt("connect", subject) {
            unsafe withPointer { unsafe Glibc.connect(descriptor, $0, length) }
        }
    }

    func send(_ bytes: [UInt8], through descriptor: Int32, subject: String) throws(SystemError) {
        let sent = try retryingOnInterrupt("sendto", subject) {
            unsafe withPointer {
                unsafe sendto(
                    descriptor,
                    bytes,
                    bytes.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                    $0,
                    length
                )
            }
        }
        if sent != bytes.count { throw SystemError(operation: "sendto", subject: subject, code: EMSGSIZE) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
