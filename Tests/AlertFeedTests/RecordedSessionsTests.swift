import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

/// Every recorded session, on the machine alone and on a server with real sockets: both must say the same.
@Suite(.timeLimit(.minutes(10)))
struct RecordedSessionsTests {
    @Test func `there are recorded sessions`() throws {
        #expect(try SessionScript.all().count >= 20)
    }

    @Test(arguments: try SessionScript.all())
    func `the machine plays the recorded session`(_ script: SessionScript) async throws {
        let player = PurePlayer()
        try await player.play(script) { bytes, session in await session.receive(bytes) }
    }

    @Test(arguments: try SessionScript.all())
    func `the machine plays the session byte by byte`(_ script: SessionScript) async throws {
        let player = PurePlayer()
        try await player.play(script) { bytes, session in
            for byte in bytes { await session.receive([byte]) }
        }
    }

    @Test(arguments: try SessionScript.all())
    func `the server plays the recorded session`(_ script: SessionScript) async throws {
        let log = MemoryAlertLog()
        let opening = script.steps.prefix { $0.isHappening }
        for case .happen(let words) in opening { try await ScriptEvent.toLog(words, log) }
        try await withServer(log: log) { server in
            try await server.client { client in
                try await ServerPlayer(server: server, client: client).play(script.steps.dropFirst(opening.count))
            }
        }
    }

    @Test func `a session cut in two at every byte goes the same way`() async throws {
        let script = try SessionScript(file: "04-subscribe-and-acknowledge.txt")
        for cut in 0..<80 {
            let player = PurePlayer()
            try await player.play(script) { bytes, session in
                await session.receive(Array(bytes.prefix(cut)))
                await session.receive(Array(bytes.dropFirst(cut)))
            }
        }
    }

    @Test func `many commands in one packet are answered in their order`() async throws {
        try await withServer { server in
            try await server.client { client in
                let commands =
                    "HELLO 1 nc 1\nAUTH TOKEN tok-ana.secret-ana\n@1 PING\n@2 LIST\n@3 LAG\nSUB desk\n@4 ACK desk 0\nQUIT\n"
                try await client.send(bytes: Array(commands.utf8))
                let words = try await client.rest().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
                #expect(
                    words == [
                        "INFO feed=1", "OK HELLO", "OK AUTH", "OK @1", "OK @2", "OK @3", "OK SUB", "OK @4", "BYE quit",
                    ]
                )
            }
        }
    }

    @Test func `half a command at the end of the stream is not obeyed`() async throws {
        try await withServer { server in
            try await server.client { client in
                try await client.send(bytes: Array("HELLO 1 nc 1\nPING\nQUI".utf8))
                try await client.finishSending()
                let lines = try await client.rest()
                #expect(lines.count == 3)
                #expect(lines.last == "OK PONG")
            }
        }
    }
}

extension SessionScript.Step {
    var isHappening: Bool { if case .happen = self { true } else { false } }
}

extension ScriptEvent {
    /// What happens to the log; false where it is something else.
    @discardableResult
    static func toLog(_ words: [String], _ log: MemoryAlertLog) async throws -> Bool {
        switch words[0] {
        case "publish": publish(words, on: log)
        case "drop": log.dropBelow(Int64(words[2]) ?? 0, in: View(rawValue: words[1]) ?? .open)
        case "epoch": log.beginEpoch(in: View(rawValue: words[1]) ?? .open)
        case "database": log.setAvailable(words[1] == "up")
        case "past":
            let from = try CommandParser.start(words[3][...])
            let start = try await log.subscribe(.ana, name: words[2], from: from, filter: .everything)
            let seq = Int64(words[4]) ?? 0
            if seq > start.at { try await log.acknowledge(start.subscription, seq: seq, sent: seq) }
            if words[5] != "-" { try await log.ended(start.subscription, reason: words[5], sent: seq) }
        default: return false
        }
        return true
    }
}

/// Plays a session on the machine.
struct PurePlayer {
    func play(
        _ script: SessionScript,
        deliver: ([UInt8], PureSession) async -> Void
    ) async throws {
        let session = PureSession()
        var said: [String] = []
        var isQuiet = false
        for step in script.steps {
            said += session.takeLines()
            if isQuiet { said.removeAll { $0.hasPrefix("HB ") } }
            switch step {
            case .send(let bytes): await deliver(bytes, session)
            case .expect(let pattern):
                let line = try #require(said.isEmpty ? nil : said.removeFirst(), "expected \(pattern)")
                #expect(SessionScript.matches(line, pattern), "said \(line), expected \(pattern)")
            case .happen(let words): isQuiet = try await happen(words, session)
            }
        }
        said += session.takeLines()
        #expect(said.isEmpty, "unexpected: \(said)")
    }

    private func happen(_ words: [String], _ session: PureSession) async throws -> Bool {
        if try await ScriptEvent.toLog(words, session.log) {
            if words[0] == "publish" { session.machine.logMayHaveGrown() }
            await session.settle()
            return false
        }
        switch words[0] {
        case "tick": await session.pass(seconds: Int(words[1]) ?? 0)
        case "revoke": session.say(session.machine.revoked(at: session.now))
        case "stop": session.say(session.machine.beginDrain(at: session.now))
        default: break
        }
        return words.last == "quiet"
    }
}

/// Plays a session on a server.
struct ServerPlayer {
    let server: ServerFixture
    let client: LineClient

    func play(_ steps: ArraySlice<SessionScript.Step>) async throws {
        var isQuiet = false
        var patience = 0
        var hasEnded = false
        // An event may come before the reply beside which it is recorded (PROTOCOL.md "Order").
        var early: String?
        for step in steps {
            switch step {
            case .send(let bytes):
                try await client.send(bytes: bytes)
                if patience > 0 {
                    await server.clock.sleepers(of: .seconds(patience), atLeast: patience == 1 ? 2 : 1)
                    await server.clock.advance(seconds: patience)
                    patience = 0
                }
            case .expect(let pattern):
                func next() async throws -> String {
                    var line = try await client.line()
                    while isQuiet, line.hasPrefix("HB ") { line = try await client.line() }
                    return line
                }
                var line = if let early { early } else { try await next() }
                early = nil
                if line.hasPrefix("EVT "), pattern.hasPrefix("OK "), !pattern.hasPrefix("OK SUB ") {
                    early = line
                    line = try await next()
                }
                #expect(SessionScript.matches(line, pattern), "said \(line), expected \(pattern)")
                if line.hasPrefix("BYE ") { hasEnded = true }
            case .happen(let words):
                if try await ScriptEvent.toLog(words, server.log) { continue }
                isQuiet = words.last == "quiet"
                switch words[0] {
                case "tick" where isQuiet: try await server.passQuietly(seconds: Int(words[1]) ?? 0)
                case "tick": await server.clock.advance(seconds: Int(words[1]) ?? 0)
                case "patience": patience = Int(words[1]) ?? 0
                case "revoke": server.credentials.revoke(words[1])
                case "stop": await stop()
                default: break
                }
            }
        }
        #expect(early == nil)
        if hasEnded {
            #expect(try await client.rest() == [])
        } else {
            try await client.send("@end PING")
            #expect(try await client.line() == "OK @end PONG")
        }
    }

    private func stop() async {
        await server.stop()
        while !server.server.isStopping, !Task.isCancelled { await Task.yield() }
    }
}
