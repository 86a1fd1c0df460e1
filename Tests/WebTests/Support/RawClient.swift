import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// A connection over which a test sends whatever bytes it likes.
final class RawConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private(set) var received: [UInt8] = []
    private(set) var isAtEnd = false

    init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    func send(_ text: String) async throws { try await send(bytes: Array(text.utf8)) }

    func send(bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Ends our side.
    func finish() { outbound.finish() }

    /// Reads until the text received satisfies the condition, or the other side has ended.
    @discardableResult
    func read(until isEnough: (String) -> Bool = { _ in false }) async throws -> String {
        while !isAtEnd, !isEnough(text) {
            do {
                guard let part = try await inbound.next(isolation: #isolation) else {
                    isAtEnd = true
                    break
                }
                received += Array(buffer: part)
            } catch {
                // A reset ends a connection too.
                isAtEnd = true
            }
        }
        return text
    }

    /// Reads one answer with a `Content-Length` and forgets it.
    func readAnswer() async throws -> String {
        try await read { RawConnection.lengthOfAnswer($0) != nil }
        let length = RawConnection.lengthOfAnswer(text) ?? received.count
        defer { received.removeFirst(min(length, received.count)) }
        return String(decoding: received.prefix(length), as: UTF8.self)
    }

    /// Bytes of the first answer; nil while it is not whole.
    private static func lengthOfAnswer(_ text: String) -> Int? {
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let head = text[..<end.lowerBound]
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = line.flatMap { Int($0.drop { $0 != ":" }.dropFirst().filter { $0 != " " }) } ?? 0
        let bytes = text[..<end.upperBound].utf8.count + length
        return text.utf8.count >= bytes ? bytes : nil
    }

    /// Connects, runs the test and closes.
    static func open<Value: Sendable>(
        _ port: Int,
        tls: NIOSSLContext? = nil,
        _ test: (RawConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await test(RawConnection(inbound.makeAsyncIterator(), outbound))
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
