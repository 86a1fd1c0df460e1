/// Coordinates as text, without floating point's tail.
enum Degrees {
    /// At most six decimals: a tenth of a metre, finer than any source here.
    private static let scale = 1_000_000

    /// Shortest decimal of a coordinate rounded to six places; `0` for what is not finite.
    static func text(_ degrees: Double) -> String {
        guard degrees.isFinite, degrees.magnitude <= 360 else { return "0" }
        let units = Int((degrees * Double(scale)).rounded())
        let fraction = units.magnitude % UInt(scale)
        var text = (units < 0 ? "-" : "") + String(units.magnitude / UInt(scale))
        guard fraction > 0 else { return text }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 6 - digits.utf8.count) + digits
        while digits.last == "0" { digits.removeLast() }
        text += "." + digits
        return text
    }
}
