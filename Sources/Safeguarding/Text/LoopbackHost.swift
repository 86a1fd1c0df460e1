/// Hosts that are this machine and nothing else, to which secrets may go in the clear.
package enum LoopbackHost {
    /// `localhost`, `::1` with or without brackets, and 127.0.0.0/8 in four numbers; a name that only looks like one is not.
    package static func contains(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
