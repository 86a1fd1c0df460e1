import Testing

@testable import Postgres

struct PipelineConversationTests {
    @Test func `sends all, synchronises, and reads each command's results`() {
        var conversation = PipelineConversation<String>(commandCount: 2)
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .send(1)), (.sent(bytes: 1), .sendSync),
                (.sent(bytes: 0), .flush), (.flushed(pending: false), .takeResult),
                (.busy, .want(.read)), (.ready(.read), .consume), (.consumed, .takeResult),
                (.result(.rows, "a"), .takeResult), (.noResult, .takeResult),
                (.result(.command, "b"), .takeResult), (.noResult, .takeResult),
                (.result(.pipelineSync, "sync"), .finished),
            ]
        )
        #expect(conversation.results == ["a", "b"])
        #expect(conversation.failure == nil)
    }

    @Test func `an error in the middle skips the rest up to the synchronisation`() {
        var conversation = PipelineConversation<String>(commandCount: 3)
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .send(1)), (.sent(bytes: 1), .send(2)),
                (.sent(bytes: 1), .sendSync), (.sent(bytes: 0), .flush), (.flushed(pending: false), .takeResult),
                (.result(.rows, "a"), .takeResult), (.noResult, .takeResult),
                (.result(.failure(.error("23505")), "error"), .takeResult), (.noResult, .takeResult),
                (.result(.pipelineAborted, "skipped"), .takeResult), (.noResult, .takeResult),
                (.result(.pipelineSync, "sync"), .finished),
            ]
        )
        #expect(conversation.results == ["a", nil, nil])
        #expect(conversation.failure?.command == 1)
        #expect(conversation.failure?.error.sqlState == "23505")
    }

    @Test func `an error of the commit itself counts for the last command`() {
        var conversation = PipelineConversation<String>(commandCount: 1)
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .sendSync), (.sent(bytes: 0), .flush),
                (.flushed(pending: false), .takeResult),
                (.result(.command, "a"), .takeResult), (.noResult, .takeResult),
                (.result(.failure(.error("23503")), "deferred"), .takeResult), (.noResult, .takeResult),
                (.result(.pipelineSync, "sync"), .finished),
            ]
        )
        #expect(conversation.failure?.command == 0)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 256])
    func `never has more unanswered than the window`(window: Int) {
        let count = 20
        var conversation = PipelineConversation<String>(commandCount: count, window: window)
        var event = ConversationEvent<String>.begin
        var sent = 0
        var answered = 0
        var resultsPending = false
        var isSynced = false
        for _ in 0..<10_000 {
            switch conversation.next(event) {
            case .send(let number):
                #expect(number == sent)
                sent += 1
                #expect(sent - answered <= window)
                event = .sent(bytes: 10)
            case .sendSync:
                #expect(sent == count)
                isSynced = true
                event = .sent(bytes: 0)
            case .sendFlushRequest:
                event = .sent(bytes: 0)
            case .flush:
                event = .flushed(pending: false)
            case .takeResult:
                // The server answers everything it has at once; each result is followed by an end.
                if resultsPending {
                    resultsPending = false
                    answered += 1
                    event = .noResult
                } else if answered < sent {
                    resultsPending = true
                    event = .result(.command, "\(answered)")
                } else {
                    #expect(isSynced, "waits for results nobody asked the server to send")
                    event = .result(.pipelineSync, "sync")
                }
            case .finished:
                #expect(conversation.results == (0..<count).map { "\($0)" })
                return
            case let step:
                Issue.record("unexpected \(step)")
                return
            }
        }
        Issue.record("did not finish")
    }

    @Test func `writes out before more is queued than the limit`() {
        let limit = PipelineConversation<String>.queueLimit
        var conversation = PipelineConversation<String>(commandCount: 3)
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: limit - 1), .send(1)), (.sent(bytes: 1), .flush),
                (.flushed(pending: true), .want(.readWrite)), (.ready(.readWrite), .consume), (.consumed, .flush),
                (.flushed(pending: false), .send(2)), (.sent(bytes: 1), .sendSync),
            ]
        )
    }

    @Test func `refuses copy`() {
        var conversation = PipelineConversation<String>(commandCount: 1)
        for event in [ConversationEvent<String>.begin, .sent(bytes: 1), .sent(bytes: 0), .flushed(pending: false)] {
            _ = conversation.next(event)
        }
        guard case .failed(let error) = conversation.next(.result(.copyIn, "copy")) else {
            Issue.record("accepted")
            return
        }
        #expect(error.code == .usage)
    }

    @Test func `a synchronisation before its time gives the connection up`() {
        var conversation = PipelineConversation<String>(commandCount: 1)
        for event in [ConversationEvent<String>.begin, .sent(bytes: 1), .sent(bytes: 0), .flushed(pending: false)] {
            _ = conversation.next(event)
        }
        guard case .failed = conversation.next(.result(.pipelineSync, "sync")) else {
            Issue.record("accepted")
            return
        }
    }
}
