import Logging
import Safeguarding
import Synchronization
import Testing

@testable import Intake

@Suite("A stream of reports", .timeLimit(.minutes(10)))
struct ReportStreamTests {
    private static func results(
        _ lines: Chunks,
        store: MemoryReportStore = MemoryReportStore(),
        recheckAfter: Duration = .seconds(5),
        isStillValid: @escaping @Sendable () async throws -> Bool = { true }
    ) async throws -> (results: [LineResult], error: (any Error)?) {
        let service = IntakeService(
            store: store,
            prompts: { PromptRules(rules: Sample.rules) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let stream = ReportStream(
            validator: Sample.validator,
            service: service,
            principal: Sample.principal(),
            recheckAfter: recheckAfter,
            isStillValid: isStillValid
        )
        let answers = Mutex<[LineResult]>([])
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            var failure: (any Error)?
            do { try await stream.run(lines) { more in answers.withLock { $0 += more } } } catch { failure = error }
            group.cancelAll()
            try await group.waitForAll()
            return (answers.withLock { $0 }, failure)
        }
    }

    private static func word(_ result: LineResult) -> String {
        switch result.outcome {
        case .settled(.created): "created"
        case .settled(.same): "same"
        case .settled(.corrected): "corrected"
        case .settled(.refused(let faults)): faults.map(\.reason.rawValue).joined(separator: "+")
        case .invalid(let faults): faults.map(\.reason.rawValue).joined(separator: "+")
        case .refused(let refusal): refusal.reason.rawValue
        }
    }

    private static func line(_ reference: Int, _ changes: [(String, String?)] = []) -> [UInt8] {
        Sample.body([("reference", "\"R-\(reference)\"")] + changes) + [UInt8(ascii: "\n")]
    }

    @Test func `ends behind the line at which the sender's token no longer holds`() async throws {
        let checks = Mutex(0)
        let (results, error) = try await Self.results(
            Chunks(Self.line(1) + Self.line(2) + Self.line(3), of: 4_096),
            recheckAfter: .zero
        ) {
            checks.withLock { checks in
                checks += 1
                return checks < 2
            }
        }
        // All three lines came in one window, checked once.
        #expect(error == nil)
        #expect(results.map(Self.word) == ["created", "created", "created"])
        let (revoked, _) = try await Self.results(
            Chunks(Self.line(4) + Self.line(5), of: 4_096),
            recheckAfter: .zero
        ) { false }
        #expect(revoked.map(Self.word) == ["unauthorized"])
        #expect(revoked.map(\.line) == [1])
    }

    @Test func `two lines with one reference are settled in their order`() async throws {
        let pairs = ReportStream.window / 2
        let text = (0..<pairs).flatMap { pair in
            Self.line(pair) + Self.line(pair, [("narrative", #""other""#)])
        }
        let expected = (0..<pairs).flatMap { _ in ["created", "reference-reused"] }
        // Many streams at once, so that neighbours race for the queue wherever they are not kept in order.
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<64 {
                group.addTask { try await Self.results(Chunks(text, of: text.count)).results.map(Self.word) }
            }
            for try await words in group { #expect(words == expected) }
        }
    }

    @Test(arguments: [1, 7, 100, 65_536])
    func `is answered line by line in order`(_ size: Int) async throws {
        var text = Self.line(1) + Self.line(2)
        text += Array("{\"reference\":\n".utf8) + Self.line(1) + Self.line(2, [("narrative", #""other""#)])
        text += Array("\n".utf8) + Self.line(3, [("observed", #""2099-01-01""#)]) + Self.line(4).dropLast()
        let (results, _) = try await Self.results(Chunks(text, of: size))
        #expect(results.map(\.line) == Array(1...8))
        #expect(
            results.map(Self.word) == [
                "created", "created", "bad-json", "same", "reference-reused", "bad-json", "observed-in-future",
                "created",
            ]
        )
    }

    @Test func `keeps order over many windows`() async throws {
        let store = MemoryReportStore()
        let text = (0..<1_000).flatMap { Self.line($0) }
        let (results, _) = try await Self.results(Chunks(text), store: store)
        #expect(results.map(\.line) == Array(1...1_000))
        #expect(Set(results.map(Self.word)) == ["created"])
        #expect(store.count == 1_000)
    }

    @Test func `loses nothing but the half line where the sender breaks off`() async throws {
        let store = MemoryReportStore()
        var chunks = Chunks(Self.line(1) + Self.line(2) + Self.line(3).dropLast(4), of: 50)
        chunks.breaksOff = true
        let (results, error) = try await Self.results(chunks, store: store)
        #expect(results.map(Self.word) == ["created", "created"])
        #expect(error is Chunks.BrokenOff)
        #expect(store.count == 2)
    }

    @Test func `survives a line of ten megabytes`() async throws {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000_000) + [UInt8(ascii: "\n")]
        let (results, _) = try await Self.results(Chunks(Self.line(1) + long + Self.line(2)))
        #expect(results.map(Self.word) == ["created", "too-large", "created"])
    }
}
