import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import AlertFeed

@Suite(.timeLimit(.minutes(10)))
struct AcceptedConnectionTests {
    @Test func `half-open links are left to the system, with the times of the protocol`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try AcceptedConnection(preparing: channel, tls: nil) }
            }
        let address = try #require(listener.channel.localAddress)
        try await listener.executeThenClose { inbound in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address)
                .get()
            var iterator = inbound.makeAsyncIterator()
            let accepted = try #require(try await iterator.next())
            let channel = accepted.channel.channel
            let keepAlive = try await channel.getOption(.socketOption(.so_keepalive)).get()
            let noDelay = try await channel.getOption(.tcpOption(.tcp_nodelay)).get()
            #expect(keepAlive != 0 && noDelay != 0)
            let expected = [(TCP_KEEPIDLE, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3), (TCP_USER_TIMEOUT, 30_000)]
            for (option, value) in expected {
                let found = try await channel.getOption(.tcpOption(.init(rawValue: option))).get()
                #expect(Int(found) == value)
            }
            try await accepted.channel.executeThenClose { _ in }
            // Closed by the other side, as a rule.
            try? await client.close()
        }
    }

    @Test func `a client whose commands are not obeyed yet is not read any further`() async throws {
        let channel = NIOAsyncTestingChannel()
        let accepted = try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.addHandler(ReadCounter())
            return try AcceptedConnection(preparing: channel, tls: nil)
        }
        func readsThatPass() async throws -> Int {
            channel.read()
            return try await channel.testingEventLoop.executeInContext {
                try channel.pipeline.syncOperations.handler(type: ReadCounter.self).reads
            }
        }
        let commands = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4_096)
        #expect(try await readsThatPass() == 1)
        try await channel.writeInbound(commands)
        #expect(try await readsThatPass() == 2)
        try await channel.writeInbound(commands)
        #expect(try await readsThatPass() == 2, "two pieces wait")
        try await accepted.channel.executeThenClose { inbound in
            var iterator = inbound.makeAsyncIterator()
            for _ in 1...2 { _ = try await iterator.next() }
            #expect(try await readsThatPass() >= 3, "they were taken")
        }
    }

    /// Counts the reads that get as far as the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var reads = 0

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
        ("10.0.0.1", false), ("127.evil.example", false), ("127.evil.example.com", false), ("127.1", false),
        ("", false),
    ])
    func `only loopback may go without TLS`(_ host: String, _ isLoopback: Bool) {
        let settings = FeedSettings(host: host)
        #expect(settings.isLoopback == isLoopback)
        if isLoopback {
            #expect(throws: Never.self) { try settings.check() }
        } else {
            #expect(throws: FeedServerError.tlsRequired) { try settings.check() }
        }
    }
}
