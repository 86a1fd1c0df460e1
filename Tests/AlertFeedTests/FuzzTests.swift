import Foundation
import NIOCore
import Safeguarding
import TestSupport
import Testing

@testable import AlertFeed

/// Mutations of a kept corpus against everything here that reads what a stranger wrote.
@Suite(.timeLimit(.minutes(15)))
struct FuzzTests {
    @Test func `no input makes a session trap, say half a line or a line too long`() async throws {
        try await fuzz(corpus: "commands.txt", seed: 0xF00D) { input, random in
            let session = PureSession(seed: random.next())
            if random.pick(0...1) == 0 {
                await session.send("HELLO 1 fuzz 1")
                let isCleared = random.pick(0...1) == 0
                await session.send("AUTH TOKEN " + (isCleared ? "tok-ben.secret-ben" : "tok-ana.secret-ana"))
                await session.send("SUB desk FROM floor WINDOW 3")
                await session.publish(isCleared ? .full : .open)
            }
            for chunk in random.cut(input, upTo: 200) {
                await session.receive(chunk)
                if random.pick(0...5) == 0 { await session.pass(seconds: random.pick(1...30)) }
            }
            return session.takeLines().allSatisfy { line in
                line.utf8.count < FeedLimits.serverLine && (ServerMessage(line) != nil)
                    && line.unicodeScalars.allSatisfy { $0.value >= 0x20 }
            }
        }
    }

    @Test func `no filter makes the parser trap, and what it reads it reads again`() async throws {
        try await fuzz(corpus: "commands.txt", seed: 0xF117) { input, _ in
            let text = String(decoding: input, as: UTF8.self).split(separator: "FILTER ").last.map { String($0) } ?? ""
            guard let filter = try? FilterParser.parse(text) else { return true }
            return filter.inclusions.count + filter.exclusions.count <= FeedLimits.filterTerms
                && (try? FilterParser.parse(filter.text)) == filter
        }
    }

    @Test func `no server makes a client trap or believe a gap`() async throws {
        try await fuzz(corpus: "server-lines.txt", seed: 0xC11E) { input, _ in
            let credential = Credential(tokenID: "a", secret: "b")
            var machine = FeedClientMachine(settings: FeedClientSettings(host: "h", port: 1, credential: credential))
            machine.connected()
            var decoder = LineDecoder(limit: FeedLimits.serverLine)
            var buffer = ByteBuffer(bytes: input)
            var last: Int64?
            while let received = decoder.decode(buffer: &buffer) {
                guard case .line(let line) = received else { return true }
                do throws(FeedClientError) {
                    guard case .handle(let event) = try machine.received(line) else { continue }
                    if let last, event.prev != last { return false }
                    last = event.seq
                    machine.processed(event.seq)
                    _ = EventText.render(event)
                } catch {
                    return true
                }
            }
            return true
        }
    }

    private func fuzz(
        corpus: String,
        seed: UInt64,
        _ isSound: ([UInt8], inout SeededGenerator) async throws -> Bool
    ) async throws {
        let file = SessionScript.directory.deletingLastPathComponent().appending(path: "Corpus/" + corpus)
        try await Fuzzing.run(try Fuzzing.lines(of: file), pieces: 1...12, seed: seed, isSound)
    }
}
