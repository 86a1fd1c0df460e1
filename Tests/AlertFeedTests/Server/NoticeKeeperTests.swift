import AlertFeed
import Safeguarding
import TestSupport
import Testing

/// What time brings to readers of a running server.
@Suite(.timeLimit(.minutes(10)))
struct NoticeKeeperTests {
    /// With looks at readers every three seconds.
    private var limits: FeedLimits {
        var limits = FeedLimits.standard
        limits.noticeTicks = 3
        return limits
    }

    /// The next event, whatever heartbeats come before it: type and position.
    private func event(_ client: LineClient) async throws -> String {
        let words = try await client.line(of: "EVT").split(separator: " ")
        return "\(words[4]) \(words[2])"
    }

    @Test func `a reader with a subscription is exercised when it is due, and nobody else`() async throws {
        try await withServer(limits: limits) { server in
            try await server.loggedIn { ana in
                try await server.loggedIn(as: .ben) { ben in
                    _ = try await ana.ask("SUB desk FILTER kind:rising")
                    _ = try await ana.ask("SUB wall FILTER -kind:exercise")
                    try await server.passQuietly(seconds: 4)
                    server.watch.exerciseFallsDue()
                    try await server.passQuietly(seconds: 3)
                    #expect(try await event(ana) == "exercise 1")
                    let reader = ConnectedReader(subject: "ana", view: .open, names: ["desk", "wall"])
                    #expect(server.watch.exercised == [reader])
                    server.log.publish(in: .full, facts: FeedFacts(type: .rising))
                    _ = try await ben.ask("SUB desk FROM floor")
                    #expect(try await event(ben) == "rising 1", "numbers are of the view")
                }
            }
        }
    }

    @Test func `whoever has a subscription is offered a digest with each look, and nobody else`() async throws {
        try await withServer(limits: limits) { server in
            // Two looks: of the first everything is done.
            func look() async throws {
                let looks = server.watch.looks
                while server.watch.looks < looks + 2 { try await server.passQuietly(seconds: 1) }
            }
            try await server.loggedIn { ana in
                try await server.loggedIn(as: .ben) { ben in
                    _ = try await ana.ask("SUB desk")
                    try await look()
                    #expect(Set(server.watch.offeredDigests) == [["ana"]])
                    _ = try await ben.ask("SUB desk")
                    try await look()
                    #expect(server.watch.offeredDigests.last == ["ana", "ben"])
                }
            }
        }
    }

    @Test func `readers who leave exercises unanswered are told to the operator once, and again when there are more`()
        async throws
    {
        let log = LogCapture()
        @Sendable func warnings() -> [String] {
            log.text.split(separator: "\n").filter { $0.contains("have not acknowledged the last two exercises") }
                .map { $0.filter(\.isNumber) }
        }
        try await withServer(limits: limits, logger: log.logger) { server in
            try await server.loggedIn { ana in
                try await server.loggedIn(as: .ben) { ben in
                    _ = try await ana.ask("SUB desk")
                    _ = try await ben.ask("SUB desk")
                    for (subjects, told) in [(["ana"], 1), (["ana"], 1), (["ana", "ben"], 2), ([], 2), (["ben"], 3)] {
                        server.watch.leavesUnanswered(Set(subjects))
                        let looks = server.watch.looks
                        while server.watch.looks < looks + 2 { try await server.passQuietly(seconds: 1) }
                        #expect(warnings().count == told, "\(subjects)")
                    }
                    #expect(warnings() == ["1", "2", "1"])
                }
            }
        }
    }

    @Test func `relays that are silent are told to the operator although nobody is connected`() async throws {
        let log = LogCapture()
        @Sendable func warnings() -> [String] {
            log.text.split(separator: "\n").filter { $0.contains("standing subscriptions are silent") }
                .map { $0.filter(\.isNumber) }
        }
        @Sendable func relay(_ name: String) -> SilentSubscription {
            SilentSubscription(subject: "ana", name: name, view: .open, since: Moment(seconds: 0))
        }
        try await withServer(limits: limits, logger: log.logger) { server in
            for (silent, told) in [
                ([], 0), ([relay("a")], 1), ([relay("a")], 1), ([relay("a"), relay("b")], 2), ([], 2),
            ] {
                server.watch.fallsSilent(silent)
                let looks = server.watch.looksAtSilence
                while server.watch.looksAtSilence < looks + 3 { try await server.passQuietly(seconds: 1) }
                #expect(warnings().count == told, "\(silent)")
            }
            #expect(warnings() == ["1", "2"])
            // At one look only, as after an outage.
            server.watch.fallsSilent([relay("c")], looks: 1)
            let looks = server.watch.looksAtSilence
            while server.watch.looksAtSilence < looks + 3 { try await server.passQuietly(seconds: 1) }
            #expect(warnings().count == 2)
        }
    }

    @Test func `a filter that can match nothing any more is told at SUB, or with the next look`() async throws {
        try await withServer(limits: limits) { server in
            try await server.loggedIn { ana in
                server.watch.end(.area("E05A"))
                _ = try await ana.ask("SUB desk FILTER area:E05A area:E05B")
                try await server.passQuietly(seconds: 1)
                #expect(try await event(ana) == "watch-ended 1")
                server.watch.end(.area("E05B"))
                try await server.passQuietly(seconds: 4)
                #expect(try await event(ana) == "watch-ended 2")
                try await server.passQuietly(seconds: 4)
                server.log.publish(in: .open, facts: FeedFacts(type: .rising, areas: ["E05B"]))
                #expect(try await event(ana) == "rising 3")
            }
        }
    }

    @Test func `a mute ends within a second of its time`() async throws {
        try await withServer(limits: limits) { server in
            try await server.loggedIn { ana in
                let proposal = try await ana.ask("MUTE area:E05A FOR 1m REASON works at the station")
                let words = proposal.split(separator: " ").map { String($0) }
                let id = try #require(words.first { $0.hasPrefix("id=") }?.dropFirst(3))
                _ = try await ana.ask("SUB desk")
                _ = try await ana.ask("CONFIRM \(id)")
                #expect(try await event(ana) == "muted 1")
                server.log.advance(by: 59)
                try await server.passQuietly(seconds: 2)
                #expect(try await ana.ask("MUTES") == "OK @q MUTES lines=1")
                _ = try await ana.line()
                server.log.advance(by: 1)
                try await server.passQuietly(seconds: 2)
                #expect(try await event(ana) == "unmuted 2")
                #expect(try await ana.ask("MUTES") == "OK @q MUTES lines=0")
            }
        }
    }
}
