import AlertFeed
import Foundation
import Safeguarding
import Synchronization

/// A coordinator who comes back after every loss, drops what was processed already and counts it.
///
/// What is sent again comes at the beginning of a subscription; anywhere else it is a fault, as is a position that does not rise.
final class Follower: Sendable {
    private struct State {
        var events: [FeedEvent] = []
        var faults: [String] = []
        var isSubscribed = false
        /// Events that came again.
        var repeated = 0
        /// The last position of this subscription.
        var last: Int64?
        var hasNew = false
        var breaks: [FeedBreak] = []
        var isLeaving = false
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
    /// Events that came again after a break.
    var repeated: Int { state.withLock { $0.repeated } }
    /// Where it had to go on elsewhere than where it had stopped.
    var breaks: [FeedBreak] { state.withLock { $0.breaks } }

    /// The next break is the last.
    func leave() { state.withLock { $0.isLeaving = true } }

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
                    self.state.withLock { state in
                        state.isSubscribed = true
                        (state.last, state.hasNew) = (nil, false)
                    }
                    self.arrived.ring()
                case .movedOn(let lost): self.state.withLock { $0.breaks.append(lost) }
                case .disconnected: if !comesBack || self.state.withLock(\.isLeaving) { throw CancellationError() }
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
            if let last = state.last, event.seq <= last { state.faults.append("\(event.seq) after \(last)") }
            state.last = event.seq
            guard event.seq > (state.events.last?.seq ?? 0) else {
                if state.hasNew { state.faults.append("\(event.seq) came again between new ones") }
                state.repeated += 1
                return
            }
            state.hasNew = true
            state.events.append(event)
        }
        arrived.ring()
    }
}
