import Glibc
import NIOCore
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
