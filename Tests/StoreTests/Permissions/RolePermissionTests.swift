import Postgres
import Safeguarding
import Store
import StoreTestSupport
import Testing
import TestSupport

/// What each role must not be able to do. The grants are the wall behind the code.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct RolePermissionTests {
    /// A statement that a role must be refused with 42501.
    struct Forbidden: Sendable, CustomTestStringConvertible {
        var role: Bootstrap.Role
        var sql: StaticString

        var testDescription: String { "\(role.rawValue): \(sql)" }

        static func every(_ roles: [Bootstrap.Role], _ sql: StaticString) -> [Forbidden] {
            roles.map { Forbidden(role: $0, sql: sql) }
        }
    }

    static let readers: [Bootstrap.Role] = [.assessor, .feed, .briefing]
    static let all: [Bootstrap.Role] = [.intake, .assessor, .feed, .briefing, .admin]

    static let forbidden: [Forbidden] = [
        .every(readers, "SELECT narrative FROM placeguard.report_narrative"),
        .every(readers, "SELECT canonical FROM placeguard.report"),
        .every(readers, "SELECT originator FROM placeguard.report"),
        .every([.feed, .briefing], "SELECT originator FROM placeguard.item"),
        .every([.feed], "SELECT sign FROM placeguard.item"),
        .every([.feed], "SELECT name FROM placeguard.location_restricted_name"),
        .every([.feed], "SELECT position FROM placeguard.location"),
        .every([.feed, .assessor], "SELECT address FROM placeguard.location"),
        .every([.intake], "SELECT name FROM placeguard.location"),
        .every([.intake], "SELECT name FROM placeguard.location_restricted_name"),
        .every(readers, "SELECT receipt FROM placeguard.report_reference"),
        .every(readers, "SELECT email FROM placeguard.person"),
        .every([.feed, .briefing], "INSERT INTO placeguard.due (kind, due_at, priority, reason) VALUES ('location', now(), 1, '')"),
        .every([.intake], "SELECT * FROM placeguard.due"),
        .every([.intake], "DELETE FROM placeguard.due"),
        .every([.intake, .admin], "DELETE FROM placeguard.item"),
        .every(all, "DELETE FROM placeguard.report"),
        .every([.intake, .assessor, .feed, .briefing], "UPDATE placeguard.agency SET can_grade = true"),
        .every([.intake, .assessor, .feed, .briefing], "INSERT INTO placeguard.token (id) VALUES ('mine')"),
        .every(all, "UPDATE placeguard.item SET sign = 'other'"),
        .every(all, "UPDATE placeguard.report SET canonical = '{}'"),
        .every([.intake, .admin, .feed, .briefing], "UPDATE placeguard.item SET considered_full = now()"),
        .every(all, "UPDATE placeguard.audit_entry SET detail = ''"),
        .every(all, "DELETE FROM placeguard.audit_entry"),
        .every(all, "UPDATE placeguard.audit_chain SET detail = ''"),
        .every(all, "DELETE FROM placeguard.audit_chain"),
        .every(all, "INSERT INTO placeguard.audit_chain (number) VALUES (1)"),
        .every([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.audit_entry"),
        .every([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.audit_chain"),
        .every([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.seal_audit(1)"),
        .every([.assessor, .feed, .briefing], "SELECT placeguard.open_locations('{}', '{}')"),
        .every([.intake, .assessor, .feed, .briefing, .admin], "SELECT placeguard.make_report_partition(2099)"),
        .every(all, "CREATE TABLE placeguard.mine (a integer)"),
        .every(all, "CREATE TABLE public.mine (a integer)"),
        .every(all, "ALTER TABLE placeguard.report DISABLE ROW LEVEL SECURITY"),
        .every(all, "SET ROLE placeguard_owner"),
        .every([.intake, .assessor, .feed, .briefing], "UPDATE placeguard.originator_key SET fingerprint = 'x'"),
    ].flatMap { $0 }

    @Test func `every forbidden statement is refused for want of a grant`() async throws {
        try await StoreFixture.with { fixture in
            for attempt in RolePermissionTests.forbidden {
                let error = await #expect(throws: PostgresError.self, "\(attempt.testDescription)") {
                    try await fixture.pool(attempt.role).withConnection { _ = try await $0.query(attempt.sql) }
                }
                #expect(error?.sqlState == "42501", "\(attempt.testDescription)")
            }
        }
    }

    @Test func `partitions carry no grants of their own`() async throws {
        try await StoreFixture.with { fixture in
            let granted = try await fixture.texts(
                """
                SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'placeguard' AND c.relispartition AND c.relkind IN ('r', 'p') AND c.relacl IS NOT NULL
                """)
            #expect(granted == [])
            // Reached directly, a partition would pass by its parent's row-level security.
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.intake.withConnection { _ = try await $0.query("SELECT id FROM placeguard.report_default") }
            }
            #expect(error?.sqlState == "42501")
        }
    }

    @Test func `no function with the owner's rights may be called by everybody`() async throws {
        try await StoreFixture.with { fixture in
            let open = try await fixture.texts(
                """
                SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'placeguard' AND p.prosecdef
                    AND (has_function_privilege('public', p.oid, 'EXECUTE')
                        OR p.proconfig IS NULL OR NOT p.proconfig::text LIKE '%search_path%')
                """)
            #expect(open == [])
        }
    }

    @Test func `no role of ours is a superuser, may make roles or passes by row-level security`() async throws {
        try await StoreFixture.with { fixture in
            let mighty = try await fixture.texts(
                """
                SELECT rolname::text FROM pg_roles
                WHERE rolname LIKE 'placeguard\\_%' AND rolname <> 'placeguard_test_password'
                    AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)
                """)
            #expect(mighty == [])
        }
    }
}
