import Postgres
import Safeguarding

/// The audit as an administrator reads it, and as anybody adds to it.
package struct AuditLog: Sendable {
    private let source: any ConnectionSource

    /// - Parameter source: Connections of any role to add; of `placeguard_admin` to read and verify.
    package init(source: any ConnectionSource) {
        self.source = source
    }

    /// Adds an entry in a transaction of its own: for reads, which are audited like writes.
    package func add(_ entry: AuditDraft) async throws {
        try await source.lend(while: "writing the audit") { connection in
            _ = try await connection.query(AuditStatement.one(entry))
        }
    }

    /// Where the sealed chain ends. Any role that prints it may ask.
    package func head() async throws -> AuditHead {
        try await source.lend(while: "reading the audit's head") { connection in
            try AuditLog.head(
                try await connection.query("SELECT number, hash, unsealed FROM placeguard.audit_head()")[0]
            )
        }
    }

    /// Recomputes the chain from its first entry.
    ///
    /// Reads row by row in one snapshot, so memory does not grow with the chain, and a sealer at work does not disturb.
    package func verify() async throws -> AuditVerification {
        try await source.transaction(while: "verifying the audit", isolation: .repeatableRead, readOnly: true) {
            connection in
            var chain = AuditChain()
            var fault: AuditVerification.Fault?
            let statement = Statement(
                """
                SELECT number, at, actor, action, subject, detail, digest, hash
                FROM placeguard.audit_chain ORDER BY number
                """
            )
            try await connection.stream(statement) { row in
                if fault != nil { return }
                let entry = AuditChain.Entry(
                    number: try row.int64(0),
                    at: try row.timestamp(1),
                    actor: try row.text(2),
                    action: try row.text(3),
                    subject: try row.text(4),
                    detail: try row.text(5),
                    digest: try row.optionalBytes(6)
                )
                let before = chain
                if let hash = chain.append(entry) {
                    if hash != (try row.bytes(7)) {
                        fault = .changed(number: entry.number)
                        chain = before
                    }
                } else {
                    fault = .missing(number: before.number + 1)
                }
            }
            let head = try AuditLog.head(
                try await connection.query("SELECT number, hash, unsealed FROM placeguard.audit_head()")[0]
            )
            return AuditVerification(intact: chain.number, head: head, fault: fault)
        }
    }

    /// Sealed entries, newest first.
    ///
    /// - Parameters:
    ///   - actor: Only this actor's; nil = everybody's.
    ///   - subject: Only about this code or id.
    ///   - before: Only entries with a lower number, for the next page.
    package func entries(
        actor: String? = nil,
        subject: String? = nil,
        before: Int64? = nil,
        limit: Int
    ) async throws -> [AuditRecord] {
        try await source.lend(while: "reading the audit") { connection in
            try await connection.query(
                """
                SELECT number, at, actor, action, subject, detail, digest, hash FROM placeguard.audit_chain
                WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR subject = $2)
                    AND ($3::bigint IS NULL OR number < $3)
                ORDER BY number DESC LIMIT $4
                """,
                [.text(actor), .text(subject), .int64(before), .int64(Int64(limit))]
            ).map { row in
                AuditRecord(
                    number: try row.int64(0),
                    at: try row.moment(1),
                    actor: try row.text(2),
                    action: try row.text(3),
                    subject: try row.text(4),
                    detail: try row.text(5),
                    digest: try row.optionalBytes(6),
                    hash: try row.bytes(7)
                )
            }
        }
    }

    private static func head(_ row: Row) throws -> AuditHead {
        AuditHead(
            number: try row.optionalInt64(0) ?? 0,
            hash: try row.optionalBytes(1),
            unsealed: Int(clamping: try row.int64(2))
        )
    }
}
