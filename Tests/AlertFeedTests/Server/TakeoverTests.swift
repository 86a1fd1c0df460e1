import AlertFeed
import Safeguarding
import TestSupport
import Testing

/// A newer connection takes over a name while events are in flight on the older one.
@Suite(.timeLimit(.minutes(10)))
struct TakeoverTests {
    @Test func `a half-open connection is replaced, and what it had not acknowledged comes again, once and in order`()
        async throws
    {
        try await withServer { server in
            let proxy = try FaultyProxy(target: UInt16(server.port))
            defer { proxy.stop() }
            try await LineClient.with(port: proxy.port) { dead in
                var (before, after) = (EventTally(), EventTally())
                try await dead.logIn(as: .ana)
                _ = try await dead.subscribe("SUB desk", counting: &before)
                for _ in 1...8 { server.log.publish(in: .open) }
                try await dead.read(upTo: 8, counting: &before)
                try await dead.expect("OK @q ACK desk 3", to: "ACK desk 3")
                proxy.fault = .stall
                // Neither does this reach the server, nor those the client.
                try await dead.send("ACK desk 8")
                for _ in 9...20 { server.log.publish(in: .open) }

                try await server.loggedIn { back in
                    let answer = try await back.subscribe("SUB desk FROM resume", counting: &after)
                    #expect(answer.hasPrefix("OK @q SUB desk at=3 "), "\(answer)")
                    try await back.read(upTo: 20, counting: &after)

                    // The network is sound again, and what it had kept arrives.
                    proxy.fault = .none
                    let late = try await dead.rest()
                    for line in late { before.take(line) }
                    #expect(late.last?.hasPrefix("BYE replaced") == true, "\(late)")
                    #expect(late.dropLast().allSatisfy { $0.hasPrefix("EVT ") }, "\(late)")

                    // Its acknowledgement counts no more: else this one would go backwards.
                    let next = try await back.ask("ACK desk 5", counting: &after)
                    #expect(next == "OK @q ACK desk 5")
                    let end = try await back.ask("ACK desk 20", counting: &after)
                    #expect(end == "OK @q ACK desk 20")
                }
                #expect(after.subscriptions == [Array(Int64(4)...20)])
                let seen = try #require(before.subscriptions.first)
                #expect(seen.count >= 8)
                #expect(before.lost(of: 1...Int64(seen.count)) == [])
                #expect(before.repeated == [])
                #expect(before.disordered + after.disordered == [])
            }
        }
    }

    @Test func `an acknowledgement that comes after another server gave the name away is refused and moves nothing`()
        async throws
    {
        let log = MemoryAlertLog()
        let deaf = MemoryAlertLog()
        for _ in 1...8 { log.publish(in: .open) }
        // Nothing wakes the older server, and its clock stands still: only the acknowledgement can tell it.
        try await withServer(log: log, logChanged: deaf.bell) { first in
            try await withServer(log: log) { second in
                var tally = EventTally()
                try await first.loggedIn { older in
                    _ = try await older.subscribe("SUB desk FROM floor", counting: &tally)
                    try await older.read(upTo: 8, counting: &tally)
                    try await older.expect("OK @q ACK desk 3", to: "ACK desk 3")
                    try await second.loggedIn { newer in
                        let answer = try await newer.subscribe("SUB desk FROM resume", counting: &tally)
                        #expect(answer.hasPrefix("OK @q SUB desk at=3 "), "\(answer)")
                        try await older.expect("ERR @q 409 replaced ", to: "ACK desk 8")
                        try await older.expectOnly("BYE replaced")
                        for _ in 9...12 { log.publish(in: .open) }
                        try await newer.read(upTo: 12, counting: &tally)
                        for seq in [5, 12] {
                            let reply = try await newer.ask("ACK desk \(seq)", counting: &tally)
                            #expect(reply == "OK @q ACK desk \(seq)")
                        }
                    }
                }
                #expect(tally.subscriptions == [Array(Int64(1)...8), Array(Int64(4)...12)])
                #expect(tally.lost(of: 1...12) == [])
                #expect(tally.disordered == [])
                #expect(tally.repeated == [4, 5, 6, 7, 8], "what was sent and not acknowledged, and nothing else")
            }
        }
    }
}
