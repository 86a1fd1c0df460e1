/// Reads are audited like writes (design.md "Trust").
package protocol ReadAudit: Sendable {
    /// Records who read what, in codes, counts and identifiers: never a name, a narrative or a value somebody wrote.
    ///
    /// Called before the answer is given; where it throws, the answer is withheld.
    /// - Parameters:
    ///   - actor: `person:CODE`, `agency:CODE` or `admin:OSUSER`.
    ///   - action: such as `read.briefing`.
    ///   - detail: such as `view=open area=E05-1 places=12`.
    func recordRead(actor: String, action: String, detail: String) async throws
}
