import Foundation
import Intake
import Platform

/// The key that hashes originators, in a file of its own and never in the database (design.md "Originators").
enum OriginatorKeyFile {
    /// Reads the key of an installation.
    static func read(_ settings: Settings) throws -> OriginatorKey {
        let path = settings.originatorKeyFile
        guard let facts = try FileFacts.of(path) else {
            throw CommandFailure(
                "The originator key is missing: \(path). It is part of the backup; restore it from there."
            )
        }
        guard facts.isPrivate else {
            throw CommandFailure("The originator key can be read by others: chmod 600 \(path)")
        }
        guard let data = FileManager.default.contents(atPath: path), let key = OriginatorKey(bytes: Array(data)) else {
            throw CommandFailure(
                "The originator key cannot be read, or is not \(OriginatorKey.byteCount) bytes: \(path)"
            )
        }
        return key
    }

    /// Makes the key of a database that has none yet; never replaces one.
    static func make(_ settings: Settings) throws {
        let path = settings.originatorKeyFile
        // The system generator is the kernel's getrandom(2), fit for keys.
        var generator = SystemRandomNumberGenerator()
        let bytes = Data((0..<OriginatorKey.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        guard try FileFacts.of(path) == nil,
            FileManager.default.createFile(atPath: path, contents: bytes, attributes: [.posixPermissions: 0o600])
        else { throw CommandFailure("The originator key cannot be written: \(path)") }
    }
}
