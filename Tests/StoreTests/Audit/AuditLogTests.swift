import Postgres
import Safeguarding
import ServiceLifecycle
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct AuditLogTests {
    private func sealed(_ fixture: StoreFixture, _ count: Int) async throws -> AuditHead {
        let log = AuditLog(source: fixture.intake)
        for number in 0..<count {
            try await log.add(
                AuditDraft(
                    actor: "agency:a",
                    action: "report.read",
                    subject: "rpt_\(number)",
                    detail: "n=\(number) äß\u{1F600}",
                    digest: number % 2 == 0 ? nil : AuditDraft.digest(of: [UniqueID(high: 1, low: UInt64(number))])
                )
            )
        }
        return try await AuditSealer(source: fixture.admin, logger: fixture.logger).seal()
    }

    @Test func `what was sealed verifies, computed twice: in the database and here`() async throws {
        try await StoreFixture.with { fixture in
            let head = try await sealed(fixture, 5)
            #expect(head.number == 5)
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.fault == nil)
            #expect(verification.intact == 5)
            #expect(verification.head == head)
            #expect(verification.head.unsealed == 0)
        }
    }

    @Test func `an empty chain verifies and has no head`() async throws {
        try await StoreFixture.with { fixture in
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.fault == nil)
            #expect(verification.head.text == nil)
        }
    }

    @Test func `a changed entry is found, and that nothing before it was touched`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await sealed(fixture, 5)
            try await fixture.owner.withConnection { connection in
                _ = try await connection.query("UPDATE placeguard.audit_chain SET detail = 'n=7' WHERE number = 3")
            }
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.fault == .changed(number: 3))
            #expect(verification.intact == 2)
        }
    }

    @Test func `a removed entry is found`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await sealed(fixture, 5)
            try await fixture.owner.withConnection { connection in
                _ = try await connection.query("DELETE FROM placeguard.audit_chain WHERE number = 2")
            }
            #expect(try await AuditLog(source: fixture.admin).verify().fault == .missing(number: 2))
        }
    }

    @Test func `a chain rewritten to its end shows against a head noted before`() async throws {
        try await StoreFixture.with { fixture in
            let before = try await sealed(fixture, 3)
            try await fixture.owner.withConnection { connection in
                // What somebody with the owner's rights could do: unseal, change and seal again.
                _ = try await connection.pipeline([
                    Statement(
                        """
                        INSERT INTO placeguard.audit_entry (at, actor, action, subject, detail, digest)
                        SELECT at, actor, action, subject, CASE number WHEN 2 THEN 'n=9' ELSE detail END, digest
                        FROM placeguard.audit_chain ORDER BY number
                        """
                    ),
                    Statement("DELETE FROM placeguard.audit_chain"),
                    Statement("SELECT * FROM placeguard.seal_audit(100)"),
                ])
            }
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.fault == nil)
            #expect(verification.head.text != before.text)
        }
    }

    @Test func `the tail that waits is counted and no part of the chain`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await sealed(fixture, 2)
            try await AuditLog(source: fixture.feed).add(AuditDraft(actor: "person:p", action: "feed.list"))
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.intact == 2)
            #expect(verification.head.unsealed == 1)
        }
    }

    @Test func `two sealers at once number every entry once`() async throws {
        try await StoreFixture.with { fixture in
            let log = AuditLog(source: fixture.intake)
            for number in 0..<40 {
                try await log.add(AuditDraft(actor: "agency:a", action: "test", detail: "\(number)"))
            }
            let sealer = AuditSealer(source: fixture.admin, logger: fixture.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try await sealer.seal() } }
                try await group.waitForAll()
            }
            let verification = try await AuditLog(source: fixture.admin).verify()
            #expect(verification.intact == 40)
            #expect(verification.fault == nil)
        }
    }

    @Test func `the service seals what waits when it is told to stop`() async throws {
        try await StoreFixture.with { fixture in
            try await AuditLog(source: fixture.intake).add(AuditDraft(actor: "agency:a", action: "test"))
            let group = ServiceGroup(
                services: [AuditSealer(source: fixture.admin, logger: fixture.logger)],
                logger: fixture.logger
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(try await AuditLog(source: fixture.admin).head().number == 1)
        }
    }

    @Test func `entries are shown newest first, by actor and subject, page by page`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await sealed(fixture, 4)
            let log = AuditLog(source: fixture.admin)
            let page = try await log.entries(actor: "agency:a", limit: 3)
            #expect(page.map(\.number) == [4, 3, 2])
            let rest = try await log.entries(actor: "agency:a", before: 2, limit: 3)
            #expect(rest.map(\.number) == [1])
            #expect(try await log.entries(subject: "rpt_2", limit: 3).map(\.number) == [3])
            #expect(try await log.entries(actor: "agency:b", limit: 3).isEmpty)
        }
    }
}
