import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Safeguarding

/// An HTTP/1.1 connection that counts among the others, keeps time, and knows itself.
struct GuardedChannel: ServerChildChannel {
    /// A connection that was set up.
    struct Value: ServerChildChannelValue {
        var http: HTTP1Channel
        var parts: HTTP1Channel.Value
        var facts: ConnectionFacts

        var channel: any Channel { parts.channel }
    }

    let responder: HTTPChannelHandler.Responder
    let limits: WebLimits
    let census: ConnectionCensus

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let network = ClientNetwork.key(channel.remoteAddress?.ipAddress)
        let admission = census.enter(network)
        let refusal: ConnectionMachine.Refusal?
        switch admission {
        case .welcome: refusal = nil
        case .refused(let why): refusal = why
        case .cut: return channel.eventLoop.makeFailedFuture(ConnectionCut())
        }
        channel.closeFuture.whenComplete { [census] _ in census.leave(network) }
        let facts = ConnectionFacts(address: channel.remoteAddress?.ipAddress ?? "local")
        let http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(limits: limits, refusal: refusal, facts: facts)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerFieldBytes,
                    maxHeaderListSize: 2 * limits.headerFieldBytes,
                    maxHeaderFieldCount: limits.headerFields
                )
            )
        )
        return http.setup(channel: channel, logger: logger).map { Value(http: http, parts: $0, facts: facts) }
    }

    func handle(value: Value, logger: Logger) async {
        await ConnectionFacts.$current.withValue(value.facts) {
            await value.http.handle(value: value.parts, logger: logger)
        }
    }
}

/// A connection beyond every limit: closed without an answer.
struct ConnectionCut: Error {}
