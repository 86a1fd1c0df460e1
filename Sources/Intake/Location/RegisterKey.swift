/// An entry of a register by scheme and number, such as `fhrs:123`: the key under which it is loaded and named.
struct RegisterKey: Hashable {
    /// Scheme in lower case, number as given.
    let text: String

    /// Reads `scheme:number`: 1-32 of `a-z 0-9 -` and 1-64 of `A-Z a-z 0-9 . _ / -`.
    init?(_ sent: some StringProtocol) {
        let parts = sent.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, (1...32).contains(parts[0].count), (1...64).contains(parts[1].count) else { return nil }
        let scheme = parts[0].map { (65...90).contains($0) ? $0 + 32 : $0 }
        guard scheme.allSatisfy({ RegisterKey.isWord($0) || $0 == UInt8(ascii: "-") }),
            parts[1].allSatisfy({ RegisterKey.isWord($0) || (65...90).contains($0) || "._/-".utf8.contains($0) })
        else { return nil }
        text = String(decoding: scheme + [UInt8(ascii: ":")] + parts[1], as: UTF8.self)
    }

    private static func isWord(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }
}
