package import Foundation

/// Reference data beside the repository; tests that need it are skipped where it is absent.
package enum SharedData {
    package static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["PLACEGUARD_SHARED_DATA"] { return URL(filePath: path) }
        return Repository.root.deletingLastPathComponent().appending(path: "shared/data")
    }()

    package static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    package static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: path)))
    }

    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Names in a folder, sorted; none where there is no such folder.
    package static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path)) ?? []).sorted()
    }
}

/// The repository these tests were built from.
package enum Repository {
    /// Three levels above this file.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
