import AlertFeed
import Foundation
import Safeguarding
import Store
import StoreTestSupport
import Synchronization
import TestSupport
import Testing

/// kill -9 of the daemon under load at random moments: what was promised must hold afterwards.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage))
)
struct KillRoundsTests {
    /// Rounds of the acceptance rule.
    private static let rounds = 50
    /// Receipts after which a round ends at the latest; the kill comes after a random number of them.
    private static let receiptsPerRound = 40
    private static let seed: UInt64 = 20_261_122

    @Test(.timeLimit(.minutes(15)))
    func `after fifty kills every receipt is stored once and every alert arrives in order`() async throws {
        try await StoreFixture.bootstrapped { database in
            let state = FileManager.default.temporaryDirectory.appendingPathComponent("placeguard-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: state,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            defer { try? FileManager.default.removeItem(at: state) }
            let installation = try Installation(database: database, state: state)
            let tokens = try await installation.prepare()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "kill")
            let follower = Follower(token: tokens.coordinator)
            var generator = SeededGenerator(seed: Self.seed)
            for _ in 0..<Self.rounds {
                let daemon = try await DaemonProcess.start(environment: installation.environment)
                let receipts = Int.random(in: 1...Self.receiptsPerRound, using: &generator)
                async let following: Void = follower.follow(daemon.addresses.feed)
                await reporter.send(to: daemon.addresses.http, connections: 8, limit: receipts)
                await daemon.killHard()
                await following
            }
            let daemon = try await DaemonProcess.start(environment: installation.environment)
            await reporter.resend(to: daemon.addresses.http)
            let receipts = reporter.receipts
            #expect(reporter.unexpected.isEmpty)
            #expect(receipts.count > Self.rounds)

            // Each report is an alert of its own, so that many are awaited, and no more may come.
            async let following: Void = follower.follow(daemon.addresses.feed)
            await follower.reached(receipts.count)
            let status = await daemon.terminate()
            await following
            #expect(status == 0)

            let stored = try await installation.storedReferences()
            for (reference, report) in receipts {
                #expect(stored[reference] == [report], "seed \(Self.seed)")
            }
            let log = try await installation.loggedPositions()
            #expect(follower.positions == log, "seed \(Self.seed)")
            #expect(follower.faults.isEmpty)
        }
    }
}

/// A coordinator who comes back after every loss and drops what was processed already.
private final class Follower: Sendable {
    private struct State {
        var positions: [Int64] = []
        var faults: [String] = []
    }

    private let state = Mutex(State())
    private let arrived = Doorbell()
    private let token: String

    init(token: String) {
        self.token = token
    }

    /// Positions processed, once each, in the order of processing.
    var positions: [Int64] { state.withLock { $0.positions } }
    var faults: [String] { state.withLock { $0.faults } }

    /// Waits until so many events were processed.
    func reached(_ count: Int) async {
        var heard = arrived.count
        while positions.count < count, faults.isEmpty { heard = await arrived.wait(after: heard) }
    }

    /// Follows until the daemon is gone; a gap in the prev chain is a fault.
    func follow(_ address: String) async {
        let parts = address.split(separator: ":")
        guard let port = Int(parts[1]), let credential = FeedClientSettings.credential(from: token) else { return }
        var settings = FeedClientSettings(host: String(parts[0]), port: port, credential: credential)
        settings.name = "rounds"
        // The beginning for the first time; afterwards the cursor says where.
        settings.from = .resume
        do {
            try await FeedClient(settings: settings).follow { notice in
                switch notice {
                case .event(let event): self.process(event.seq)
                case .disconnected: throw CancellationError()
                default: break
                }
            }
        } catch is CancellationError {
            return
        } catch {
            state.withLock { $0.faults.append("\(error)") }
            arrived.ring()
        }
    }

    private func process(_ seq: Int64) {
        state.withLock { state in
            guard seq > (state.positions.last ?? 0) else { return }
            state.positions.append(seq)
        }
        arrived.ring()
    }
}
