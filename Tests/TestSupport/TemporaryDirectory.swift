import Foundation

/// A directory of its own for one test, removed with all that is in it when the value goes away.
package struct TemporaryDirectory: ~Copyable {
    /// Its absolute path: short, since sockets are made below it.
    package let path: String

    /// Makes an empty directory with mode 0700.
    package init() throws {
        let name = String(UUID().uuidString.replacing("-", with: "").prefix(12)).lowercased()
        path = "/tmp/pg-\(name)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
