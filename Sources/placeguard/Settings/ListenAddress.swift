import Safeguarding

/// Where a server listens: a host and a port.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    package let host: String
    /// The port; 0 lets the system choose one, for tests.
    package let port: Int

    /// Reads `HOST:PORT`, with an IPv6 address in brackets; nil when it is neither.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// Stands in for an address that could not be read, until the fault is reported.
    static let nowhere = ListenAddress(host: "localhost", port: 0)

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// True when only this machine can connect, so that TLS is not demanded.
    package var isLoopback: Bool { LoopbackHost.contains(host) }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
