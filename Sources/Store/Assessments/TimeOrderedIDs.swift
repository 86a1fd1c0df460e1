import Safeguarding

/// Makes the UUIDv7s of one transaction: time part from the database's clock, then a counter, then chance.
///
/// RFC 9562 section 6.2, method 1: the 12 bits of `rand_a` count, so that the ids of a transaction sort in the order in
/// which they were made, as LIST pages alerts. Past 4 096 the time part moves on by a millisecond.
struct TimeOrderedIDs {
    private let milliseconds: UInt64
    private var made: UInt64 = 0

    /// - Parameter milliseconds: Since 1970, by the database's clock.
    init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    mutating func next() -> UniqueID {
        let time = (milliseconds &+ made >> 12) & 0xFFFF_FFFF_FFFF
        let high = time << 16 | 0x7000 | made & 0xFFF
        let low = UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        made += 1
        return UniqueID(high: high, low: low)
    }
}
