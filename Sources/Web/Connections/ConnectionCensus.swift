import Metrics
import NIOCore
import Synchronization

/// How many connections there are, in all and from each network.
final class ConnectionCensus: Sendable {
    private struct Counts {
        var total = 0
        var byNetwork: [String: Int] = [:]
    }

    private let limits: WebLimits
    private let counts = Mutex(Counts())
    private let gauge = Gauge(label: "placeguard_http_connections")

    init(limits: WebLimits) {
        self.limits = limits
    }

    /// What becomes of a new connection.
    enum Admission: Equatable {
        case welcome
        /// Counted, and told so as soon as it asks something.
        case refused(ConnectionMachine.Refusal)
        /// Not even that: as many refused ones are waiting to be told as may be connected.
        case cut
    }

    /// Counts a connection.
    ///
    /// Unless it is cut, ``leave(_:)`` has to follow.
    func enter(_ network: String) -> Admission {
        let (admission, total): (Admission, Int) = counts.withLock { counts in
            let here = counts.byNetwork[network, default: 0]
            let admission: Admission =
                if here >= 2 * limits.connectionsPerAddress || counts.total >= 2 * limits.connections {
                    .cut
                } else if here >= limits.connectionsPerAddress {
                    .refused(.tooManyFromAddress)
                } else if counts.total >= limits.connections {
                    .refused(.tooMany)
                } else {
                    .welcome
                }
            if admission != .cut {
                counts.byNetwork[network] = here + 1
                counts.total += 1
            }
            return (admission, counts.total)
        }
        gauge.record(total)
        return admission
    }

    func leave(_ network: String) {
        let total = counts.withLock { counts in
            counts.total -= 1
            if let here = counts.byNetwork[network] { counts.byNetwork[network] = here > 1 ? here - 1 : nil }
            return counts.total
        }
        gauge.record(total)
    }

    var total: Int { counts.withLock { $0.total } }
}

/// The part of an address that one client can be told by.
enum ClientNetwork {
    /// An IPv4 address; of an IPv6 address its /64 network, of which a client has all addresses.
    static func key(_ address: SocketAddress?) -> String {
        guard let text = address?.ipAddress else { return "local" }
        guard text.contains(":") else { return text }
        if let mapped = text.split(separator: ":").last, mapped.contains(".") { return String(mapped) }
        return network64(text)
    }

    /// The first four groups of an IPv6 address in any of its shortened forms.
    private static func network64(_ text: String) -> String {
        let halves = text.split(separator: "%", maxSplits: 1)[0].components(around: "::")
        let front = halves.before.split(separator: ":")
        let back = (halves.after ?? "").split(separator: ":")
        let zeros = halves.after == nil ? 0 : max(0, 8 - front.count - back.count)
        let groups = front + Array(repeating: "0", count: zeros) + back
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}

extension Substring {
    /// What stands before and behind the first `separator`; nil behind where there is none.
    fileprivate func components(around separator: String) -> (before: Substring, after: Substring?) {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                return (self[..<index], self[self.index(index, offsetBy: separator.count)...])
            }
            index = self.index(after: index)
        }
        return (self, nil)
    }
}
