import Hummingbird
import Intake
import NIOCore
import Safeguarding

/// Reports as newline-delimited JSON: one result line for each line, in order, while the stream still comes in.
enum ReportStreamRoute {
    /// The sender went on beyond what a stream may hold: the connection is ended behind the last result.
    struct StreamAbandoned: Error {}

    static func response(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal
        let credentials = exchange.services.credentials
        let stream = ReportStream(
            validator: exchange.services.template().validator,
            service: exchange.services.intake,
            principal: principal,
            recheckAfter: exchange.limits.credentialAge
        ) { try await credentials.isStillValid(principal) }
        let body = ReceivedBody(body: exchange.request.body)
        let pass = exchange.keepingGateOpen()
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(pass) {} }
                let results = Handoff<ByteBuffer>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { results.finish() }
                        try await stream.run(body) { lines in
                            guard await results.give(ResultLine.buffer(lines)) else { throw CancellationError() }
                        }
                    }
                    while let buffer = await results.take() { try await writer.write(buffer) }
                    try await group.waitForAll()
                }
                try await writer.finish(nil)
                if !body.isComplete { throw StreamAbandoned() }
            }
        )
    }
}

/// A request's body in pieces; ends with an error where the connection broke off.
struct ReceivedBody: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let body: RequestBody
    private let facts = ConnectionFacts.current

    init(body: RequestBody) {
        self.body = body
    }

    /// Whether the last part of the request has come in.
    var isComplete: Bool { facts?.isBodyComplete ?? true }

    /// The connection ended in the middle of the body.
    struct BrokenOff: Error {}

    struct AsyncIterator: AsyncIteratorProtocol {
        var parts: RequestBody.AsyncIterator
        let sequence: ReceivedBody

        @concurrent
        mutating func next() async throws -> [UInt8]? {
            if let part = try await parts.next() { return Array(buffer: part) }
            guard sequence.isComplete else { throw BrokenOff() }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(parts: body.makeAsyncIterator(), sequence: self)
    }
}
