package import RiskAssessment

/// Where the assessor gets the rules in force; asked before every transaction, so that an activation needs no restart.
package protocol TemplateSource: Sendable {
    /// The template in force as last read: the store refuses to decide under one that no longer is.
    var lastTemplate: Template { get }

    /// The template in force, read anew.
    func activeTemplate() async throws -> Template

    /// What replaces the template's marking in a database of exercises; nil in any other.
    var marking: String? { get }
}
