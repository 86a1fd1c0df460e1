import NIOCore
import Synchronization

/// Counts what the socket has taken, next to the socket and so under TLS too.
///
/// The handler lives on the event loop; `taken` may be read from anywhere and is as fresh as the last ``sample(_:)``.
final class OutputMeter: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let handed = Atomic<Int64>(0)
    private let passed = Atomic<Int64>(0)

    /// Bytes the socket had taken at the last sample.
    var taken: Int64 { passed.load(ordering: .relaxed) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        handed.add(Int64(unwrapOutboundIn(data).readableBytes), ordering: .relaxed)
        context.write(data, promise: promise)
    }

    /// Asks the channel how much is still buffered; the answer is there a moment later.
    func sample(_ channel: any Channel) {
        channel.eventLoop.execute {
            guard let options = channel.syncOptions,
                let buffered = try? options.getOption(ChannelOptions.bufferedWritableBytes)
            else { return }
            self.passed.store(self.handed.load(ordering: .relaxed) - Int64(buffered), ordering: .relaxed)
        }
    }
}
