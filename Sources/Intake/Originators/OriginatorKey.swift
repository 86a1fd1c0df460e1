import Crypto
import Safeguarding

/// The key under which originators are hashed before they are stored (design.md "Originators").
///
/// One for the life of a database, kept outside it; the database keeps the fingerprint, and a daemon with another key
/// refuses to start. Never printed: it has no description of its own.
package struct OriginatorKey: Sendable {
    /// Bytes of a key: the block of HMAC-SHA-256's output.
    package static let byteCount = 32

    private let key: SymmetricKey

    /// Takes exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == OriginatorKey.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// What the database keeps to recognise the key by, in hexadecimal; says nothing about it.
    package var fingerprint: String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("placeguard originator key".utf8), using: key)
        return Hexadecimal.text(Array(code).prefix(16))
    }

    /// The keyed hash of a message made by ``OriginatorValue``.
    func hash(of message: String) -> OriginatorHash? {
        OriginatorHash(bytes: Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key)))
    }
}

extension OriginatorKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "OriginatorKey" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
