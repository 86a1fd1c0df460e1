/// A 128-bit identifier, in practice a UUIDv7 made by the database, which sorts by the time it was made.
package struct UniqueID: Hashable, Comparable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Of a UUIDv7: when it was made, in milliseconds since 1970 (RFC 9562 section 5.7).
    package var milliseconds: Int64 { Int64(high >> 16) }

    package static func < (a: UniqueID, b: UniqueID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// Reads the canonical 8-4-4-4-12 form, hexadecimal digits in either case.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = UniqueID.value(ofHex: byte) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// The canonical lower-case form.
    package var text: String {
        let ascii = ascii
        return String(decoding: ascii.indices.lazy.map { ascii[$0] }, as: UTF8.self)
    }

    /// ``text`` byte by byte, without an allocation.
    package var ascii: [36 of UInt8] {
        var digit = 0
        return [36 of UInt8] { index in
            if index == 8 || index == 13 || index == 18 || index == 23 { return UInt8(ascii: "-") }
            defer { digit += 1 }
            let half = digit < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digit % 16)) & 15)
            return value < 10 ? 48 + value : 87 + value
        }
    }

    private static func value(ofHex byte: UInt8) -> UInt64? {
        switch byte {
        case 48...57: UInt64(byte - 48)
        case 97...102: UInt64(byte - 87)
        case 65...70: UInt64(byte - 55)
        default: nil
        }
    }
}

/// An identifier of one kind of thing, shown with a prefix that says which (`rpt_`, `loc_`, `alt_`, `brf_`).
package protocol PrefixedIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    static var prefix: String { get }
    var value: UniqueID { get }
    init(_ value: UniqueID)
}

extension PrefixedIdentifier {
    /// Reads prefix and canonical UUID.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.prefix.utf8.count + 36, text.hasPrefix(Self.prefix),
            let value = UniqueID(text.dropFirst(Self.prefix.count))
        else { return nil }
        self.init(value)
    }

    package var text: String { Self.prefix + value.text }
    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// A report, in all its versions.
package struct ReportID: PrefixedIdentifier {
    package static let prefix = "rpt_"
    package let value: UniqueID
    package init(_ value: UniqueID) { self.value = value }
}

/// A place: premises, a vehicle, a point or an area.
package struct LocationID: PrefixedIdentifier {
    package static let prefix = "loc_"
    package let value: UniqueID
    package init(_ value: UniqueID) { self.value = value }
}

/// An alert in one view, from opening to closing.
package struct AlertID: PrefixedIdentifier {
    package static let prefix = "alt_"
    package let value: UniqueID
    package init(_ value: UniqueID) { self.value = value }
}

/// A frozen briefing.
package struct BriefingID: PrefixedIdentifier {
    package static let prefix = "brf_"
    package let value: UniqueID
    package init(_ value: UniqueID) { self.value = value }
}
