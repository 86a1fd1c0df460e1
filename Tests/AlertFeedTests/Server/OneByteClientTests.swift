import AlertFeed
import NIOCore
import NIOPosix
import Safeguarding
import TestSupport
import Testing

/// A client that reads one byte a second.
@Suite(.timeLimit(.minutes(10)))
struct OneByteClientTests {
    /// Reads a byte when it is asked to, and nothing by itself.
    private static func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1))
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// The system takes bytes for such a client only when a good part of its buffer is free again, which takes it longer than
    /// a link may stand still.
    @Test func `a client that reads a byte a second delays no one, is put out as slow and misses nothing`()
        async throws
    {
        let log = MemoryAlertLog()
        let body = #"{"pad":""# + String(repeating: "x", count: 7_000) + #""}"#
        for _ in 1...5 { log.publish(in: .open, body: body) }
        try await withServer(log: log) { server in
            // While its link was sound: five events, three of them acknowledged.
            var tally = EventTally()
            try await server.loggedIn { sound in
                _ = try await sound.subscribe("SUB drip FROM floor", counting: &tally)
                try await sound.read(upTo: 5, counting: &tally)
                try await sound.expect("OK @q ACK drip 3", to: "ACK drip 3")
            }
            try await server.becomesEmpty()
            for _ in 6...2_000 { log.publish(in: .open, body: body) }
            var head: Int64 = 2_000

            let dripping = try await Self.connect(server.port)
            let opening = "HELLO 1 drip 1\nAUTH TOKEN tok-ana.secret-ana\nSUB drip FROM resume WINDOW 2048\n"
            try await dripping.writeAndFlush(ByteBuffer(string: opening)).get()
            try await server.loggedIn { client in
                try await client.send("SUB desk FROM floor WINDOW 2048")
                for seq in 1...2_000 {
                    try await client.expect("EVT desk \(seq) \(seq - 1) ", of: "EVT")
                    #expect(server.server.largestOutput <= FeedLimits.standard.output)
                }
                var seconds = 0
                while server.server.connectionCount > 1, seconds < 120 {
                    dripping.read()
                    await server.clock.advance(seconds: 1)
                    seconds += 1
                    // Whoever reads is answered and sent all the same.
                    head = log.publish(in: .open).seq
                    try await client.expect("EVT desk \(head) ", of: "EVT")
                    try await client.send("ACK desk \(head)")
                    #expect(server.server.largestOutput <= FeedLimits.standard.output)
                }
                #expect((25...60).contains(seconds))
                try await client.waitForEnd(of: "drip", as: "slow")
            }
            try? await dripping.close().get()

            // Of what dripped no event was whole.
            try await server.loggedIn { back in
                let answer = try await back.subscribe("SUB drip FROM resume WINDOW 4096", counting: &tally)
                #expect(answer.hasPrefix("OK @q SUB drip at=3 ") && answer.contains(" last=slow"), "\(answer)")
                try await back.read(upTo: head, counting: &tally)
                let end = try await back.ask("ACK drip \(head)", counting: &tally)
                #expect(end == "OK @q ACK drip \(head)")
            }
            #expect(tally.subscriptions == [[1, 2, 3, 4, 5], Array(4...head)])
            #expect(tally.lost(of: 1...head) == [])
            #expect(tally.disordered == [])
            #expect(tally.repeated == [4, 5], "what was sent and not acknowledged, and nothing else")
        }
    }
}
