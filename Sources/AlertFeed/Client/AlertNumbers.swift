import Safeguarding

/// Short numbers for the alerts that a person has seen in a terminal, so that nobody types an id, and which revision of each
/// they can have read.
///
/// A number stays with its alert. Past the capacity the alert numbered longest ago is forgotten.
package struct AlertNumbers: Sendable {
    /// More than a shift sees.
    private static let capacity = 1_000
    /// For so long somebody who is typing may not have noticed a line that came meanwhile.
    package static let unnoticed = Duration.seconds(10)

    /// What was shown of an alert.
    private struct Shown {
        var number: Int
        /// The last revision that was on the screen for long enough, or was asked for, or the first.
        private var settled: Int?
        private var last: Int?
        private var since: ContinuousClock.Instant?

        init(number: Int) { self.number = number }

        mutating func came(_ rev: Int, at now: ContinuousClock.Instant) {
            if let last, rev <= last { return }
            (settled, last, since) = (read(at: now) ?? rev, rev, now)
        }

        mutating func asked(_ rev: Int) {
            settled = max(rev, settled ?? rev)
            last = max(rev, last ?? rev)
        }

        func read(at now: ContinuousClock.Instant) -> Int? {
            guard let since, now - since < AlertNumbers.unnoticed else { return last }
            return settled
        }
    }

    private var shown: [String: Shown] = [:]
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
        shown[alert] = Shown(number: count)
        alerts[count] = alert
        if let old = alerts.removeValue(forKey: count - Self.capacity) { shown[old] = nil }
        return count
    }

    /// The number of an alert of which a revision came by itself.
    package mutating func number(of alert: String, came rev: Int, at now: ContinuousClock.Instant) -> Int {
        let number = number(of: alert)
        shown[alert]?.came(rev, at: now)
        return number
    }

    /// The number of an alert of which a revision was shown because the person asked.
    package mutating func number(of alert: String, asked rev: Int) -> Int {
        let number = number(of: alert)
        shown[alert]?.asked(rev)
        return number
    }

    package func alert(_ number: Int) -> String? { alerts[number] }

    /// The last revision that the person can have read; nil where none was shown.
    package func read(_ alert: String, at now: ContinuousClock.Instant) -> Int? { shown[alert]?.read(at: now) }
}
