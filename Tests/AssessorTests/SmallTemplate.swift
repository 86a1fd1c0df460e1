import RiskAssessment
import TestSupport

/// The safeguarding template of the repository.
enum SmallTemplate {
    static func template() throws -> Template {
        try Template(yaml: Repository.text("Deploy/templates/safeguarding.yaml"))
    }
}
