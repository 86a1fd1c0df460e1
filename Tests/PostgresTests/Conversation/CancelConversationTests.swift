import Testing

@testable import Postgres

struct CancelConversationTests {
    @Test func `a statement that ends in time leaves the connection usable`() {
        var conversation = CancelConversation()
        #expect(conversation.next(.interrupted) == .requestCancel)
        #expect(conversation.next(.requested) == .drain)
        #expect(conversation.next(.drained) == .finished)
    }

    @Test func `a statement that does not end in time costs the connection`() {
        var conversation = CancelConversation()
        #expect(conversation.next(.interrupted) == .requestCancel)
        #expect(conversation.next(.requested) == .drain)
        #expect(conversation.next(.timedOut) == .close)
    }

    @Test func `a request that may still arrive costs the connection, lest it hit the next statement`() {
        var conversation = CancelConversation()
        #expect(conversation.next(.interrupted) == .requestCancel)
        #expect(conversation.next(.requestAbandoned) == .drain)
        #expect(conversation.next(.drained) == .close)
    }
}
