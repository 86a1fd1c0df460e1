/// The part of an address that one client can be told by.
package enum ClientNetwork {
    /// An IPv4 address; of an IPv6 address its /64 network, of which a client has all addresses.
    ///
    /// - Parameter address: As the system writes it; nil where there is none.
    package static func key(_ address: String?) -> String {
        guard let text = address else { return "local" }
        guard text.contains(":") else { return text }
        if let mapped = text.split(separator: ":").last, mapped.contains(".") { return String(mapped) }
        return network64(text)
    }

    /// The first four groups of an IPv6 address in any of its shortened forms.
    private static func network64(_ text: String) -> String {
        let halves = text.split(separator: "%", maxSplits: 1)[0].components(around: "::")
        let front = halves.before.split(separator: ":")
        let back = (halves.after ?? "").split(separator: ":")
        let zeros = halves.after == nil ? 0 : max(0, 8 - front.count - back.count)
        let groups = front + Array(repeating: "0", count: zeros) + back
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}

extension Substring {
    /// What stands before and behind the first `separator`; nil behind where there is none.
    fileprivate func components(around separator: String) -> (before: Substring, after: Substring?) {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                return (self[..<index], self[self.index(index, offsetBy: separator.count)...])
            }
            index = self.index(after: index)
        }
        return (self, nil)
    }
}
