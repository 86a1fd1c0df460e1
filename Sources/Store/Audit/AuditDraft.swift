import Crypto
package import Postgres
package import Safeguarding

/// An audit entry as it is written in the acting transaction: codes, ids and numbers, no personal content.
package struct AuditDraft: Sendable, Hashable {
    /// `person:CODE`, `agency:CODE` or `admin:OSUSER`.
    package var actor: String
    /// Object and verb, such as `report.create`.
    package var action: String
    /// The code or id it was done to.
    package var subject: String
    package var detail: String
    /// SHA-256 over the ids concerned, where there are many.
    package var digest: [UInt8]?

    package init(actor: String, action: String, subject: String = "", detail: String = "", digest: [UInt8]? = nil) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail
        self.digest = digest
    }

    /// SHA-256 over the ids' sixteen bytes each, in order of id, so that the order of a batch does not show.
    package static func digest(of ids: some Sequence<UniqueID>) -> [UInt8] {
        var hash = SHA256()
        for id in ids.sorted() {
            for half in [id.high, id.low] {
                hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) })
            }
        }
        return Array(hash.finalize())
    }
}

/// The statements that write audit entries. Every role may insert; only the sealer's function ever changes or deletes.
package enum AuditStatement {
    package static func one(_ entry: AuditDraft) -> Statement { many([entry]) }

    package static func many(_ entries: [AuditDraft]) -> Statement {
        Statement(
            """
            INSERT INTO placeguard.audit_entry (actor, action, subject, detail, digest)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            """,
            [
                .texts(entries.map(\.actor)), .texts(entries.map(\.action)), .texts(entries.map(\.subject)),
                .texts(entries.map(\.detail)), .bytesArray(entries.map(\.digest)),
            ]
        )
    }
}
