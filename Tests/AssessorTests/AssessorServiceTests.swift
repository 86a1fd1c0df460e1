import Logging
import RiskAssessment
import Safeguarding
import ServiceLifecycle
import Testing

@testable import Assessor

/// The loop around the due list; what is decided is tested with `Decider` and the store.
@Suite(.timeLimit(.minutes(10)))
struct AssessorServiceTests {
    private static let some = DrainOutcome(subjects: 1, events: 1, more: true)
    private static let done = DrainOutcome(subjects: 1, events: 0, more: false)

    /// Runs the service for as long as the body takes, then stops it gracefully.
    private func run(
        _ store: ScriptedStore,
        due: Doorbell = Doorbell(),
        published: Doorbell = Doorbell(),
        _ body: () async throws -> Void
    ) async throws {
        let service = AssessorService(
            store: store,
            templates: FixedTemplate(template: try SmallTemplate.template()),
            doorbell: due,
            published: published,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        try await body()
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test func `goes on at once while more is due, and tells who waits for events`() async throws {
        let store = ScriptedStore([.outcome(Self.some), .outcome(Self.some), .outcome(Self.done)], for: 0...3)
        let published = Doorbell()
        try await run(store, published: published) { await store.taken(3) }
        #expect(store.completed == 3)
        #expect(published.count == 2)
    }

    @Test func `keeps a worker for priorities 0 and 1`() async throws {
        let store = ScriptedStore([.held(Self.done)], for: 0...3)
        try await run(store) {
            await store.taken(1)
            // The general worker is held; the kept one asks all the same.
            while !store.asked.contains(0...1), !Task.isCancelled { await Task.yield() }
            store.release()
        }
        #expect(store.asked.contains(0...1))
    }

    @Test func `while reports keep coming timers have one transaction of five, and none of their own otherwise`()
        async throws
    {
        let store = ScriptedStore(
            Array(repeating: .outcome(Self.some), count: 11) + [.outcome(Self.done)],
            for: 0...3
        )
        try await run(store) { await store.taken(12) }
        let busy = [0...3, 0...3, 0...3, 0...3, 2...2]
        let asked = store.asked.filter { $0 != 0...1 }
        #expect(Array(asked.prefix(14)) == busy + busy + [0...3, 0...3, 0...3, 0...3])
        #expect(asked.count { $0 == 2...2 } == 2)
    }

    @Test func `what comes while the general worker is busy is the kept worker's at once`() async throws {
        let store = ScriptedStore([.held(Self.done)], for: 0...3)
        let due = Doorbell()
        try await run(store, due: due) {
            await store.taken(1)
            for _ in 1...20 {
                let before = store.asked.count { $0 == 0...1 }
                due.ring()
                while store.asked.count(where: { $0 == 0...1 }) == before, !Task.isCancelled { await Task.yield() }
            }
            store.release()
        }
        #expect(store.asked.count { $0 == 0...3 } <= 2)
    }

    @Test func `what an idle worker will see is left to it`() async throws {
        let store = ScriptedStore([], for: 0...3)
        let due = Doorbell()
        try await run(store, due: due) {
            for round in 1...200 {
                due.ring()
                while store.asked.count(where: { $0 == 0...3 }) < round, !Task.isCancelled { await Task.yield() }
            }
        }
        // But for polls, and for a ring that came in the middle of a transaction.
        #expect(store.asked.count { $0 == 0...1 } < 100)
    }

    @Test func `tries again after a failure`() async throws {
        let store = ScriptedStore([.failure, .failure, .outcome(Self.done)], for: 0...3)
        try await run(store) { await store.taken(3) }
        #expect(store.completed == 1)
    }
}

/// A template that never changes.
private struct FixedTemplate: TemplateSource {
    let template: Template
    var marking: String? { nil }

    var lastTemplate: Template { template }

    func activeTemplate() async throws -> Template { template }
}
