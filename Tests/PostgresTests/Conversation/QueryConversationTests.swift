import Testing

@testable import Postgres

struct QueryConversationTests {
    @Test func `sends, flushes, reads to the end`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)),
                (.sent(bytes: 4), .flush),
                (.flushed(pending: false), .takeResult),
                (.busy, .want(.read)),
                (.ready(.read), .consume),
                (.consumed, .takeResult),
                (.result(.rows, "rows"), .takeResult),
                (.noResult, .finished),
            ]
        )
        #expect(conversation.results == ["rows"])
        #expect(conversation.failure == nil)
        #expect(conversation.isOver)
    }

    @Test func `reads while the socket does not take all`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)),
                (.sent(bytes: 4), .flush),
                (.flushed(pending: true), .want(.readWrite)),
                (.ready(.write), .flush),
                (.flushed(pending: true), .want(.readWrite)),
                (.ready(.readWrite), .consume),
                (.consumed, .flush),
                (.flushed(pending: false), .takeResult),
            ]
        )
    }

    @Test func `takes a result that is there without waiting`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.result(.command, "done"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.results == ["done"])
    }

    @Test func `waits again when there was less than a result to read`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.busy, .want(.read)), (.ready(.read), .consume), (.consumed, .takeResult),
                (.busy, .want(.read)), (.ready([]), .consume), (.consumed, .takeResult),
                (.busy, .want(.read)),
            ]
        )
    }

    @Test func `keeps the first error and still reads to the end`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.result(.command, "first"), .takeResult),
                (.result(.failure(.error("22012")), "error"), .takeResult),
                (.result(.failure(.error("57P01")), "another"), .takeResult),
                (.noResult, .finished),
            ]
        )
        #expect(conversation.results == ["first"])
        #expect(conversation.failure?.sqlState == "22012")
    }

    @Test func `a loss after an error reports the error`() {
        var conversation = QueryConversation<String>()
        let fatal = ServerDiagnostics(severity: "FATAL", sqlState: "57P01", message: "test")
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.result(.failure(fatal), "fatal"), .takeResult),
                (.busy, .want(.read)), (.ready(.readWrite), .consume),
                (.lost(.lostInTest), .failed(.server(fatal))),
            ]
        )
    }

    @Test func `a loss at any point fails the connection`() {
        let path: [ConversationEvent<String>] = [
            .begin, .sent(bytes: 1), .flushed(pending: true), .ready(.read), .consumed, .flushed(pending: false),
            .busy, .ready(.read), .consumed, .result(.rows, "rows"),
        ]
        for length in 0...path.count {
            var conversation = QueryConversation<String>()
            for event in path.prefix(length) { _ = conversation.next(event) }
            #expect(conversation.next(.lost(.lostInTest)) == .failed(.lostInTest), "after \(length) events")
        }
    }

    @Test func `ends a copy that was not asked for`() {
        var conversation = QueryConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.result(.copyIn, "copy"), .putEnd(abortingBecause: "not expected")),
                (.put(.accepted), .flush), (.flushed(pending: false), .takeResult),
                (.result(.failure(.error("57014")), "aborted"), .takeResult),
                (.noResult, .finished),
            ]
        )
        #expect(conversation.failure?.code == .usage)
    }

    @Test(arguments: [ResultStatus.copyOut, .pipelineSync, .pipelineAborted, .malformed])
    func `gives the connection up on a result that does not belong`(status: ResultStatus) {
        var conversation = QueryConversation<String>()
        _ = conversation.next(.begin)
        _ = conversation.next(.sent(bytes: 1))
        _ = conversation.next(.flushed(pending: false))
        guard case .failed = conversation.next(.result(status, "?")) else {
            Issue.record("\(status) was accepted")
            return
        }
    }

    @Test func `gives the connection up on an event out of place`() {
        var conversation = QueryConversation<String>()
        guard case .failed(let error) = conversation.next(.noResult) else {
            Issue.record("accepted")
            return
        }
        #expect(error.code == .protocol)
    }

    @Test func `an incremental one pauses with the rows there are`() {
        var conversation = QueryConversation<String>(isIncremental: true)
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 4), .flush), (.flushed(pending: false), .takeResult),
                (.busy, .want(.read)), (.ready(.read), .consume), (.consumed, .takeResult),
                (.result(.singleRow, "1"), .takeResult), (.result(.singleRow, "2"), .takeResult),
                (.busy, .finished),
            ]
        )
        #expect(conversation.takeResults() == ["1", "2"])
        #expect(!conversation.isOver)
        play(
            &conversation,
            [
                (.begin, .takeResult), (.result(.rows, "end"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.isOver)
    }
}
