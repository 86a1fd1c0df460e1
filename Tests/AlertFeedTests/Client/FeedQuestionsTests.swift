import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// What a person asks beside the events: each is answered once, also across breaks.
struct FeedQuestionsTests {
    private let alert = "alt_01900000-0000-7000-8000-000000000001"

    private func machine(subscribes: Bool = true) throws -> FeedClientMachine {
        var settings = FeedClientSettings(host: "h", port: 1, credential: Credential(tokenID: "id", secret: "s"))
        settings.subscribes = subscribes
        var machine = FeedClientMachine(settings: settings)
        try open(&machine, subscribes: subscribes)
        return machine
    }

    private func open(_ machine: inout FeedClientMachine, subscribes: Bool = true) throws {
        machine.connected()
        for line in ["INFO feed=1", "OK HELLO caps=sub", "OK AUTH as=ana areas=* epoch=e head=0 floor=1"] {
            _ = try machine.received(line)
        }
        if subscribes { _ = try machine.received("OK SUB follow at=0 epoch=e behind=0 open=0 window=2048") }
    }

    @Test func `a question has its answer, whatever comes between`() throws {
        var machine = try machine()
        try machine.ask("CLAIM \(alert) k ringing")
        #expect(machine.nextQuestion() == "@q1 CLAIM \(alert) k ringing")
        #expect(machine.nextQuestion() == nil)
        _ = try machine.received("EVT follow 1 0 claim \(alert) 2 high 2025-11-24T16:00:00Z {}")
        let words = ["CLAIM", alert, "until=2025-11-24T17:00:00Z", "rev=2"]
        let answer = FeedAnswer(question: "CLAIM \(alert) k ringing", words: words)
        #expect(try machine.received("OK @q1 " + words.joined(separator: " ")) == .tell(.answer(answer)))
        #expect(answer.field("until") == "2025-11-24T17:00:00Z")
    }

    @Test func `counted lines belong to their answer`() throws {
        var machine = try machine()
        try machine.ask("WHO")
        try machine.ask("LIST")
        #expect([machine.nextQuestion(), machine.nextQuestion()] == ["@q1 WHO", "@q2 LIST"])
        #expect(try machine.received("OK @q1 WHO lines=2") == .nothing)
        #expect(try machine.received("PERSON ana licensing 1 {}") == .nothing)
        let people = FeedAnswer(
            question: "WHO",
            words: ["WHO", "lines=2"],
            lines: ["PERSON ana licensing 1 {}", "PERSON ben children 1 {}"]
        )
        #expect(try machine.received("PERSON ben children 1 {}") == .tell(.answer(people)))
        let none = FeedAnswer(question: "LIST", words: ["LIST", "lines=0"])
        #expect(try machine.received("OK @q2 LIST lines=0") == .tell(.answer(none)))
        #expect(throws: FeedClientError.protocolViolation) { try machine.received("PERSON eve x 1 {}") }
    }

    @Test func `an answer that a break cut off is asked for again, and is not answered until it is whole`() throws {
        var machine = try machine()
        try machine.ask("WHO")
        _ = machine.nextQuestion()
        #expect(try machine.received("OK @q1 WHO lines=2") == .nothing)
        #expect(try machine.received("PERSON ana licensing 1 {}") == .nothing)
        #expect(machine.unanswered == ["WHO"])
        try open(&machine)
        #expect(machine.nextQuestion() == "@q1 WHO")
        #expect(try machine.received("OK @q1 WHO lines=1") == .nothing)
        let answer = FeedAnswer(question: "WHO", words: ["WHO", "lines=1"], lines: ["PERSON ben children 1 {}"])
        #expect(try machine.received("PERSON ben children 1 {}") == .tell(.answer(answer)))
        #expect(machine.unanswered == [])
    }

    @Test(arguments: [("e", "REV 6"), ("e2", "REV 1")])
    func `a decision that waits for another server was made from none of its revisions but the first`(
        _ epoch: String,
        _ said: String
    ) throws {
        var machine = try machine()
        machine.connected()
        try machine.ask("RESOLVE \(alert) k REV 6 REV 6 child  safe")
        try machine.ask("NOTE \(alert) n REV 6 seen")
        for line in ["INFO feed=1", "OK HELLO caps=sub", "OK AUTH as=ana areas=* epoch=\(epoch) head=0 floor=1"] {
            _ = try machine.received(line)
        }
        _ = try machine.received("OK SUB follow at=0 epoch=\(epoch) behind=0 open=0 window=2048")
        #expect(machine.nextQuestion() == "@q1 RESOLVE \(alert) k \(said) REV 6 child  safe")
        #expect(machine.nextQuestion() == "@q2 NOTE \(alert) n REV 6 seen")
    }

    @Test func `a counted line of a class that came later belongs to its answer too`() throws {
        var machine = try machine()
        try machine.ask("WHO")
        _ = machine.nextQuestion()
        #expect(try machine.received("OK @q1 WHO lines=1") == .nothing)
        let answer = FeedAnswer(question: "WHO", words: ["WHO", "lines=1"], lines: ["TEAM night"])
        #expect(try machine.received("TEAM night") == .tell(.answer(answer)))
    }

    @Test func `a refusal is an answer and ends nothing`() throws {
        var machine = try machine()
        try machine.ask("RELEASE \(alert) k")
        _ = machine.nextQuestion()
        guard case .tell(.answer(let answer)) = try machine.received("ERR @q1 409 not-claimed nobody has claimed it")
        else { throw FeedClientError.protocolViolation }
        #expect(answer.refusal?.word == "not-claimed")
        #expect(machine.isFollowing)
    }

    @Test func `what a break left unanswered is asked again with the same words, and nothing else`() throws {
        var machine = try machine()
        for line in ["WHO", "NOTE \(alert) k seen", "LAG"] { try machine.ask(line) }
        for _ in 0..<2 { _ = machine.nextQuestion() }
        _ = try machine.received("OK @q1 WHO lines=0")
        try open(&machine)
        #expect([machine.nextQuestion(), machine.nextQuestion()] == ["@q2 NOTE \(alert) k seen", "@q3 LAG"])
        #expect(machine.nextQuestion() == nil)
    }

    @Test(arguments: [15, 16, 17])
    func `sixteen questions wait at most`(_ count: Int) throws {
        var machine = try machine()
        for _ in 0..<min(count, 16) { try machine.ask("WHO") }
        guard count > 16 else { return }
        #expect(throws: FeedQuestionFault.tooManyWaiting) { try machine.ask("WHO") }
    }

    /// `@q1 ` and the end of the line are part of it.
    @Test(arguments: [1_023, 1_024, 1_025])
    func `a question that the server would end the connection for is not asked`(_ length: Int) throws {
        var machine = try machine()
        let head = "NOTE \(alert) k "
        let line = head + String(repeating: "x", count: length - "@q1 \n".utf8.count - head.utf8.count)
        guard length > 1_024 else {
            try machine.ask(line)
            #expect(machine.nextQuestion() == "@q1 " + line)
            return
        }
        #expect(throws: FeedQuestionFault.tooLong(excess: 1)) { try machine.ask(line) }
        #expect(machine.nextQuestion() == nil)
    }

    @Test(arguments: ["\t", "\u{1B}[A", "\n", "\r", "\u{7F}", "\u{85}", "\u{0}"])
    func `a key that is no character is not sent`(_ key: String) throws {
        var machine = try machine()
        #expect(throws: FeedQuestionFault.controlCharacters) { try machine.ask("NOTE \(alert) k seen\(key)there") }
        #expect(machine.nextQuestion() == nil)
        try machine.ask("NOTE \(alert) k seen there, né à Łódź 🚕")
        #expect(machine.nextQuestion() != nil)
    }

    @Test func `without a subscription there are questions alone`() throws {
        var machine = try machine(subscribes: false)
        try machine.ask("WHO")
        #expect(machine.nextQuestion() == "@q1 WHO")
    }

    @Test func `an answer that nobody asked for breaks the protocol`() throws {
        var machine = try machine()
        #expect(throws: FeedClientError.protocolViolation) { try machine.received("OK @q1 WHO lines=0") }
    }
}
