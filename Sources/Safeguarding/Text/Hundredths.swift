/// A decimal with at most two places, exact: every factor of a template is one (scoring.md section 1).
package struct Hundredths: Hashable, Comparable, Sendable {
    /// Value times one hundred.
    package var value: Int

    package init(_ value: Int) {
        self.value = value
    }

    /// Reads `-?digits(.digits)?` with at most six digits before the point and two after; never through floating point.
    package init?(_ text: some StringProtocol) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count <= 6, let whole = parts[0].asciiNumber else {
            return nil
        }
        var hundredths = whole * 100
        if parts.count == 2 {
            guard parts[1].utf8.count <= 2, let fraction = parts[1].asciiNumber else { return nil }
            hundredths += parts[1].utf8.count == 1 ? fraction * 10 : fraction
        }
        self.init(isNegative ? -hundredths : hundredths)
    }

    package static func < (a: Hundredths, b: Hundredths) -> Bool { a.value < b.value }

    /// Two places, such as `0.70`.
    package var text: String {
        (value < 0 ? "-" : "") + "\(value.magnitude / 100)." + Int(value.magnitude % 100).twoDigits
    }

    /// As few places as it takes, such as `-0.5` or `3`.
    package var shortest: String {
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
