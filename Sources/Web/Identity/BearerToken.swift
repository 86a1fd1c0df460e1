import HTTPTypes

/// A credential as it stands in the `Authorization` header: `Bearer ID.SECRET`.
///
/// Never printed: it has no description of its own.
struct BearerToken: Sendable, CustomStringConvertible, CustomReflectable {
    var id: String
    var secret: String

    /// Longer texts are no token of ours.
    private static let idBytes = 64
    private static let secretBytes = 128

    /// Reads the header's value; nil for anything that is not of the form.
    init?(header: String?) {
        guard let header, header.utf8.count <= 16 + BearerToken.idBytes + BearerToken.secretBytes else { return nil }
        let words = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        let parts = words[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, BearerToken.isPlain(parts[0], most: BearerToken.idBytes),
            BearerToken.isPlain(parts[1], most: BearerToken.secretBytes)
        else { return nil }
        id = String(parts[0])
        secret = String(parts[1])
    }

    private static func isPlain(_ text: Substring, most: Int) -> Bool {
        (1...most).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="),
                    UInt8(ascii: "+"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    var description: String { "BearerToken" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
