import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What each role must not be able to do. The grants are the wall behind the code.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct RolePermissionTests {
    /// A statement that a role must be refused with 42501.
    struct Forbidden: Sendable, CustomTestStringConvertible {
        var role: Bootstrap.Role
        var sql: StaticString

        var testDescription: String { "\(role.rawValue): \(sql)" }
    }

    static let readers: [Bootstrap.Role] = [.assessor, .feed, .briefing]
    static let all: [Bootstrap.Role] = [.intake, .assessor, .feed, .briefing, .admin]

    /// What some roles are refused.
    struct Rule {
        let roles: [Bootstrap.Role]
        let sql: StaticString

        init(_ roles: [Bootstrap.Role], _ sql: StaticString) {
            self.roles = roles
            self.sql = sql
        }
    }

    /// Who is refused what, one line a rule.
    static let rules: [Rule] = [
        Rule(readers, "SELECT narrative FROM placeguard.report_narrative"),
        Rule(readers, "SELECT canonical FROM placeguard.report"),
        Rule(readers, "SELECT originator FROM placeguard.report"),
        Rule([.feed, .briefing], "SELECT originator FROM placeguard.item"),
        Rule([.feed], "SELECT sign FROM placeguard.item"),
        Rule([.feed], "SELECT name FROM placeguard.location_restricted_name"),
        Rule([.feed], "SELECT position FROM placeguard.location"),
        Rule([.feed, .assessor], "SELECT address FROM placeguard.location"),
        Rule([.intake], "SELECT name FROM placeguard.location"),
        Rule([.intake], "SELECT name FROM placeguard.location_restricted_name"),
        Rule(readers, "SELECT receipt FROM placeguard.report_reference"),
        Rule(readers, "SELECT email FROM placeguard.person"),
        Rule(
            [.feed, .briefing],
            "INSERT INTO placeguard.due (kind, due_at, priority, reason) VALUES ('location', now(), 1, '')"
        ),
        Rule([.intake], "SELECT * FROM placeguard.due"),
        Rule([.intake, .briefing, .admin], "SELECT words FROM placeguard.alert_act"),
        Rule(all, "UPDATE placeguard.alert_act SET words = ''"),
        Rule(all, "DELETE FROM placeguard.alert_act"),
        Rule(
            [.intake, .feed, .briefing, .admin],
            "INSERT INTO placeguard.alert_act (alert, view, at, by, action_id, kind, words, rev) VALUES (placeguard.uuid_v7(), 'full', now(), '', 'a', 'note', '', 1)"
        ),
        Rule([.intake, .feed, .briefing, .admin], "UPDATE placeguard.alert SET claimed_by = 'me'"),
        Rule([.intake, .briefing, .admin], "SELECT reason FROM placeguard.mute"),
        Rule([.intake, .feed, .briefing, .admin], "UPDATE placeguard.mute SET until = now()"),
        Rule(all, "UPDATE placeguard.mute SET reason = ''"),
        Rule(
            [.feed],
            "SELECT placeguard.log_notice('full', 1, placeguard.uuid_v7(), 1, now(), 'note', NULL, '{}', '{}', NULL, '{}')"
        ),
        Rule([.intake, .assessor, .briefing], "SELECT fingerprint FROM placeguard.token_certificate"),
        Rule([.feed], "INSERT INTO placeguard.token_certificate (fingerprint, token, added_by) VALUES ('', '', '')"),
        Rule([.intake, .feed, .briefing], "SELECT * FROM placeguard.chain_step"),
        Rule([.assessor], "DELETE FROM placeguard.chain_step"),
        Rule([.intake], "DELETE FROM placeguard.due"),
        Rule([.intake, .admin], "DELETE FROM placeguard.item"),
        Rule(all, "DELETE FROM placeguard.report"),
        Rule([.intake, .assessor, .feed, .briefing], "UPDATE placeguard.agency SET can_grade = true"),
        Rule([.intake, .assessor, .feed, .briefing], "INSERT INTO placeguard.token (id) VALUES ('mine')"),
        Rule(all, "UPDATE placeguard.item SET sign = 'other'"),
        Rule(all, "UPDATE placeguard.report SET canonical = '{}'"),
        Rule([.intake, .admin, .feed, .briefing], "UPDATE placeguard.item SET considered_full = now()"),
        Rule([.intake, .admin, .feed, .briefing], "UPDATE placeguard.item SET held_full = false"),
        Rule(all, "UPDATE placeguard.audit_entry SET detail = ''"),
        Rule(all, "DELETE FROM placeguard.audit_entry"),
        Rule(all, "UPDATE placeguard.audit_chain SET detail = ''"),
        Rule(all, "DELETE FROM placeguard.audit_chain"),
        Rule(all, "INSERT INTO placeguard.audit_chain (number) VALUES (1)"),
        Rule([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.audit_entry"),
        Rule([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.audit_chain"),
        Rule([.intake, .assessor, .feed, .briefing], "SELECT * FROM placeguard.seal_audit(1)"),
        Rule([.assessor, .feed, .briefing], "SELECT placeguard.open_locations('{}', '{}')"),
        Rule([.intake, .assessor, .feed, .briefing, .admin], "SELECT placeguard.make_report_partition(2099)"),
        Rule(all, "CREATE TABLE placeguard.mine (a integer)"),
        Rule(all, "CREATE TABLE public.mine (a integer)"),
        Rule(all, "ALTER TABLE placeguard.report DISABLE ROW LEVEL SECURITY"),
        Rule(all, "SET ROLE placeguard_owner"),
        Rule([.intake, .assessor, .feed, .briefing], "UPDATE placeguard.originator_key SET fingerprint = 'x'"),
    ]

    static let forbidden: [Forbidden] = rules.flatMap { rule in rule.roles.map { Forbidden(role: $0, sql: rule.sql) } }

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
                """
            )
            #expect(granted == [])
            // Reached directly, a partition would pass by its parent's row-level security.
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.intake.withConnection {
                    _ = try await $0.query("SELECT id FROM placeguard.report_default")
                }
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
                """
            )
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
                """
            )
            #expect(mighty == [])
        }
    }
}
