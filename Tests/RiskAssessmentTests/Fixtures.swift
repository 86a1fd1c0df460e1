import Foundation
import RiskAssessment

/// Reference data beside the repository, where there is any.
enum ReferenceData {
    static let directory =
        ProcessInfo.processInfo.environment["PLACEGUARD_SHARED_DATA"] ?? Repository.root + "/../shared/data"

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: directory + "/" + path) }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: directory + "/" + path, encoding: .utf8)
    }
}

/// The repository these tests were built from.
enum Repository {
    static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }
}

/// The templates that ship, read once for all tests.
enum Templates {
    private static let read = ["safeguarding", "police-open-data"].reduce(into: [String: Result<Template, any Error>]())
    {
        templates,
        name in
        templates[name] = Result { try Template(yaml: Repository.text("Deploy/templates/\(name).yaml")) }
    }

    static func safeguarding() throws -> Template { try named("safeguarding") }
    static func policeOpenData() throws -> Template { try named("police-open-data") }

    private static func named(_ name: String) throws -> Template {
        guard let result = read[name] else { throw CocoaError(.fileNoSuchFile) }
        return try result.get()
    }
}
