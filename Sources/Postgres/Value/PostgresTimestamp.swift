/// A moment of `timestamptz`, in microseconds since 1970-01-01 00:00:00 UTC.
///
/// `Int64.max` and `Int64.min` stand for PostgreSQL's `infinity` and `-infinity`.
package struct PostgresTimestamp: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01 UTC, leap seconds not counted.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes a moment from whole seconds; one beyond the representable range becomes the infinity of its sign.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since 1970-01-01 UTC, rounded towards the past.
    package var seconds: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    package static let infinity = PostgresTimestamp(microseconds: .max)
    package static let negativeInfinity = PostgresTimestamp(microseconds: .min)

    package static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// 2000-01-01 UTC, where the server's own count begins (`POSTGRES_EPOCH_JDATE`), in microseconds since 1970.
    private static let serverEpoch: Int64 = 946_684_800_000_000

    /// The server's binary form: microseconds since 2000-01-01.
    ///
    /// A moment before what `Int64` can count from 2000 becomes the lowest finite value, which the server refuses as
    /// out of range (22008) like every other moment before 4713 BC.
    var wire: Int64 {
        if microseconds == .max || microseconds == .min { return microseconds }
        let (difference, overflow) = microseconds.subtractingReportingOverflow(Self.serverEpoch)
        return overflow || difference == .min ? .min + 1 : difference
    }

    /// Reads the server's binary form; nil for the last years PostgreSQL knows, which do not fit a count from 1970.
    init?(wire: Int64) {
        if wire == .max || wire == .min {
            microseconds = wire
            return
        }
        let (sum, overflow) = wire.addingReportingOverflow(Self.serverEpoch)
        guard !overflow, sum != .max else { return nil }
        microseconds = sum
    }
}
