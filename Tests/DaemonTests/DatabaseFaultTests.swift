import Foundation
import Platform
import Safeguarding
import TestSupport
import Testing

/// The database dies under the daemon: it comes back by itself, and what was promised holds.
@Suite(.serialized)
struct DatabaseFaultTests {
    /// Kills of a run; `Tests/run --long` does the full number.
    private static let kills = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] == nil ? 6 : 50
    /// Receipts between two kills, at the most.
    private static let receiptsBetween = 60
    private static let seed: UInt64 = 20_261_125

    /// What is killed, in turn.
    private enum Victim: CaseIterable {
        /// The postmaster: its children end when they notice.
        case postmaster
        /// A session: the postmaster takes it for a corrupted memory and starts over.
        case session
        /// All of it at once.
        case everything
    }

    // Fifty take a quarter of an hour: a server that dies again and again is started after half a minute.
    @Test(.timeLimit(.minutes(30)))
    func `after kills of PostgreSQL under load every receipt is stored once and every alert arrives in order`()
        async throws
    {
        try await Installation.embedded { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "database")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed)

            var generator = SeededGenerator(seed: Self.seed)
            for round in 0..<Self.kills {
                let before = reporter.receipts.count
                let target = before + Int.random(in: 1...Self.receiptsBetween, using: &generator)
                // Half of them come before the kill, the other half after it.
                async let sending: Void = reporter.sendThrough(
                    to: daemon.addresses.http,
                    connections: 8,
                    limit: target + Self.receiptsBetween
                )
                await reporter.reached(target)
                try Self.strike(Victim.allCases[round % Victim.allCases.count], in: installation, &generator)
                await sending
            }
            #expect(reporter.unexpected.isEmpty)
            // Each report is an alert of its own, and every reference was answered in the end.
            #expect(reporter.unanswered.isEmpty)
            let receipts = reporter.receipts
            let stored = try await installation.storedReferences()
            #expect(stored.count == receipts.count)
            for (reference, report) in receipts { #expect(stored[reference] == [report], "seed \(Self.seed)") }
            // A receipt that was not true has no alert to wait for.
            if stored.count == receipts.count { await follower.reached(receipts.count) }

            let log = try await installation.loggedPositions()
            #expect(follower.positions == log, "seed \(Self.seed)")
            #expect(follower.faults.isEmpty)

            #expect(await daemon.terminate() == 0)
            await following
        }
    }

    /// Each kill comes at the moment in which the acknowledgement is answered.
    @Test(.timeLimit(.minutes(10)))
    func `what was acknowledged before a kill of PostgreSQL is acknowledged after it`() async throws {
        try await Installation.embedded { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let (feed, http) = (daemon.addresses.feed, daemon.addresses.http)
            let reporter = ReportingClient(token: tokens.reporter, prefix: "kept")
            func report() async throws {
                while await !reporter.sendUrgent(to: http) { try Task.checkCancellation() }
            }
            var generator = SeededGenerator(seed: Self.seed)
            var acknowledged: Int64 = 0
            for victim in Victim.allCases {
                let before = acknowledged
                let next = before + 1
                try await Self.subscribed(tokens.coordinator, feed) { desk, answer in
                    #expect(answer.hasPrefix("OK @q SUB desk at=\(before) "), "\(answer)")
                    // The second of them stays unacknowledged.
                    for _ in 0..<2 { try await report() }
                    _ = try await desk.hear { EventTally.position(of: $0) ?? 0 > next }
                    var reply = try await desk.ask("ACK desk \(next)")
                    while reply.hasPrefix("ERR @q 503 ") { reply = try await desk.ask("ACK desk \(next)") }
                    try Self.strike(victim, in: installation, &generator)
                    #expect(reply == "OK @q ACK desk \(next)")
                }
                acknowledged = next
                // With its receipt the database is back.
                try await report()
            }
            let last = acknowledged
            try await Self.subscribed(tokens.coordinator, feed) { _, answer in
                #expect(answer.hasPrefix("OK @q SUB desk at=\(last) "), "\(answer)")
            }
            #expect(reporter.unexpected.isEmpty)
            #expect(await daemon.terminate() == 0)
        }
    }

    /// Calls back with a subscription that goes on where the last one stopped, and with the answer to it, once the
    /// database lets it begin.
    private static func subscribed(
        _ token: String,
        _ address: String,
        _ body: (RawFeed, String) async throws -> Void
    ) async throws {
        var isThere = false
        while !isThere {
            try Task.checkCancellation()
            isThere = try await RawFeed.with(address) { feed in
                try await feed.logIn(token)
                let answer = try await feed.ask("SUB desk FROM resume")
                // Not logged in, or not subscribed, for the database's sake.
                if answer.hasPrefix("ERR @q 405 ") || answer.hasPrefix("ERR @q 503 ") { return false }
                try await body(feed, answer)
                return true
            }
        }
    }

    /// SIGKILL.
    private static func strike(
        _ victim: Victim,
        in installation: Installation,
        _ generator: inout SeededGenerator
    ) throws {
        let data = installation.state + "/postgres"
        let text = try String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        let postmaster = try #require(Int32(text.split(separator: "\n").first ?? ""))
        let sessions = try ProcessFacts.working(in: data).filter { $0 != postmaster }.sorted()
        switch victim {
        case .postmaster: kill(postmaster, SIGKILL)
        case .session: if let session = sessions.randomElement(using: &generator) { kill(session, SIGKILL) }
        case .everything: for process in [postmaster] + sessions { kill(process, SIGKILL) }
        }
    }
}
