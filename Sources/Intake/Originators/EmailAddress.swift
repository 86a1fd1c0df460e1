import Foundation

/// E-mail addresses in one spelling: lower case, the domain in its IDNA form (UTS 46).
enum EmailAddress {
    /// Octets of a local part and of a domain (RFC 5321, 4.5.3.1).
    private static let longestLocalPart = 64
    private static let longestDomain = 253

    /// Reads an address without display name or quotes; nil where it has not the shape of one.
    static func normalised(_ text: String) -> String? {
        let address = text.trimmingCharacters(in: .whitespaces)
        guard let at = address.lastIndex(of: "@") else { return nil }
        let local = address[..<at].lowercased().precomposedStringWithCanonicalMapping
        guard !local.isEmpty, local.utf8.count <= longestLocalPart, local.allSatisfy(isAllowedLocally),
            let domain = domain(String(address[address.index(after: at)...]))
        else { return nil }
        return local + "@" + domain
    }

    private static func isAllowedLocally(_ character: Character) -> Bool {
        !character.isWhitespace && !"@\"<>()[],;:\\".contains(character)
    }

    private static func domain(_ text: String) -> String? {
        let name: String
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            name = text.lowercased()
        } else {
            // Foundation applies UTS 46 through ICU; what it cannot encode it percent-escapes, which no domain survives.
            var components = URLComponents()
            components.host = text
            guard let encoded = components.encodedHost else { return nil }
            name = encoded.lowercased()
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= longestDomain, labels.count >= 2, labels.allSatisfy(isLabel) else { return nil }
        return name
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
