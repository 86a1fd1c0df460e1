import AlertFeed
import NIOCore
import NIOPosix
import Synchronization

/// A server that logs anybody in and then says, connection by connection, what a test has written down; the last one's lines
/// are said again to whoever comes after it.
final class ScriptedServer: Sendable {
    private let scripts: [[String]]
    private let connections = Mutex(0)

    /// - Parameter scripts: For each connection the lines behind the reply to SUB.
    init(_ scripts: [[String]]) {
        self.scripts = scripts
    }

    /// Connections so far.
    var count: Int { connections.withLock { $0 } }

    /// Serves on a port of its own while the body runs.
    func run(_ body: (Int) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = listener.channel.localAddress?.port ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.executeThenClose { inbound in
                    try await withThrowingDiscardingTaskGroup { clients in
                        for try await client in inbound { clients.addTask { await self.serve(client) } }
                    }
                }
            }
            defer { group.cancelAll() }
            try await body(port)
        }
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        let number = connections.withLock { count in
            defer { count += 1 }
            return count
        }
        let script = scripts[min(number, scripts.count - 1)]
        // A client that hangs up is what these tests are about.
        try? await client.executeThenClose { inbound, outbound in
            func say(_ lines: [String]) async throws {
                try await outbound.write(ByteBuffer(string: lines.map { $0 + "\n" }.joined()))
            }
            try await say(["INFO feed=1 server=script"])
            var decoder = LineDecoder()
            var buffer = ByteBuffer()
            for try await chunk in inbound {
                buffer.writeImmutableBuffer(chunk)
                while case .line(let line)? = decoder.decode(buffer: &buffer) {
                    switch line.split(separator: " ").first {
                    case "HELLO": try await say(["OK HELLO caps=sub"])
                    case "AUTH": try await say(["OK AUTH as=ana areas=* epoch=e head=8 floor=1"])
                    case "SUB": try await say(["OK SUB desk at=5 epoch=e behind=3 open=0 window=2048"] + script)
                    case "@a": try await say(["OK " + line])
                    default: break
                    }
                }
            }
        }
    }
}
