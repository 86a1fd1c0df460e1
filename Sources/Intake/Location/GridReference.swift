/// A British National Grid reference: two letters with 2 to 10 figures (`TL 086 213`), or easting and northing in metres.
///
/// Names a square; the position is its centre (Ordnance Survey, "A guide to coordinate systems in Great Britain", 7).
struct GridReference: Hashable {
    /// Metres of the centre; of a square of one metre, its south-west corner.
    var easting: Int
    var northing: Int
    /// Half the width of the square; 0 = to the metre.
    var halfWidth: Int
    /// `TL086213` or `508653,221332`.
    var canonical: String

    /// Metres covered by the 100 km squares of Great Britain.
    private static let eastings = 0..<700_000
    private static let northings = 0..<1_300_000

    /// Reads either form; letters in any case, spaces anywhere between the groups.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 32, let first = bytes.first else { return nil }
        if (48...57).contains(first) { self.init(metres: bytes) } else { self.init(square: bytes) }
    }

    private init?(square bytes: [UInt8]) {
        let packed = bytes.filter { $0 != UInt8(ascii: " ") }.map { (97...122).contains($0) ? $0 - 32 : $0 }
        guard packed.count >= 4, packed.count <= 12, packed.count % 2 == 0,
            let hundred = GridReference.hundredKilometres(packed[0], packed[1])
        else { return nil }
        let figures = packed.dropFirst(2)
        let half = figures.count / 2
        guard let east = GridReference.number(figures.prefix(half)),
            let north = GridReference.number(figures.suffix(half))
        else { return nil }
        var width = 100_000
        for _ in 0..<half { width /= 10 }
        easting = hundred.east + east * width + width / 2
        northing = hundred.north + north * width + width / 2
        halfWidth = width / 2
        canonical = String(decoding: packed, as: UTF8.self)
    }

    /// Two numbers of at most seven figures with a comma or a space between them; fractions of a metre are dropped.
    private init?(metres bytes: [UInt8]) {
        let parts = bytes.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }
        guard parts.count == 2, let east = GridReference.metres(parts[0]), let north = GridReference.metres(parts[1]),
            GridReference.eastings.contains(east), GridReference.northings.contains(north)
        else { return nil }
        easting = east
        northing = north
        halfWidth = 0
        canonical = "\(east),\(north)"
    }

    /// The south-west corner of a lettered square: 500 km squares from V (south-west) to A, then 100 km within; no I.
    private static func hundredKilometres(_ first: UInt8, _ second: UInt8) -> (east: Int, north: Int)? {
        guard let large = position(first), let small = position(second) else { return nil }
        // The grid's origin is the corner of S: two large squares from the west, one from the south.
        let east = (large.column - 2) * 500_000 + small.column * 100_000
        let north = (large.row - 1) * 500_000 + small.row * 100_000
        guard eastings.contains(east), northings.contains(north) else { return nil }
        return (east, north)
    }

    /// Column from the west and row from the south of a letter in the five by five square, I left out.
    private static func position(_ letter: UInt8) -> (column: Int, row: Int)? {
        guard (65...90).contains(letter), letter != UInt8(ascii: "I") else { return nil }
        let index = Int(letter) - 65 - (letter > UInt8(ascii: "I") ? 1 : 0)
        return (index % 5, 4 - index / 5)
    }

    private static func number(_ figures: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in figures {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return figures.isEmpty ? nil : value
    }

    private static func metres(_ part: ArraySlice<UInt8>) -> Int? {
        let pieces = part.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = pieces.first, whole.count <= 7 else { return nil }
        if pieces.count == 2, number(pieces[1].prefix(9)) == nil { return nil }
        return number(whole)
    }
}
