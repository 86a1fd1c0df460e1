import Testing

@testable import Postgres

struct ConnectConversationTests {
    private let start = ContinuousClock.now
    private let first = Endpoint(host: "a", port: "5432")
    private let second = Endpoint(host: "b", port: "5432")
    private let third = Endpoint(host: "c", port: "5433")

    private func conversation(_ hosts: [Endpoint]) -> ConnectConversation {
        ConnectConversation(hosts: hosts, timeout: .seconds(10), now: start)
    }

    @Test func `waits for what each poll asks for`() {
        var conversation = conversation([first])
        #expect(conversation.next(.started(isBad: false), now: start) == .want(.write))
        #expect(conversation.next(.ready, now: start) == .poll)
        #expect(conversation.next(.polled(.reading, first), now: start) == .want(.read))
        #expect(conversation.next(.ready, now: start) == .poll)
        #expect(conversation.next(.polled(.writing, first), now: start) == .want(.write))
        #expect(conversation.next(.ready, now: start) == .poll)
        #expect(conversation.next(.polled(.connected, first), now: start) == .finished)
    }

    @Test func `an attempt that is bad at once is refused`() {
        var conversation = conversation([first])
        #expect(conversation.next(.started(isBad: true), now: start) == .failed(.refused, retry: nil))
    }

    @Test func `each host has the whole time`() {
        var conversation = conversation([first, second])
        _ = conversation.next(.started(isBad: false), now: start)
        _ = conversation.next(.polled(.writing, first), now: start + .seconds(1))
        #expect(conversation.deadline == start + .seconds(10))
        _ = conversation.next(.polled(.writing, second), now: start + .seconds(4))
        #expect(conversation.deadline == start + .seconds(14))
        _ = conversation.next(.polled(.reading, second), now: start + .seconds(5))
        #expect(conversation.deadline == start + .seconds(14))
    }

    @Test func `a host that does not answer is passed over`() {
        var conversation = conversation([first, second, third])
        _ = conversation.next(.polled(.writing, first), now: start)
        #expect(conversation.next(.timedOut, now: start) == .failed(.timedOut, retry: 1))
    }

    @Test func `hosts that refused are not tried again after one that does not answer`() {
        var conversation = conversation([first, second, third])
        _ = conversation.next(.polled(.writing, first), now: start)
        _ = conversation.next(.polled(.writing, second), now: start)
        #expect(conversation.next(.timedOut, now: start) == .failed(.timedOut, retry: 2))
    }

    @Test func `the last host has no successor`() {
        var conversation = conversation([first, second])
        _ = conversation.next(.polled(.writing, second), now: start)
        #expect(conversation.next(.timedOut, now: start) == .failed(.timedOut, retry: nil))
    }

    @Test func `without a known list there is no retry`() {
        var conversation = conversation([])
        _ = conversation.next(.polled(.writing, first), now: start)
        #expect(conversation.next(.timedOut, now: start) == .failed(.timedOut, retry: nil))
    }

    @Test func `a second round over the list, as for prefer-standby, keeps within it`() {
        var conversation = conversation([first, second])
        for endpoint in [first, second, first, second] {
            #expect(conversation.next(.polled(.writing, endpoint), now: start) == .want(.write))
        }
        #expect(conversation.next(.timedOut, now: start) == .failed(.timedOut, retry: nil))
    }
}
