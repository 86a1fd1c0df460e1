import Glibc
import NIOCore
import NIOSSL

/// A connection fresh from the listener: its socket options set, TLS in place, nothing read yet.
struct AcceptedConnection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, Never>
    let meter: OutputMeter

    /// Prepares an accepted channel, on its event loop.
    ///
    /// Throws when the peer is gone already; the channel is closed then. Writing goes through the channel itself, a piece at a time, so the asynchronous writer is not used.
    init(preparing channel: any Channel, tls: NIOSSLContext?) throws {
        do {
            try AcceptedConnection.setOptions(channel)
            let pipeline = channel.pipeline.syncOperations
            let meter = OutputMeter()
            try pipeline.addHandler(meter)
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
            self.meter = meter
            self.channel = try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2))
            )
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// Lets the system find half-open links.
    ///
    /// Keepalive after 30 s of silence, three probes 10 s apart, and 30 s for data
    /// that is not acknowledged. Lines are small and urgent, so nothing waits to be filled up.
    private static func setOptions(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4_096))
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 30)
        try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 10)
        try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
        try options.setOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: 30_000)
    }
}
