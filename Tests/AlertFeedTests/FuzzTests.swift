import Foundation
import NIOCore
import Safeguarding
import Testing

@testable import AlertFeed

/// Mutations of a kept corpus against everything that reads what a stranger wrote.
///
/// Runs 20 s (PLACEGUARD_TEST_LONG: 600 s); the seed is printed with a failure and fixed, so the order of cases is the same
/// every time.
@Suite(.timeLimit(.minutes(15)))
struct FuzzTests {
    private static let seconds = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] == nil ? 20 : 600

    @Test func `no input makes a session trap, say half a line or a line too long`() async throws {
        try await fuzz(corpus: "commands.txt", seed: 0xF00D) { input, random in
            let session = PureSession(seed: random.next())
            if random.pick(0...1) == 0 {
                await session.send("HELLO 1 fuzz 1")
                await session.send("AUTH TOKEN tok-ana.secret-ana")
                await session.send("SUB desk FROM floor WINDOW 3")
                await session.publish()
            }
            var rest = input[...]
            while !rest.isEmpty {
                let chunk = rest.prefix(random.pick(1...200))
                await session.receive(Array(chunk))
                rest = rest.dropFirst(chunk.count)
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
                    machine.processed(event)
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
        _ isSound: ([UInt8], inout Jitter) async throws -> Bool
    ) async throws {
        let file = SessionScript.directory.deletingLastPathComponent().appending(path: "Corpus/" + corpus)
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { Array($0.utf8) + [0x0A] }
        #expect(lines.count > 5)
        var random = Jitter(seed: seed)
        let end = ContinuousClock.now + .seconds(Self.seconds) / 3
        var cases = 0
        while ContinuousClock.now < end {
            let input = Self.mutate(lines, &random)
            let isSound = try await isSound(input, &random)
            cases += 1
            guard isSound else {
                Issue.record("seed \(seed), case \(cases): \(String(decoding: input, as: UTF8.self).debugDescription)")
                return
            }
        }
        #expect(cases > 100)
    }

    /// A few lines of the corpus with bytes changed, repeated, dropped and moved.
    private static func mutate(_ lines: [[UInt8]], _ random: inout Jitter) -> [UInt8] {
        var bytes = (0..<random.pick(1...12)).flatMap { index in
            random.pick(0...3) > 0 ? lines[index % lines.count] : lines[random.pick(0...(lines.count - 1))]
        }
        for _ in 0..<random.pick(0...6) where !bytes.isEmpty {
            let at = random.pick(0...(bytes.count - 1))
            switch random.pick(0...6) {
            case 0: bytes[at] = UInt8(random.pick(0...255))
            case 1: bytes[at] ^= 1 << UInt8(random.pick(0...7))
            case 2: bytes.remove(at: at)
            case 3: bytes.insert(contentsOf: [0x0A, 0x20, 0x0D, 0x00, 0x40].shuffled(using: &random).prefix(2), at: at)
            case 4: bytes.removeSubrange(at..<min(bytes.count, at + random.pick(1...40)))
            case 5: bytes.insert(contentsOf: [UInt8](repeating: bytes[at], count: random.pick(1...1_100)), at: at)
            default: bytes.insert(contentsOf: bytes.prefix(random.pick(1...60)), at: at)
            }
        }
        return bytes
    }
}
