import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Templates are recorded once, never changed, and one is in force.
@Suite(needsServer)
struct TemplateRegistryTests {
    private func next(_ scene: Scene) -> (TemplateRegistry, TemplateRecord) {
        var record = Scene.template
        record.version = 2
        record.source = "id: marlowick\nversion: 2\n"
        return (TemplateRegistry(scene.fixture.admin), record)
    }

    @Test func `the first activation has nothing to score`() async throws {
        try await StoreFixture.with { fixture in
            let registry = TemplateRegistry(fixture.admin)
            #expect(try await registry.active() == nil)
            #expect(try await registry.activeVersion() == nil)
            #expect(try await registry.activate(Scene.template, by: "admin:test") == .activated(places: 0, run: nil))
            let active = try #require(try await registry.active())
            #expect(active.source == Scene.template.source)
            #expect(active.isActive)
            #expect(try await registry.activate(Scene.template, by: "admin:test") == .unchanged)
            let codes = try await fixture.count("SELECT count(*) FROM placeguard.template_code")
            #expect(codes == Scene.template.codes.count)
        }
    }

    @Test func `every assessed place is scored anew and one summary tells of it`() async throws {
        try await Scene.with { scene in
            for index in 0..<3 { try await scene.report(at: try await scene.place("Place \(index)")) }
            try await scene.drain()
            let (registry, record) = next(scene)
            let activation = try await registry.activate(record, by: "admin:test")
            guard case .activated(let places, let run?) = activation else {
                Issue.record("\(activation)")
                return
            }
            #expect(places == 3)
            #expect(try #require(try await registry.activeVersion()) == ("marlowick", 2))
            let due = try await scene.rows(
                "SELECT priority, import_run FROM placeguard.due WHERE kind = 'location' AND reason = 'rescoring'"
            )
            #expect(try due.map { try $0.int16(0) } == [3, 3, 3])
            #expect(try due.map { try $0.int64(1) } == [run, run, run])
            let seen = Seen()
            while try await scene.count("SELECT count(*) FROM placeguard.import_run WHERE summarised IS NOT NULL") == 0
            {
                try await scene.drain(limit: 2, template: ("marlowick", 2), seeing: seen)
            }
            #expect(!seen.locations.contains { !$0.isBackground })
            #expect(try await scene.log(.full) == ["1 back-file 1"])
            // Other weights are another output, even where no number moved.
            let rescored = "SELECT count(*) FROM placeguard.assessment WHERE template_version = 2" as StaticString
            #expect(try await scene.count(rescored) == 6)
            let versions = try await registry.all().map(\.version)
            #expect(versions.sorted() == [1, 2])
        }
    }

    @Test func `a version with other content is refused`() async throws {
        try await Scene.with { scene in
            let registry = TemplateRegistry(scene.fixture.admin)
            var changed = Scene.template
            changed.source += "# a comment\n"
            await #expect(throws: TemplateRefusal.versionReused) {
                try await registry.activate(changed, by: "admin:test")
            }
            let kept = try await registry.template("marlowick", version: 1)
            #expect(kept?.source == Scene.template.source)
        }
    }

    @Test func `an earlier version can be put back into force`() async throws {
        try await Scene.with { scene in
            let (registry, record) = next(scene)
            _ = try await registry.activate(record, by: "admin:test")
            #expect(try await registry.activate(Scene.template, by: "admin:test") == .activated(places: 0, run: nil))
            #expect(try #require(try await registry.activeVersion()) == ("marlowick", 1))
        }
    }

    @Test func `two activations at once leave one template in force`() async throws {
        try await Scene.with { scene in
            let (registry, record) = next(scene)
            let activations = try await withThrowingTaskGroup(of: Activation.self) { group in
                for _ in 0..<3 { group.addTask { try await registry.activate(record, by: "admin:test") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(activations.count { $0 == .unchanged } == 2)
        }
    }

    @Test func `nobody changes what is on record, not even the owner`() async throws {
        try await Scene.with { scene in
            await #expect(throws: (any Error).self) {
                try await scene.rows("UPDATE placeguard.template SET source = source || ' '")
            }
            await #expect(throws: (any Error).self) {
                try await scene.rows("UPDATE placeguard.template_code SET severity = 0 WHERE kind = 'sign'")
            }
            await #expect(throws: (any Error).self) { try await scene.rows("DELETE FROM placeguard.template_code") }
        }
    }
}
