/// Connecting, host after host, with a time limit for each.
///
/// libpq goes on to the next host of the list by itself when one refuses, but it waits without limit for one that does
/// not answer, since `connect_timeout` does not hold for `PQconnectPoll` (34.1). So the limit is kept here: it begins
/// anew with every host, and when it passes the attempt is given up in favour of the hosts that follow.
struct ConnectConversation {
    /// What to do next.
    enum Step: Equatable {
        /// Call `PQconnectPoll`.
        case poll
        /// Wait on the current socket, which must be asked for anew: it may be another one with the same number.
        case want(Interest)
        /// Put the connection in non-blocking mode and use it.
        case finished
        /// Give this attempt up; `retry` says which host of the list to begin again with.
        case failed(Reason, retry: Int?)
    }

    enum Reason: Equatable {
        case refused
        case timedOut
    }

    enum Event: Equatable {
        case started(isBad: Bool)
        case polled(PollingStatus, Endpoint)
        case ready
        case timedOut
    }

    private let hosts: [Endpoint]
    private let timeout: Duration
    private var current: Endpoint?
    private var hostIndex = 0
    private(set) var deadline: ContinuousClock.Instant

    /// - Parameters:
    ///   - hosts: The hosts of this attempt in the order libpq tries them; empty if they are not known to us.
    ///   - timeout: The time each of them has.
    init(hosts: [Endpoint], timeout: Duration, now: ContinuousClock.Instant) {
        self.hosts = hosts
        self.timeout = timeout
        deadline = now + timeout
    }

    /// Takes in what happened and says what to do next.
    mutating func next(_ event: Event, now: ContinuousClock.Instant) -> Step {
        switch event {
        case .started(isBad: true):
            return .failed(.refused, retry: nil)
        case .started(isBad: false):
            // As if the first poll had asked for it (34.1): wait until the socket is writable.
            return .want(.write)
        case .polled(let status, let endpoint):
            noteHost(endpoint, now: now)
            switch status {
            case .reading: return .want(.read)
            case .writing: return .want(.write)
            case .connected: return .finished
            case .failed: return .failed(.refused, retry: nil)
            }
        case .ready:
            return .poll
        case .timedOut:
            let following = hostIndex + 1
            return .failed(.timedOut, retry: following < hosts.count ? following : nil)
        }
    }

    /// Begins a new time limit when libpq has gone on to another host.
    private mutating func noteHost(_ endpoint: Endpoint, now: ContinuousClock.Instant) {
        guard endpoint != current else { return }
        if current != nil { deadline = now + timeout }
        current = endpoint
        if let found = hosts[min(hostIndex, hosts.count)...].firstIndex(of: endpoint) { hostIndex = found }
    }
}
