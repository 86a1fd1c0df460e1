import Metrics
import Safeguarding

/// What the feed counts.
///
/// No label names an agency, area, location or view. Events, acknowledgements and holds are counted for the open view only:
/// whoever watches the machine reads `/metrics`, and a figure that moved with the full view would tell that something restricted
/// happened (design.md "A score must not leak").
struct FeedMetrics: Sendable {
    private let connections = Gauge(label: "placeguard_feed_connections")
    private let accepted = Counter(label: "placeguard_feed_accepted_total")
    private let refusals: [ConnectionTable.Refusal: Counter]
    private let ends: [EndReason: Counter]
    private let refusedLogins = Counter(label: "placeguard_feed_refused_logins_total")
    private let events = Counter(label: "placeguard_feed_events_total")
    private let acknowledgements = Counter(label: "placeguard_feed_acknowledgements_total")
    private let holds = Counter(label: "placeguard_feed_holds_total")
    private let lostEvents = Counter(label: "placeguard_feed_lost_positions_total")
    private let unanswered = Gauge(label: "placeguard_feed_exercises_unanswered")
    private let silent = Gauge(label: "placeguard_feed_standing_silent")
    private let databaseFailures = Counter(label: "placeguard_feed_database_failures_total")

    init() {
        refusals = Dictionary(
            uniqueKeysWithValues: ConnectionTable.Refusal.allCases.map {
                ($0, Counter(label: "placeguard_feed_refused_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
        ends = Dictionary(
            uniqueKeysWithValues: EndReason.allCases.map {
                ($0, Counter(label: "placeguard_feed_ended_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
    }

    func connections(_ count: Int) { connections.record(count) }
    func connectionAccepted() { accepted.increment() }
    func connectionRefused(_ reason: ConnectionTable.Refusal) { refusals[reason]?.increment() }
    func sessionEnded(_ reason: EndReason) { ends[reason]?.increment() }
    func loginRefused() { refusedLogins.increment() }
    /// Readers whose last two exercises are unanswered now.
    func unanswered(_ readers: Int) { unanswered.record(readers) }

    /// Standing subscriptions, such as relays, that are silent now, on whatever daemon.
    func silent(_ subscriptions: Int) { silent.record(subscriptions) }

    func lost(_ count: Int) { lostEvents.increment(by: count) }

    func databaseFailed() { databaseFailures.increment() }

    func said(_ lines: [ServerLine], in view: View?) {
        guard view == .open, !lines.isEmpty else { return }
        var sent = 0
        var held = 0
        for line in lines {
            switch line {
            case .events(_, _, let events): sent += events.count
            case .hold: held += 1
            default: break
            }
        }
        if sent > 0 { events.increment(by: sent) }
        if held > 0 { holds.increment(by: held) }
    }

    func acknowledged(in view: View) {
        if view == .open { acknowledgements.increment() }
    }
}
