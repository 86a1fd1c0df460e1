import AlertFeed
import Foundation
import Safeguarding
import Synchronization

/// A coordinator who comes back after every loss and drops what was processed already.
final class Follower: Sendable {
    private struct State {
        var events: [FeedEvent] = []
        var faults: [String] = []
        var isSubscribed = false
    }

    private let state = Mutex(State())
    private let arrived = Doorbell()
    private let token: String
    private let name: String

    init(token: String, name: String = "rounds") {
        self.token = token
        self.name = name
    }

    /// Events processed, once each, in the order of processing.
    var events: [FeedEvent] { state.withLock { $0.events } }
    /// Their positions.
    var positions: [Int64] { events.map(\.seq) }
    var faults: [String] { state.withLock { $0.faults } }

    /// Waits until its subscription stood once.
    func subscribed() async {
        var heard = arrived.count
        while !state.withLock({ $0.isSubscribed }), faults.isEmpty { heard = await arrived.wait(after: heard) }
    }

    /// Waits until so many events were processed.
    func reached(_ count: Int) async { await until { $0.count >= count } }

    /// Waits until the events processed are as wanted, or following went wrong.
    func until(_ isReached: ([FeedEvent]) -> Bool) async {
        var heard = arrived.count
        while !isReached(events), faults.isEmpty { heard = await arrived.wait(after: heard) }
    }

    /// Follows until the daemon is gone; a gap in the prev chain is a fault.
    ///
    /// - Parameter comesBack: Goes on after a break by itself, until it is refused.
    func follow(_ address: String, from start: FeedStart = .resume, comesBack: Bool = false) async {
        let parts = address.split(separator: ":")
        guard let port = Int(parts[1]), let credential = FeedClientSettings.credential(from: token) else { return }
        var settings = FeedClientSettings(host: String(parts[0]), port: port, credential: credential)
        settings.name = name
        // The beginning for the first time; afterwards the cursor says where.
        settings.from = start
        settings.longestPause = .seconds(1)
        do {
            try await FeedClient(settings: settings).follow { notice in
                switch notice {
                case .event(let event): self.process(event)
                case .subscribed:
                    self.state.withLock { $0.isSubscribed = true }
                    self.arrived.ring()
                case .disconnected: if !comesBack { throw CancellationError() }
                default: break
                }
            }
        } catch is CancellationError {
            return
        } catch {
            state.withLock { $0.faults.append("\(error)") }
            arrived.ring()
        }
    }

    private func process(_ event: FeedEvent) {
        state.withLock { state in
            guard event.seq > (state.events.last?.seq ?? 0) else { return }
            state.events.append(event)
        }
        arrived.ring()
    }
}
