/// The roles that Placeguard's processes take in the database, each with just the rights it needs.
package enum DatabaseRole: String, CaseIterable, Sendable {
    /// Owns the schema; migrations.
    case owner
    /// Takes reports in.
    case intake
    /// Reads evidence, stores assessments.
    case assessor
    /// Reads alerts, numbers and delivers them. Cannot read a narrative.
    case feed
    /// Reads for briefings.
    case briefing
    /// Agencies, people, tokens, audit.
    case admin

    /// The role's name in PostgreSQL.
    package var name: String { "placeguard_\(rawValue)" }
}
