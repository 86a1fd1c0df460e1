import Logging
import Safeguarding
import ServiceLifecycle
import Testing

@testable import Intake

@Suite("Intake service", .timeLimit(.minutes(10)))
struct IntakeServiceTests {
    private static func service(
        _ store: MemoryReportStore,
        limits: QueueLimits = .standard,
        committers: Int = IntakeService.committers
    ) -> IntakeService {
        IntakeService(
            store: store,
            prompts: { PromptRules(rules: Sample.rules) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            limits: limits,
            committers: committers
        )
    }

    private static func report(_ number: Int) throws -> ValidatedReport {
        try Sample.report([("reference", "\"R-\(number)\"")])
    }

    /// Runs the service beside `body`, then drains it as a group of services would.
    private static func running<Result: Sendable>(
        _ service: IntakeService,
        _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service)],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// The reason of a refusal, nil where the report was taken in.
    private static func refusal(_ service: IntakeService, _ number: Int) async throws -> IntakeRefusal.Reason? {
        let report = try report(number)
        do {
            _ = try await service.submit(report)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `answers with the receipt after the commit`() async throws {
        let store = MemoryReportStore()
        let service = Self.service(store)
        let (first, again) = try await Self.running(service) {
            (try await service.submit(Self.report(1)), try await service.submit(Self.report(1)))
        }
        guard case .created(let receipt) = first else {
            Issue.record("not created")
            return
        }
        #expect(receipt.contains("R-1") && receipt.contains("consider-nrm"))
        #expect(again == .same(receipt: receipt))
        #expect(store.count == 1)
    }

    @Test func `commits together what comes while it commits`() async throws {
        let gate = Gate()
        let store = MemoryReportStore(gate: gate)
        let service = Self.service(store, limits: QueueLimits(batchReports: 64), committers: 1)
        try await Self.running(service) {
            try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                group.addTask { try await service.submit(Self.report(0)) }
                await gate.waits(for: 1)
                for number in 1...100 { group.addTask { try await service.submit(Self.report(number)) } }
                while service.backlog < 100, !Task.isCancelled { await Task.yield() }
                await gate.open()
                for try await outcome in group { guard case .created = outcome else { throw Chunks.BrokenOff() } }
            }
        }
        #expect(store.batches == [1, 64, 36])
    }

    @Test func `stores a report once however many send it at the same moment`() async throws {
        let store = MemoryReportStore()
        let service = Self.service(store)
        let outcomes = try await Self.running(service) {
            try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                for _ in 0..<200 { group.addTask { try await service.submit(Self.report(7)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(store.count == 1)
        #expect(outcomes.count { if case .created = $0 { true } else { false } } == 1)
        #expect(outcomes.count { if case .same = $0 { true } else { false } } == 199)
    }

    @Test func `refuses what the queue cannot hold, with the time to wait`() async throws {
        let gate = Gate()
        let service = Self.service(
            MemoryReportStore(gate: gate),
            limits: QueueLimits(queuedReports: 2, batchReports: 1),
            committers: 1
        )
        try await Self.running(service) {
            try await withThrowingTaskGroup(of: IntakeRefusal.Reason?.self) { group in
                group.addTask { try await Self.refusal(service, 0) }
                await gate.waits(for: 1)
                for number in 1...2 { group.addTask { try await Self.refusal(service, number) } }
                while service.backlog < 2, !Task.isCancelled { await Task.yield() }
                let third = try await Self.refusal(service, 3)
                #expect(third == .overloaded)
                await gate.open()
                for try await reason in group { #expect(reason == nil) }
            }
        }
        #expect(IntakeRefusal(.overloaded).retryAfter == 1)
    }

    @Test func `stores the report of a sender that has gone away`() async throws {
        let gate = Gate()
        let store = MemoryReportStore(gate: gate)
        let service = Self.service(store)
        try await Self.running(service) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await service.submit(Self.report(1)) }
                await gate.waits(for: 1)
                group.cancelAll()
                await gate.open()
                try await group.waitForAll()
            }
        }
        #expect(store.count == 1)
    }

    @Test func `answers what it accepted when it stops, and takes nothing more`() async throws {
        let gate = Gate()
        let store = MemoryReportStore(gate: gate)
        let service = Self.service(store, limits: QueueLimits(batchReports: 2), committers: 1)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: quiet))
        try await withThrowingTaskGroup(of: IntakeRefusal.Reason?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask { try await Self.refusal(service, 0) }
            await gate.waits(for: 1)
            for number in 1...9 { tasks.addTask { try await Self.refusal(service, number) } }
            while service.backlog < 9, !Task.isCancelled { await Task.yield() }
            await group.triggerGracefulShutdown()
            while !service.isDraining, !Task.isCancelled { await Task.yield() }
            await gate.open()
            for try await reason in tasks { #expect(reason == nil) }
        }
        #expect(store.count == 10)
        #expect(try await Self.refusal(service, 99) == .draining)
    }

    @Test(arguments: [
        (StoreFailure.unavailable as any Error, IntakeRefusal.Reason.databaseUnavailable, 5 as Int?),
        (StoreFailure.outcomeUnknown, .databaseUnavailable, 5), (StoreFailure.storageFull, .storageFull, 60),
        (CancellationError(), .draining, 5), (Chunks.BrokenOff(), .internalError, nil),
    ])
    func `names the trouble of the store`(_ error: any Error, _ reason: IntakeRefusal.Reason, _ retryAfter: Int?)
        async throws
    {
        let store = MemoryReportStore()
        let service = Self.service(store)
        try await Self.running(service) {
            store.fail(with: error)
            let during = try await Self.refusal(service, 1)
            #expect(during == reason)
            store.fail(with: nil)
            let after = try await Self.refusal(service, 1)
            #expect(after == nil, "it goes on once the store does")
        }
        #expect(IntakeRefusal(reason).retryAfter == retryAfter)
        #expect(IntakeRefusal(reason).refusal.rawValue == reason.rawValue)
    }

    @Test func `refuses what is left when it is cancelled`() async throws {
        let service = Self.service(MemoryReportStore(), committers: 0)
        try await withThrowingTaskGroup(of: IntakeRefusal.Reason?.self) { tasks in
            tasks.addTask { try await Self.refusal(service, 1) }
            while service.backlog < 1, !Task.isCancelled { await Task.yield() }
            try await withThrowingTaskGroup(of: Void.self) { run in
                run.addTask { try await service.run() }
                run.cancelAll()
                try await run.waitForAll()
            }
            for try await reason in tasks { #expect(reason == .draining) }
        }
    }
}
