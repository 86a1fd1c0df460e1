import NIOCore
import NIOPosix

/// A reader of the feed who sends what it likes and keeps every line, what belongs to a reply apart from what came by itself.
final class RawFeed {
    /// The server closed the connection while something was expected of it.
    struct Ended: Error {
        var told: [String]
    }

    private let channel: any Channel
    private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()
    /// Lines that belong to no reply, in order: the banner, events, heartbeats, the farewell.
    private(set) var told: [String] = []

    private init(_ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
        self.channel = channel
        chunks = inbound.makeAsyncIterator()
    }

    /// Connects, runs the body and closes.
    static func with<Result: Sendable>(
        _ address: String,
        _ body: (RawFeed) async throws -> Result
    ) async throws -> Result {
        let parts = address.split(separator: ":")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: String(parts[0]), port: Int(parts[1]) ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound in
            try await body(RawFeed(channel.channel, inbound))
        }
    }

    func logIn(_ token: String) async throws {
        _ = try await ask("HELLO 1 raw 1")
        _ = try await ask("AUTH TOKEN " + token)
    }

    /// Sends a command and answers its reply with the lines that are counted into it.
    func ask(_ command: String) async throws -> String {
        try await send(Array("@q \(command)".utf8))
        var lines = [try await hear { $0.hasPrefix("OK @q ") || $0.hasPrefix("ERR @q ") }]
        told.removeLast()
        let count = lines[0].split(separator: " ").first { $0.hasPrefix("lines=") }
        for _ in 0..<(count.flatMap { Int($0.dropFirst(6)) } ?? 0) { lines.append(try await line()) }
        return lines.joined(separator: "\n")
    }

    /// Sends bytes as a line and answers the reply, which carries no tag.
    func reply(to bytes: [UInt8]) async throws -> String {
        try await send(bytes)
        let line = try await hear { $0.hasPrefix("OK ") || $0.hasPrefix("ERR ") }
        told.removeLast()
        return line
    }

    /// Sends QUIT and waits for the farewell.
    func quit() async throws {
        try await send(Array("QUIT".utf8))
        _ = try await hear { $0.hasPrefix("BYE ") }
    }

    /// Reads whatever still comes until the server has closed the connection.
    func readToTheEnd() async throws {
        do { _ = try await hear { _ in false } } catch is Ended {}
    }

    /// The first line told that is as wanted, waited for where it has not come yet.
    func hear(_ isWanted: (String) -> Bool) async throws -> String {
        if let heard = told.first(where: isWanted) { return heard }
        while true {
            let line = try await line()
            told.append(line)
            if isWanted(line) { return line }
        }
    }

    private func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes + [0x0A])).get()
    }

    private func line() async throws -> String {
        while true {
            let bytes = buffer.readableBytesView
            if let end = bytes.firstIndex(of: 0x0A) {
                let line = buffer.readString(length: end - bytes.startIndex) ?? ""
                buffer.moveReaderIndex(forwardBy: 1)
                return line
            }
            guard var chunk = try await chunks.next(isolation: #isolation) else { throw Ended(told: told) }
            buffer.discardReadBytes()
            buffer.writeBuffer(&chunk)
        }
    }
}
