import Assessor
import RiskAssessment
import Store
import TestSupport

/// The rules that ship, under the name of the template that is in force in a scene: what is decided under another one is being
/// rescored.
enum ShippedRules {
    static func template() throws -> Template {
        try Template(
            yaml: try Repository.text("Deploy/templates/safeguarding.yaml").replacing(
                /(?m)^id: .*$/,
                with: "id: \(Scene.template.id)",
                maxReplacements: 1
            )
            .replacing(/(?m)^version: .*$/, with: "version: \(Scene.template.version)", maxReplacements: 1)
        )
    }
}

extension Scene {
    /// Works off what is due under the rules that ship.
    func drainUnderShippedRules() async throws {
        let decider = Decider(template: try ShippedRules.template())
        try await drainAll { try decider.decide($0, in: $1) }
    }
}
