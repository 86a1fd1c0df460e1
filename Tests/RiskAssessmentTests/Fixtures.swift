import Foundation
import RiskAssessment
import TestSupport

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
