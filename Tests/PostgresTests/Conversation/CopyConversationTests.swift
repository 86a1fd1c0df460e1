import Testing

@testable import Postgres

struct CopyConversationTests {
    private func started() -> CopyConversation<String> {
        var conversation = CopyConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .flush), (.flushed(pending: false), .takeResult),
                (.busy, .want(.read)), (.ready(.read), .consume), (.consumed, .takeResult),
                (.result(.copyIn, "copy"), .finished),
            ]
        )
        #expect(conversation.isOpen)
        return conversation
    }

    @Test func `takes a chunk only after the last has left`() {
        var conversation = started()
        play(
            &conversation,
            [
                (.begin, .putData), (.put(.accepted), .flush), (.flushed(pending: true), .want(.readWrite)),
                (.ready(.write), .flush), (.flushed(pending: true), .want(.readWrite)),
                (.ready(.read), .consume), (.consumed, .flush), (.flushed(pending: false), .finished),
            ]
        )
        #expect(conversation.isOpen)
    }

    @Test func `offers a chunk again that libpq had no room for`() {
        var conversation = started()
        play(
            &conversation,
            [
                (.begin, .putData), (.put(.full), .want(.readWrite)), (.ready(.write), .putData),
                (.put(.accepted), .flush), (.flushed(pending: false), .finished),
            ]
        )
    }

    @Test func `ends and reads the outcome`() {
        var conversation = started()
        conversation.prepareEnd(abortingBecause: nil)
        play(
            &conversation,
            [
                (.begin, .putEnd(abortingBecause: nil)), (.put(.full), .want(.readWrite)),
                (.ready(.write), .putEnd(abortingBecause: nil)), (.put(.accepted), .flush),
                (.flushed(pending: false), .takeResult), (.busy, .want(.read)), (.ready(.read), .consume),
                (.consumed, .takeResult), (.result(.command, "COPY 3"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.result == "COPY 3")
        #expect(conversation.isOver)
    }

    @Test func `aborts with a reason and reads the refusal`() {
        var conversation = started()
        conversation.prepareEnd(abortingBecause: "changed my mind")
        play(
            &conversation,
            [
                (.begin, .putEnd(abortingBecause: "changed my mind")), (.put(.accepted), .flush),
                (.flushed(pending: false), .takeResult),
                (.result(.failure(.error("57014")), "aborted"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.failure?.sqlState == "57014")
        #expect(conversation.isOver)
    }

    @Test func `reads the error when the server has ended it`() {
        var conversation = started()
        play(
            &conversation,
            [
                (.begin, .putData), (.put(.failed), .takeResult),
                (.result(.failure(.error("22P03")), "error"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.failure?.sqlState == "22P03")
        #expect(!conversation.isOpen)
    }

    @Test func `a statement that is refused never opens`() {
        var conversation = CopyConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .flush), (.flushed(pending: false), .takeResult),
                (.result(.failure(.error("42P01")), "error"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(!conversation.isOpen)
        #expect(conversation.failure?.sqlState == "42P01")
    }

    @Test func `a statement that is no copy is refused`() {
        var conversation = CopyConversation<String>()
        play(
            &conversation,
            [
                (.begin, .send(0)), (.sent(bytes: 1), .flush), (.flushed(pending: false), .takeResult),
                (.result(.rows, "rows"), .takeResult), (.noResult, .finished),
            ]
        )
        #expect(conversation.failure?.code == .usage)
    }

    @Test func `a second opening gives the connection up instead of looping`() {
        var conversation = started()
        conversation.prepareEnd(abortingBecause: nil)
        play(
            &conversation,
            [
                (.begin, .putEnd(abortingBecause: nil)), (.put(.accepted), .flush),
                (.flushed(pending: false), .takeResult),
            ]
        )
        guard case .failed = conversation.next(.result(.copyIn, "again")) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func `a loss during data fails the connection`() {
        var conversation = started()
        play(
            &conversation,
            [(.begin, .putData), (.put(.accepted), .flush), (.lost(.lostInTest), .failed(.lostInTest))]
        )
    }
}
