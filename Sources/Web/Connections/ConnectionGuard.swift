import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import NIOHTTPTypes
import Safeguarding

/// Carries out what ``ConnectionMachine`` decides, on the connection's event loop.
///
/// Stands between the HTTP codec and Hummingbird: sees every part of requests and answers, and none of their bytes.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: WebLimits
    private let refusal: ConnectionMachine.Refusal?
    private let facts: ConnectionFacts
    private var machine: ConnectionMachine?
    private var scheduled: (task: Scheduled<Void>, at: NIODeadline)?

    init(limits: WebLimits, refusal: ConnectionMachine.Refusal?, facts: ConnectionFacts) {
        self.limits = limits
        self.refusal = refusal
        self.facts = facts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        machine = ConnectionMachine(limits: limits, refusal: refusal, now: .now())
        reschedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        scheduled?.task.cancel()
        scheduled = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine?.closed()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let action: ConnectionMachine.InboundAction
        switch unwrapInboundIn(data) {
        case .head(let head):
            let expectation = head.headerFields[.expect]
            action = machine?.head(expectsContinue: expectation?.lowercased() == "100-continue", now: .now()) ?? .drop
        case .body(let bytes): action = machine?.body(bytes: bytes.readableBytes) ?? .drop
        case .end:
            action = machine?.end(now: .now()) ?? .drop
            if action == .forward { facts.requestCompleted() }
        }
        switch action {
        case .forward: context.fireChannelRead(data)
        case .continueAndForward:
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            context.fireChannelRead(data)
        case .refuse(let refusal): answer(refusal, context)
        case .drop: break
        }
        reschedule(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        machine?.pauses(now: .now())
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        machine?.reads(now: .now())
        reschedule(context)
        context.read()
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational {
                machine?.answerBegins(closes: head.headerFields[.connection]?.lowercased() == "close")
            }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            let action = machine?.answerEnds(now: .now()) ?? .none
            switch action {
            case .none: context.write(data, promise: promise)
            case .endOutput:
                context.writeAndFlush(data, promise: promise)
                endOutput(context)
            }
            reschedule(context)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { machine?.outputEnds(now: .now()) }
        context.close(mode: mode, promise: promise)
        reschedule(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        machine?.writability(context.channel.isWritable, now: .now())
        reschedule(context)
        context.fireChannelWritabilityChanged()
    }

    private func answer(_ refusal: ConnectionMachine.Refusal, _ context: ChannelHandlerContext) {
        RefusedConnections.count(refusal)
        var response = refusal.problem.response()
        response.headers[.contentLength] = String(refusal.problem.json.buffer.readableBytes)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(refusal.problem.json.buffer)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        endOutput(context)
    }

    /// Ends our side; where that is not possible, the connection.
    private func endOutput(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let ended = context.eventLoop.makePromise(of: Void.self)
        ended.futureResult.whenFailure { _ in channel.close(promise: nil) }
        context.close(mode: .output, promise: ended)
    }

    // MARK: Time

    /// One timer for the life of the connection: set anew only where the deadline has come nearer.
    private func reschedule(_ context: ChannelHandlerContext) {
        guard let deadline = machine?.deadline else { return }
        if let scheduled, scheduled.at <= deadline { return }
        scheduled?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired(context) }
        scheduled = (task, deadline)
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        scheduled = nil
        let action = machine?.expire(now: .now()) ?? .none
        switch action {
        case .none: break
        case .refuse(let refusal): answer(refusal, context)
        case .close(let phase):
            RefusedConnections.count(phase)
            context.close(promise: nil)
        }
        reschedule(context)
    }
}

extension ConnectionMachine.Refusal {
    /// What the client is told.
    var problem: Problem {
        var problem =
            switch self {
            case .tooManyFromAddress:
                Problem(.slowDown, message: "too many connections from this address; close some", retryAfter: 5)
            case .tooMany: Problem(.overloaded, message: "too many connections; try again", retryAfter: 5)
            case .bodyTooSlow: Problem(.requestTimeout, message: "the body came too slowly")
            }
        problem.closes = true
        return problem
    }
}

/// Counters of connections that were refused or ran out of time.
enum RefusedConnections {
    static func count(_ refusal: ConnectionMachine.Refusal) {
        RefusalCounter.count(refusal.problem.code)
        Counter(label: "placeguard_http_connections_refused_total", dimensions: [("why", refusal.rawValue)]).increment()
    }

    static func count(_ phase: ConnectionMachine.Phase) {
        Counter(label: "placeguard_http_timeouts_total", dimensions: [("phase", phase.rawValue)]).increment()
    }
}
