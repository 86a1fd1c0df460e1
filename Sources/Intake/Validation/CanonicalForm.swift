import Crypto
import Safeguarding

/// The fields of a report as sent, validated and normalised: what makes two submissions the same (design.md "Content hash").
///
/// Holds nothing that was defaulted or resolved; narrative and originator are kept beside it, so that its text can be
/// stored where corrections are merged into it.
struct CanonicalForm {
    private var members: [(key: String, value: JSON)] = []

    mutating func set(_ key: String, _ value: JSON?) {
        guard let value else { return }
        members.append((key, value))
    }

    /// One object with its keys sorted.
    var json: JSON { .object(members.sorted { $0.key < $1.key }) }

    /// SHA-256 over the canonical text, the originator's keyed hash and the narrative's bytes, each marked as there or not.
    ///
    /// The originator enters as its keyed hash: the content hash is stored, and a plain hash of a telephone number could
    /// be tried out.
    static func contentHash(of canonical: String, originator: OriginatorHash?, narrative: [UInt8]?) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array(canonical.utf8))
        hash.update(data: [0, originator == nil ? 0 : 1] as [UInt8])
        if let originator { hash.update(data: originator.bytes) }
        hash.update(data: [narrative == nil ? 0 : 1] as [UInt8])
        if let narrative { hash.update(data: narrative) }
        return Array(hash.finalize())
    }
}
