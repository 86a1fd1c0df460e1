/// Points in whole units of 10^-10 (scoring.md section 1): exact, so the same input gives the same digits everywhere.
package struct Points: Hashable, Comparable, Sendable, Codable {
    package var units: Int64

    package init(units: Int64) {
        self.units = units
    }

    package static let zero = Points(units: 0)
    /// Units of one point.
    package static let one: Int64 = 10_000_000_000

    package static func < (a: Points, b: Points) -> Bool { a.units < b.units }
    package static func + (a: Points, b: Points) -> Points { Points(units: a.units + b.units) }
    package static func - (a: Points, b: Points) -> Points { Points(units: a.units - b.units) }
    package static func += (a: inout Points, b: Points) { a.units += b.units }

    /// Two decimals, rounded half to even, as people see them.
    package var shown: String {
        let step = Points.one / 100
        let magnitude = units.magnitude
        var hundredths = magnitude / UInt64(step)
        let rest = magnitude % UInt64(step)
        let half = UInt64(step) / 2
        if rest > half || (rest == half && hundredths % 2 == 1) { hundredths += 1 }
        return (units < 0 && hundredths > 0 ? "-" : "") + "\(hundredths / 100)." + Int(hundredths % 100).twoDigits
    }
}
