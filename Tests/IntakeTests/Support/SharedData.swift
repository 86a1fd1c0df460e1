import Foundation

/// Reference data beside the repository; tests that need it are skipped where it is absent.
enum SharedData {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["PLACEGUARD_SHARED_DATA"] { return URL(filePath: path) }
        return repository.deletingLastPathComponent().appending(path: "shared/data")
    }()

    /// The root of the repository: four levels above this file.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: root.appending(path: path))) }

    /// Names in a folder, sorted.
    static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path).sorted()
    }

    static func repositoryText(_ path: String) throws -> String {
        try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }
}
