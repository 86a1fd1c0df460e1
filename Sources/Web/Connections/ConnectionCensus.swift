import Metrics
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
