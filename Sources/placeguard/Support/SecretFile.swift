import Platform

/// Files with tokens, keys and passwords, which a command is given by name: none that others on the machine can read.
enum SecretFile {
    /// More than any of them has.
    private static let longest = 65_536

    /// The bytes of one.
    ///
    /// - Parameter option: Where it was named, as `--token-file`.
    /// - Throws: `CommandFailure`, also where group or others may do anything with it.
    static func read(_ path: String, option: String) throws -> [UInt8] {
        guard let (bytes, facts) = try? RegularFile.read(path, limit: longest) else {
            throw CommandFailure("The file of \(option) cannot be read.")
        }
        guard facts.isPrivate else {
            throw CommandFailure("The file of \(option) can be used by others than its owner: chmod 600 it.")
        }
        return bytes
    }

    /// Checks one that something else reads.
    static func check(_ path: String, option: String) throws { _ = try read(path, option: option) }
}
