import Safeguarding

/// Short numbers for the alerts that a person has seen in a terminal, so that nobody types an id.
///
/// A number stays with its alert. Past the capacity the alert numbered longest ago is forgotten.
package struct AlertNumbers: Sendable {
    /// More than a shift sees.
    private static let capacity = 1_000

    private var numbers: [String: Int] = [:]
    private var alerts: [Int: String] = [:]
    private var last = 0
    /// The alert shown last.
    package private(set) var latest: String?

    package init() {}

    /// The alert's number, given to it now where it has none.
    package mutating func number(of alert: String) -> Int {
        latest = alert
        if let number = numbers[alert] { return number }
        last += 1
        numbers[alert] = last
        alerts[last] = alert
        if let old = alerts.removeValue(forKey: last - Self.capacity) { numbers[old] = nil }
        return last
    }

    package func alert(_ number: Int) -> String? { alerts[number] }
}
