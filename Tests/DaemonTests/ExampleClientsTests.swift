import Foundation
import TestSupport
import Testing

/// The clients in Deploy/clients against a real daemon, which is killed while they follow it.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("python3") != nil, "there is no python3")
)
struct ExampleClientsTests {
    enum Example: String, CaseIterable {
        case python = "follow.py"
        case shell = "follow.sh"

        var path: String { ExampleClientsTests.folder + rawValue }

        /// The position and the type in one line of what it prints; nil for what was open when it began.
        func event(_ line: String) throws -> (seq: Int64, type: String)? {
            switch self {
            case .python:
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                guard object["open"] == nil else { return nil }
                _ = try #require(object["body"] as? [String: Any])
                return (try #require(object["seq"] as? Int64), try #require(object["type"] as? String))
            case .shell:
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                try #require(fields.count == 7)
                if fields[1].hasPrefix("open:") { return nil }
                _ = try JSONSerialization.jsonObject(with: Data(fields[6].utf8))
                return (try #require(Int64(fields[0])), String(fields[1]))
            }
        }
    }

    private static let folder =
        URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Deploy/clients/").path + "/"

    private func run(_ example: Example, _ tokens: Installation.Tokens, _ address: String, _ installation: Installation)
        throws -> Program
    {
        let parts = address.split(separator: ":").map { String($0) }
        return try Program(
            example.path,
            parts + ["example", installation.state + "/example.state"],
            environment: ["PLACEGUARD_TOKEN": tokens.coordinator]
        )
    }

    @Test(.timeLimit(.minutes(5)), arguments: Example.allCases)
    func `an example client has every event once and in order across kills of the daemon and of itself`(
        example: Example
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            var daemon = try await installation.start()
            let address = daemon.addresses.feed
            let reporter = ReportingClient(token: tokens.reporter, prefix: "example")
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            try await installation.logged(1)
            var client = try run(example, tokens, address, installation)
            defer { client.stop() }
            // What is open comes first: the client began at head.
            let listed = try #require(await client.line(0), "\(client.text)")
            #expect(try example.event(listed) == nil)
            try await Subscribed.wait(for: "example", tokens.coordinator, address)

            var seen: [Int64] = []
            var line = 1
            for round in 0..<3 {
                for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
                let logged = try await installation.logged(4 + 3 * round).filter { $0 > 1 }
                while seen != logged, let text = await client.line(line) {
                    line += 1
                    // Both streams are heard: what it notes for people is not among the events.
                    guard !text.hasPrefix("follow.") else { continue }
                    let event = try #require(try example.event(text), "nothing is listed twice: \(text)")
                    seen.append(event.seq)
                    #expect(event.type == "immediate")
                }
                #expect(seen == logged, "\(client.text)")
                if round == 0 {
                    await daemon.killHard()
                    daemon = try await installation.start(["PLACEGUARD_FEED_LISTEN": address])
                    // It comes back by itself.
                    _ = await client.shows("follow.")
                } else if round == 1 {
                    // Its position is in its file when the line of it was answered.
                    try await Subscribed.acknowledged(seen.last ?? 0, by: "example", tokens.coordinator, address)
                    client.kill()
                    await client.ends()
                    client = try run(example, tokens, address, installation)
                    line = 0
                }
            }
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a shell client that ended before it had listed what is open lists it when it comes back`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "listed")
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            try await installation.logged(1)
            let status = try await installation.placeguard("status", "--json")
            let facts = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
            let epoch = try #require(facts?["fullEpoch"] as? String)
            try Data("\(epoch) 1 \n".utf8).write(to: URL(filePath: installation.state + "/example.state"))
            let client = try run(.shell, tokens, daemon.addresses.feed, installation)
            defer { client.stop() }
            #expect(try #require(await client.line(0)).contains("\topen:immediate\t"))
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Example.allCases)
    func `in a new epoch an example client lists what is open and goes on with nothing missed or twice`(
        example: Example
    ) async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let address = daemon.addresses.feed
            let reporter = ReportingClient(token: tokens.reporter, prefix: "epoch")
            let client = try run(example, tokens, address, installation)
            defer { client.stop() }
            try await Subscribed.wait(for: "example", tokens.coordinator, address)
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            let before = try await installation.logged(3)
            try await Subscribed.acknowledged(before[2], by: "example", tokens.coordinator, address)
            try await installation.becomesAnotherServer()
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            #expect(await client.shows("ERR 409 epoch-changed"))
            let log = try await installation.logged(4)
            #expect(log[3] > before[2] + 100_000)
            try await Subscribed.acknowledged(log[3], by: "example", tokens.coordinator, address)
            let lines = client.text.split(separator: "\n").filter { !$0.hasPrefix("follow.") }
            let events = try lines.compactMap { try example.event(String($0))?.seq }
            #expect(events == log)
            #expect(lines.count > events.count, "what was open is listed")

            // After a snapshot nothing is sure: everything that is kept comes once more.
            _ = try await installation.placeguard("epoch")
            try await Subscribed.acknowledged(log[3], by: "example", tokens.coordinator, address)
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            let all = try await installation.logged(5)
            try await Subscribed.acknowledged(all[4], by: "example", tokens.coordinator, address)
            let again = try client.text.split(separator: "\n").filter { !$0.hasPrefix("follow.") }
                .compactMap { try example.event(String($0))?.seq }
            #expect(again == log + all)
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Example.allCases)
    func `an example client that is refused ends and says why`(example: Example) async throws {
        try await Installation.onTestCluster { installation in
            var tokens = try await installation.prepare()
            let daemon = try await installation.start()
            tokens.coordinator += "x"
            let client = try run(example, tokens, daemon.addresses.feed, installation)
            await client.ends()
            #expect(client.text.contains("ERR 401 auth-required"), "\(client.text)")
            #expect(!client.text.contains(tokens.coordinator))
            #expect(await daemon.terminate() == 0)
        }
    }

    @Test(arguments: Example.allCases)
    func `an example client is under 60 lines`(example: Example) throws {
        let text = try String(contentsOfFile: example.path, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 60)
    }
}
