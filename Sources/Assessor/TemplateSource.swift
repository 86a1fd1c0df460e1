package import RiskAssessment

/// Where the assessor gets the template in force; asked before every transaction, so that an activation needs no restart.
package protocol TemplateSource: Sendable {
    func activeTemplate() async throws -> Template
}
