import AlertFeed
import NIOCore
import NIOPosix
import Safeguarding
import Testing

/// A plain client: sends bytes, reads lines, and nothing by itself.
final class LineClient {
    private let channel: any Channel
    private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()

    private init(_ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
        self.channel = channel
        chunks = inbound.makeAsyncIterator()
    }

    struct Ended: Error {}

    static func with<Result: Sendable>(
        port: Int,
        receiveBuffer: Int? = nil,
        _ body: (LineClient) async throws -> Result
    ) async throws -> Result {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, Never>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2))
                )
            }
        }
        return try await channel.executeThenClose { inbound in
            try await body(LineClient(channel.channel, inbound))
        }
    }

    func send(_ line: String) async throws { try await send(bytes: Array(line.utf8) + [0x0A]) }

    func send(bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// The next whole line without its LF; throws `Ended` at the end of the stream.
    func line() async throws -> String {
        guard let line = try await nextLine() else { throw Ended() }
        return line
    }

    /// The next whole line; nil at the end of the stream, where part of a line is an error.
    func nextLine() async throws -> String? {
        while true {
            let bytes = buffer.readableBytesView
            if let feed = bytes.firstIndex(of: 0x0A) {
                let line = buffer.readString(length: feed - bytes.startIndex)
                buffer.moveReaderIndex(forwardBy: 1)
                return line
            }
            guard var chunk = try await chunks.next(isolation: #isolation) else {
                guard buffer.readableBytes == 0 else { throw PartialLine() }
                return nil
            }
            buffer.discardReadBytes()
            buffer.writeBuffer(&chunk)
        }
    }

    struct PartialLine: Error {}

    /// Reads lines up to one of a class, which it answers; the others are dropped.
    func line(of word: String) async throws -> String {
        while true {
            let line = try await line()
            if line == word || line.hasPrefix(word + " ") { return line }
        }
    }

    /// Every line to the end of the stream.
    func rest() async throws -> [String] {
        var lines: [String] = []
        while let line = try await nextLine() { lines.append(line) }
        return lines
    }

    /// Sends a tagged command and answers its reply, dropping what comes between.
    func ask(_ command: String) async throws -> String {
        try await send("@q " + command)
        while true {
            let line = try await line()
            if line.hasPrefix("OK @q ") || line.hasPrefix("ERR @q ") { return line }
        }
    }

    func logIn(as principal: Principal) async throws {
        _ = try await line(of: "INFO")
        try await send("HELLO 1 test 1")
        _ = try await line(of: "OK")
        try await send("AUTH TOKEN \(principal.tokenID).secret-\(principal.person ?? "")")
        let reply = try await line()
        guard reply.hasPrefix("OK AUTH") else { throw Refused(line: reply) }
    }

    struct Refused: Error {
        var line: String
    }

    /// Expects the next line, or the next of a class, to begin so.
    func expect(_ prefix: String, of word: String? = nil, _ location: SourceLocation = #_sourceLocation) async throws {
        let line = if let word { try await line(of: word) } else { try await line() }
        #expect(line.hasPrefix(prefix), sourceLocation: location)
    }

    /// Expects the reply to a tagged command to begin so.
    func expect(_ prefix: String, to command: String, _ location: SourceLocation = #_sourceLocation) async throws {
        let line = try await ask(command)
        #expect(line.hasPrefix(prefix), sourceLocation: location)
    }

    /// Expects the next line, or the reply to a command, to have a text in it.
    func expect(
        containing text: String,
        to command: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let line = if let command { try await ask(command) } else { try await line() }
        #expect(line.contains(text), sourceLocation: location)
    }

    /// Expects one line before the end of the stream.
    func expectOnly(_ line: String, _ location: SourceLocation = #_sourceLocation) async throws {
        let lines = try await rest()
        #expect(lines == [line], sourceLocation: location)
    }

    /// Closes the sending side only.
    func finishSending() async throws { try await channel.close(mode: .output).get() }

    func close() async throws { try await channel.close().get() }
}
