import AlertFeed
import Safeguarding
import Testing

/// A server that leaves an event out: nothing behind it is believed, and the client comes back for it.
@Suite(.timeLimit(.minutes(10)))
struct FeedGapTests {
    private struct Enough: Error {}

    private func event(_ seq: Int64, _ prev: Int64) -> String {
        "EVT desk \(seq) \(prev) raised alt_01900000-0000-7000-8000-000000000001 1 high 2025-11-24T16:00:00Z {}"
    }

    private func settings(_ port: Int) -> FeedClientSettings {
        var settings = FeedClientSettings(
            host: "127.0.0.1",
            port: port,
            credential: Credential(tokenID: "id", secret: "s")
        )
        settings.name = "desk"
        settings.longestPause = .milliseconds(1)
        return settings
    }

    @Test func `what was left out once is fetched by coming back, and each event is handed on once`() async throws {
        let whole = [event(6, 5), event(7, 6), event(8, 7)]
        let server = ScriptedServer([[whole[0], whole[2]], whole])
        try await server.run { port in
            var handled: [Int64] = []
            var breaks: [String] = []
            await #expect(throws: Enough.self) {
                try await FeedClient(settings: settings(port)).follow { notice in
                    switch notice {
                    case .event(let event):
                        handled.append(event.seq)
                        if event.seq == 8 { throw Enough() }
                    case .disconnected(let reason, _): breaks.append(reason)
                    default: break
                    }
                }
            }
            #expect(handled == [6, 7, 8])
            #expect(breaks == ["gap"])
            #expect(server.count == 2)
        }
    }

    @Test func `what is left out again is an error, and nothing behind it was handed on`() async throws {
        let server = ScriptedServer([[event(6, 5), event(8, 7)]])
        try await server.run { port in
            var handled: [Int64] = []
            await #expect(throws: FeedClientError.gap(expected: 6, found: 7)) {
                try await FeedClient(settings: settings(port)).follow { notice in
                    if case .event(let event) = notice { handled.append(event.seq) }
                }
            }
            #expect(handled == [6])
            #expect(server.count == 2)
        }
    }
}
