import Testing

@testable import Postgres

struct ListenConversationTests {
    @Test func `takes what came with the subscription before it waits`() {
        var conversation = ListenConversation()
        #expect(conversation.next(.begin) == .takeNotifications)
        #expect(conversation.next(.taken) == .want(.read))
    }

    @Test func `reads before it takes, since libpq hands out only what it has read`() {
        var conversation = ListenConversation()
        #expect(conversation.next(.ready) == .consume)
        #expect(conversation.next(.consumed) == .takeNotifications)
    }

    @Test func `asks the server for an answer after a long silence`() {
        var conversation = ListenConversation()
        #expect(conversation.next(.timedOut) == .probe)
        #expect(conversation.next(.probed) == .takeNotifications)
        #expect(conversation.next(.lost) == .failed(.connection))
    }
}
