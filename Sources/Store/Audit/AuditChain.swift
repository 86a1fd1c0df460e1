import Crypto
import Postgres

/// The chain's arithmetic, apart from the one in the database (`audit_bytes`), so that each checks the other.
struct AuditChain {
    /// Hash of the entry before the next, and that entry's number.
    private(set) var hash: [UInt8] = Array(SHA256.hash(data: Array("placeguard".utf8)))
    private(set) var number: Int64 = 0

    /// One entry as the chain sees it: texts byte by byte, time in microseconds.
    struct Entry: Hashable {
        var number: Int64
        var at: PostgresTimestamp
        var actor: String
        var action: String
        var subject: String
        var detail: String
        var digest: [UInt8]?
    }

    /// Takes the next entry; answers its hash, or nil where its number is not the next one.
    mutating func append(_ entry: Entry) -> [UInt8]? {
        guard entry.number == number + 1 else { return nil }
        var bytes = hash
        AuditChain.append(UInt64(bitPattern: entry.number), to: &bytes)
        AuditChain.append(UInt64(bitPattern: entry.at.microseconds), to: &bytes)
        for text in [entry.actor, entry.action, entry.subject, entry.detail] {
            AuditChain.append(UInt32(truncatingIfNeeded: text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        }
        if let digest = entry.digest {
            AuditChain.append(UInt32(truncatingIfNeeded: digest.count), to: &bytes)
            bytes.append(contentsOf: digest)
        } else {
            AuditChain.append(UInt32.max, to: &bytes)
        }
        number = entry.number
        hash = Array(SHA256.hash(data: bytes))
        return hash
    }

    /// Big-endian, as `int8send` and `int4send` write.
    private static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
