import Foundation
import RiskAssessment

/// The safeguarding template of the repository.
enum SmallTemplate {
    static func template() throws -> Template {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Deploy/templates/safeguarding.yaml").standardizedFileURL
        return try Template(yaml: String(contentsOf: file, encoding: .utf8))
    }
}
