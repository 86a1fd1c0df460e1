import Safeguarding

/// Reads over HTTP, recorded with the same log as everything else.
extension AuditLog: ReadAudit {
    package func recordRead(actor: String, action: String, detail: String) async throws {
        try await add(AuditDraft(actor: actor, action: action, detail: detail))
    }
}
