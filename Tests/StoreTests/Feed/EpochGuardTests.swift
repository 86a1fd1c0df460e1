import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// No position twice within one epoch.
@Suite(needsServer)
struct EpochGuardTests {
    @Test func `the first look keeps the epoch, and so does every later one of the same database`() async throws {
        try await Scene.with { scene in
            let before = try await PostgresAlertLog(scene.fixture.feed).position(of: .open)
            let guardian = EpochGuard(scene.fixture.assessor)
            for _ in 0..<2 {
                let findings = try await guardian.check()
                #expect(findings.map(\.view) == [.open, .full])
                #expect(!findings.contains { $0.isNewEpoch })
                #expect(findings[0].position == before)
            }
            let lineages = try await scene.rows("SELECT DISTINCT lineage FROM placeguard.feed_counter")
            #expect(lineages.count == 1)
            #expect(try lineages[0].text(0).split(separator: ".").count == 3)
        }
    }

    @Test(arguments: ["other.00000001.1", "0.00000002.0"])
    func `another lineage begins a new epoch with a jump, once`(lineage: String) async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            let guardian = EpochGuard(scene.fixture.assessor)
            let before = try await guardian.check()
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET lineage = $1", [.text(lineage)])
            let after = try await guardian.check()
            #expect(after.allSatisfy { $0.isNewEpoch })
            for (old, new) in zip(before, after) {
                #expect(new.position.epoch != old.position.epoch)
                #expect(new.position.head == old.position.head + EpochGuard.margin)
                #expect(new.position.floor == old.position.floor)
            }
            #expect(after[0].position.epoch != after[1].position.epoch)
            #expect(try await !guardian.check().contains { $0.isNewEpoch })
            try await scene.report(["a", "b"], at: try await scene.place("Second"))
            try await scene.drain()
            #expect(try await scene.log(.open) == ["1 raised 1", "\(EpochGuard.margin + 2) raised 1"])
        }
    }

    @Test func `a counter that is behind its log begins a new epoch beyond it`() async throws {
        try await Scene.with { scene in
            for name in ["First", "Second"] { try await scene.report(["a", "b"], at: try await scene.place(name)) }
            try await scene.drain()
            let guardian = EpochGuard(scene.fixture.assessor)
            let before = try await guardian.check()
            #expect(before[0].position.head == 2)
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET seq = 1 WHERE view = 'open'")
            let after = try await guardian.check()
            #expect(after.map(\.isNewEpoch) == [true, false])
            #expect(after[0].position.head == 2 + EpochGuard.margin && after[0].position.base == 2)
            #expect(after[0].position.epoch != before[0].position.epoch)
            #expect(try await !guardian.check().contains { $0.isNewEpoch })
        }
    }

    @Test func `a lineage that changes while a daemon runs begins a new epoch with the next event`() async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            let before = try await EpochGuard(scene.fixture.assessor).check()
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET lineage = 'promoted.00000002.1'")
            try await scene.report(["a", "b"], at: try await scene.place("Second"))
            try await scene.drain()
            let log = PostgresAlertLog(scene.fixture.feed)
            for (view, old) in zip(View.allCases, before) {
                let position = try await log.position(of: view)
                #expect(position.epoch != old.position.epoch)
                #expect(position.head == old.position.head + EpochGuard.margin + 1)
            }
            #expect(try await scene.log(.open) == ["1 raised 1", "\(EpochGuard.margin + 2) raised 1"])
            #expect(try await !EpochGuard(scene.fixture.assessor).check().contains { $0.isNewEpoch })
        }
    }

    /// A reader's position that the new server has not reached is of another epoch, never one that "does not exist yet".
    @Test func `the first reader after a promotion begins the epoch, and what was read beyond is told apart as lost`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            _ = try await EpochGuard(scene.fixture.assessor).check()
            let log = PostgresAlertLog(scene.fixture.feed)
            var known = try await log.position(of: .open)
            #expect(known.base == 0)
            #expect(try await log.position(of: .open) == known)
            known.head += 3
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET lineage = 'promoted.00000002.1'")
            let reader = Principal.coordinator()
            let stale = FeedStart.after(seq: known.head, epoch: known.epoch)
            let refusal = await #expect(throws: FeedRefusal.self) {
                _ = try await log.subscribe(reader, name: "desk", from: stale, filter: .everything)
            }
            let position = try await log.position(of: .open)
            #expect(refusal == .epochChanged(position, from: known.head - 3), "what the refusal says holds")
            #expect(position.head == known.head - 3 + EpochGuard.margin)
            #expect(position.base == known.head - 3)
            #expect(position.lost(since: known) == known.head - 2...known.head)
            #expect(position.lost(since: position) == nil)
        }
    }

    /// After a snapshot was put back numbers may have been given twice before the operator began the epoch.
    @Test func `an epoch that an operator begins shares no position with the one before`() async throws {
        try await Scene.with { scene in
            try await scene.report(["a", "b"], at: try await scene.place())
            try await scene.drain()
            _ = try await EpochGuard(scene.fixture.assessor).check()
            let log = PostgresAlertLog(scene.fixture.feed)
            let reader = Principal.coordinator()
            let start = try await log.subscribe(reader, name: "desk", from: .floor, filter: .everything)
            try await log.acknowledge(start.subscription, seq: 1, sent: 1)
            _ = try await EpochGuard(scene.fixture.admin).renew(by: "admin:tests")
            let position = try await log.position(of: .open)
            await #expect(throws: FeedRefusal.epochChanged(position, from: nil)) {
                try await log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            }
            // A promotion after that: who stood in the epoch before the operator's is still told nothing.
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET lineage = 'promoted.00000002.1'")
            let next = try await log.position(of: .open)
            #expect(next.epoch != position.epoch)
            await #expect(throws: FeedRefusal.epochChanged(next, from: nil)) {
                try await log.subscribe(reader, name: "desk", from: .resume, filter: .everything)
            }
            let last = FeedStart.after(seq: position.head, epoch: position.epoch)
            await #expect(throws: FeedRefusal.epochChanged(next, from: position.head)) {
                try await log.subscribe(reader, name: "desk", from: last, filter: .everything)
            }
        }
    }

    @Test func `two daemons that look at once begin one epoch`() async throws {
        try await Scene.with { scene in
            _ = try await EpochGuard(scene.fixture.admin).check()
            _ = try await scene.rows("UPDATE placeguard.feed_counter SET lineage = 'elsewhere'")
            let changed = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await EpochGuard(scene.fixture.admin).check().count(where: \.isNewEpoch)
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(changed == 2)
        }
    }

    @Test func `the operator's tool begins one whatever the lineage says, and it is audited`() async throws {
        try await Scene.with { scene in
            let findings = try await EpochGuard(scene.fixture.admin).renew(by: "admin:test")
            #expect(findings.allSatisfy { $0.isNewEpoch })
            let audits = "SELECT count(*) FROM placeguard.audit_entry WHERE action = 'feed.epoch'" as StaticString
            #expect(try await scene.count(audits) == 1)
        }
    }
}
