import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// A client that stops reading, and what it gets when it is back.
@Suite(.timeLimit(.minutes(10)))
struct NeverReadingClientTests {
    private static let body = #"{"pad":""# + String(repeating: "x", count: 7_000) + #""}"#

    @Test func `a client that never reads delays no one, takes bounded memory, is put out as slow and misses nothing`()
        async throws
    {
        let log = MemoryAlertLog()
        let alert = log.publish(in: .open, body: Self.body).alert
        for _ in 2...5 { log.publish(in: .open, body: Self.body) }
        try await withServer(log: log) { server in
            var tally = EventTally()
            try await LineClient.with(port: server.port, receiveBuffer: 4_096) { stuck in
                try await stuck.logIn(as: .ana)
                _ = try await stuck.subscribe("SUB stuck FROM floor WINDOW 2048", counting: &tally)
                try await stuck.read(upTo: 5, counting: &tally)
                try await stuck.expect("OK @q ACK stuck 3", to: "ACK stuck 3")
                for _ in 6...2_000 { log.publish(in: .open, body: Self.body) }
                try await Self.isPutOut(on: server) {
                    // What would be answered waits for room for the answer.
                    try await stuck.send("NOTE \(alert.text) unread was seen")
                    try await stuck.send("LIST")
                }
                #expect(try await log.position(of: .open).head == 2_000, "and was not obeyed unheard")
                // What was on its way when it was put out; the last line of that may be in pieces.
                while let line = try? await stuck.nextLine() { tally.take(line) }
            }
            try await server.loggedIn { back in
                let answer = try await back.subscribe("SUB stuck FROM resume WINDOW 2048", counting: &tally)
                #expect(answer.hasPrefix("OK @q SUB stuck at=3 ") && answer.contains(" last=slow"), "\(answer)")
                try await back.read(upTo: 2_000, counting: &tally)
                let end = try await back.ask("ACK stuck 2000", counting: &tally)
                #expect(end == "OK @q ACK stuck 2000")
            }
            let first = try #require(tally.subscriptions.first)
            #expect(first.count >= 5)
            #expect(tally.subscriptions.last == Array(Int64(4)...2_000))
            #expect(tally.lost(of: 1...2_000) == [])
            #expect(tally.disordered == [])
            #expect(tally.repeated == Array(first.dropFirst(3)), "what was sent and not acknowledged, and nothing else")
        }
    }

    /// Somebody else gets all of the log meanwhile, and sees the client that does not read go.
    private static func isPutOut(on server: ServerFixture, meanwhile: () async throws -> Void) async throws {
        try await server.loggedIn { client in
            try await client.send("SUB desk FROM floor WINDOW 2048")
            for seq in 1...2_000 {
                try await client.expect("EVT desk \(seq) \(seq - 1) ", of: "EVT")
                #expect(server.server.largestOutput <= FeedLimits.standard.output)
            }
            while server.server.largestOutput <= FeedLimits.standard.commandRoom, !Task.isCancelled {
                await Task.yield()
            }
            try await meanwhile()
            for _ in 0..<60 {
                await server.clock.advance(seconds: 1)
                _ = try await client.ask("PING")
                if server.server.connectionCount == 1 { break }
            }
            try await client.waitForEnd(of: "stuck", as: "slow")
        }
    }
}
