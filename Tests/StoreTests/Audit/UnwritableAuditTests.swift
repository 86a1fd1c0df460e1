import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What cannot be written into the audit is not done.
@Suite(needsServer)
struct UnwritableAuditTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])

    /// Takes the right to write the audit of this database from those who serve the feed.
    private func closeAudit(_ scene: Scene) async throws {
        _ = try await scene.rows("REVOKE INSERT ON placeguard.audit_entry FROM placeguard_feed, placeguard_assessor")
    }

    /// Gives it back, as the schema has it.
    private func openAudit(_ scene: Scene) async throws {
        _ = try await scene.rows(
            """
            GRANT INSERT (actor, action, subject, detail, digest) ON placeguard.audit_entry
            TO placeguard_feed, placeguard_assessor
            """
        )
    }

    /// Every byte of what acting and reading leave behind.
    private func traces(_ scene: Scene) async throws -> [String] {
        try await scene.rows(
            """
            SELECT f::text FROM placeguard.feed f
            UNION ALL SELECT c::text FROM placeguard.feed_counter c
            UNION ALL SELECT a::text FROM placeguard.alert a
            UNION ALL SELECT t::text FROM placeguard.alert_act t
            UNION ALL SELECT m::text FROM placeguard.mute m
            UNION ALL SELECT d::text FROM placeguard.due d
            UNION ALL SELECT e::text FROM placeguard.audit_entry e
            ORDER BY 1
            """
        ).map { try $0.text(0) }
    }

    @Test func `a read that cannot be audited is an error for whoever asks for it`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene).log
            try await closeAudit(scene)
            let before = try await traces(scene)
            let error = await #expect(throws: StoreError.self) {
                try await log.audit(ana, action: "feed.list", detail: "filter=area:E05-1")
            }
            #expect(error?.code == .permission)
            #expect(try await traces(scene) == before)
            try await openAudit(scene)
            try await log.audit(ana, action: "feed.list", detail: "filter=area:E05-1")
            #expect(try await traces(scene).count == before.count + 1)
        }
    }

    @Test(arguments: [AlertActKind.claim, .resolve, .note])
    func `an act that cannot be audited is not recorded, and nobody is told of it`(_ kind: AlertActKind) async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            let alert = try await subject.publish(in: .full).alert
            let act = AlertAct(kind, alert, actionID: "1", text: "spoke to the manager")
            try await closeAudit(scene)
            let before = try await traces(scene)
            let error = await #expect(throws: StoreError.self) { try await subject.desk.act(act, by: ana) }
            #expect(error?.code == .permission)
            #expect(try await traces(scene) == before)
            try await openAudit(scene)
            #expect(try await subject.desk.act(act, by: ana).rev == 2)
        }
    }

    @Test func `a mute that cannot be audited neither begins nor ends`() async throws {
        try await Scene.with { scene in
            let desk = scene.mutes
            let terms = FeedFilter(inclusions: [.area("E05-1")], text: "area:E05-1")
            let wish = MuteRequest(terms: terms, seconds: 3_600, reason: "works all week")
            let mute = try await desk.propose(wish, by: ana).id
            try await closeAudit(scene)
            let asked = try await traces(scene)
            let unconfirmed = await #expect(throws: StoreError.self) { try await desk.confirm(mute, by: ana) }
            #expect(unconfirmed?.code == .permission)
            #expect(try await traces(scene) == asked)
            try await openAudit(scene)
            let live = try await desk.confirm(mute, by: ana)
            try await closeAudit(scene)
            let begun = try await traces(scene)
            let unended = await #expect(throws: StoreError.self) { try await desk.end(mute, by: ana) }
            #expect(unended?.code == .permission)
            #expect(try await traces(scene) == begun)
            #expect(try await desk.mutes(for: ana) == [live])
        }
    }
}
