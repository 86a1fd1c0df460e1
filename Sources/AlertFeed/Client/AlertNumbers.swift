import Safeguarding

/// Short numbers for the alerts that a person has seen in a terminal, so that nobody types an id, and which revision of each
/// they can have read.
///
/// A number stays with its alert. Past the capacity the alert numbered longest ago is forgotten.
package struct AlertNumbers: Sendable {
    /// More than a shift sees.
    private static let capacity = 1_000

    private var shown: [String: ShownAlert] = [:]
    private var alerts: [Int: String] = [:]
    private var count = 0
    /// The alert shown last.
    package private(set) var latest: String?

    package init() {}

    /// The alert's number, given to it now where it has none.
    package mutating func number(of alert: String) -> Int {
        latest = alert
        if let number = shown[alert]?.number { return number }
        count += 1
        shown[alert] = ShownAlert(number: count)
        alerts[count] = alert
        if let old = alerts.removeValue(forKey: count - Self.capacity) { shown[old] = nil }
        return count
    }

    /// The number of an event's alert, which came by itself.
    package mutating func number(of event: FeedEvent, at now: ContinuousClock.Instant) -> Int {
        let number = number(of: event.alert)
        shown[event.alert]?.came(event.rev, Urgency(rawValue: event.urgency) ?? .immediate, at: now)
        return number
    }

    /// The number of an alert that was shown as of this event because the person asked.
    package mutating func number(ofAsked event: FeedEvent) -> Int {
        let number = number(of: event.alert)
        shown[event.alert]?.asked(event.rev, Urgency(rawValue: event.urgency) ?? .immediate)
        return number
    }

    package func alert(_ number: Int) -> String? { alerts[number] }

    /// The number of an alert that was shown; nil for another.
    package func known(_ alert: String) -> Int? { shown[alert]?.number }

    /// The last revision that the person can have read; nil where none was shown.
    package func read(_ alert: String, at now: ContinuousClock.Instant) -> Int? { shown[alert]?.read(at: now) }

    /// Another server has taken over: its revisions are others, and what was read of them is not known.
    package mutating func forgetRevisions() {
        for (alert, shown) in shown { self.shown[alert] = .fromBefore(number: shown.number) }
    }
}

/// What was shown of an alert, and which revision somebody can be expected to have read.
private struct ShownAlert: Sendable {
    /// For so long whoever is typing words may not have noticed a line that came meanwhile.
    static let unnoticed = Duration.seconds(60)

    var number: Int
    /// The last revision that was on the screen for long enough, or was asked for, or the first.
    private var settled: Int?
    private var last: Int?
    private var since: ContinuousClock.Instant?
    /// The most urgent that came.
    private var urgency: Urgency?
    /// With which it became more urgent: that is read when it was asked for, and not because time has passed.
    private var risen: Int?

    init(number: Int) { self.number = number }

    /// Of another server nothing is read but what an alert begins with, which is the same on both; what comes is asked for.
    static func fromBefore(number: Int) -> ShownAlert {
        var shown = ShownAlert(number: number)
        (shown.settled, shown.last, shown.urgency) = (FeedEvent.firstRevision, FeedEvent.firstRevision, .low)
        return shown
    }

    mutating func came(_ rev: Int, _ urgency: Urgency, at now: ContinuousClock.Instant) {
        if let last, rev <= last { return }
        settled = read(at: now) ?? rev
        (last, since) = (rev, now)
        if let known = self.urgency, urgency > known, risen == nil { risen = rev }
        self.urgency = max(urgency, self.urgency ?? urgency)
    }

    mutating func asked(_ rev: Int, _ urgency: Urgency? = nil) {
        settled = max(rev, settled ?? rev)
        last = max(rev, last ?? rev)
        if let risen, rev >= risen { self.risen = nil }
        if let urgency { self.urgency = max(urgency, self.urgency ?? urgency) }
    }

    func read(at now: ContinuousClock.Instant) -> Int? {
        guard risen == nil, since.map({ now - $0 >= Self.unnoticed }) ?? true else { return settled }
        return last
    }
}
