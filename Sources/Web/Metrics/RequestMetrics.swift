import CoreMetrics
import Synchronization

/// Count and duration of the requests to one route; labels by route and status only.
final class RequestMetrics: Sendable {
    private let route: String
    private let method: String
    private let timer: Timer
    private let counters = Mutex<[Int: Counter]>([:])

    init(method: String, route: String) {
        self.method = method
        self.route = route
        timer = Timer(label: "placeguard_http_request_seconds", dimensions: [("method", method), ("route", route)])
    }

    func record(status: Int, duration: Duration) {
        counter(status).increment()
        let (seconds, attoseconds) = duration.components
        timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func counter(_ status: Int) -> Counter {
        counters.withLock { known in
            if let counter = known[status] { return counter }
            let counter = Counter(
                label: "placeguard_http_requests_total",
                dimensions: [("method", method), ("route", route), ("status", String(status))]
            )
            known[status] = counter
            return counter
        }
    }
}

/// Counters of refusals by their stable names: the series that intake counts its own in (design.md rule 6).
enum RefusalCounter {
    static func count(_ reason: String) {
        Counter(label: "placeguard_refusals_total", dimensions: [("reason", reason)]).increment()
    }
}
