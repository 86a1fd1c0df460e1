import AlertFeed
import Foundation
import Safeguarding
import TestSupport
import Testing

/// A standby that was behind is promoted: what it never got is lost, and nobody is left to believe otherwise.
@Suite(.serialized, .enabled(if: ReplicatedServer.isAvailable, "there are no PostgreSQL server programs"))
struct FailoverTests {
    @Test(.timeLimit(.minutes(5)))
    func `after the promotion of a standby that lags no number is given twice, and readers and operator are told`()
        async throws
    {
        try await onReplicatedServer(failOver)
    }

    @Test(.timeLimit(.minutes(5)))
    func `what a daemon had sent that did not live to see the loss is told by the one after it`() async throws {
        try await onReplicatedServer { server in
            try await Installation.on(server.connectionString) { installation in
                let tokens = try await installation.prepare()
                let daemon = try await installation.start()
                let reporter = ReportingClient(token: tokens.reporter, prefix: "outlived")
                for _ in 0..<2 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
                // A receipt says that the report is kept, not that its alert is in the log yet.
                while try await installation.loggedPositions().count < 2 { try Task.checkCancellation() }
                try await server.catchUp()
                try await server.cutOff()
                for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
                while try await installation.loggedPositions().count < 5 { try Task.checkCancellation() }
                let kept = URL(fileURLWithPath: installation.state + "/feed.positions")
                func isKept() -> Bool {
                    (try? String(contentsOf: kept, encoding: .utf8))?.contains(/full \S+ 5\n/) == true
                }
                while !isKept() {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                await daemon.killHard()
                try await server.failOver()

                let next = try await installation.start()
                func told() -> [Substring] {
                    next.log.split(separator: "\n").filter {
                        $0.contains("events are lost") && $0.contains(#""full""#)
                    }
                }
                while told().isEmpty {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                #expect(await next.terminate() == 0)
                #expect(told().count == 1)
                for line in told() {
                    #expect(line.contains(#""feed.from":"3""#) && line.contains(#""feed.to":"5""#), "\(line)")
                }
                let third = try await installation.start()
                #expect(await third.terminate() == 0)
                #expect(!third.log.contains("events are lost"), "once")
            }
        }
    }

    private func onReplicatedServer(_ body: (ReplicatedServer) async throws -> Void) async throws {
        let server = try await ReplicatedServer.start()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
        try await server.stop()
        try outcome.get()
    }

    private func failOver(_ server: ReplicatedServer) async throws {
        try await Installation.on(server.connectionString) { installation in
            let tokens = try await installation.prepare()
            let daemon = try await installation.start()
            let ready = try await ChildProcess.run(
                try #require(Tool.find("curl")),
                ["-s", "http://\(daemon.addresses.http)/readyz"]
            )
            #expect(ready.output.contains(#""asynchronous-standby""#), "warned before it happens: \(ready.output)")
            let reporter = ReportingClient(token: tokens.reporter, prefix: "failover")
            let follower = Follower(token: tokens.coordinator)
            async let following: Void = follower.follow(daemon.addresses.feed, comesBack: true)
            for _ in 0..<5 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            await follower.reached(5)
            try await server.catchUp()
            let replicated = try await installation.loggedPositions()
            #expect(replicated == [1, 2, 3, 4, 5])

            // The tail that is lost: readers have seen it.
            try await server.cutOff()
            for _ in 0..<3 { #expect(await reporter.sendUrgent(to: daemon.addresses.http)) }
            await follower.reached(8)
            try await server.failOver()

            // The daemon finds the new primary by itself; the first event begins a new epoch beyond every number given.
            while await !reporter.sendUrgent(to: daemon.addresses.http) { try Task.checkCancellation() }
            await follower.reached(9)
            #expect(
                follower.positions.prefix(8) == [1, 2, 3, 4, 5, 6, 7, 8],
                "nothing twice, nothing skipped in silence"
            )
            let lost = try #require(follower.breaks.first)
            #expect(follower.breaks.count == 1 && lost.cause == .epochChanged && lost.processed == 8)
            #expect(
                (0...5).contains(lost.from ?? -1),
                "what the new server has beyond is sent, what it never had is told"
            )
            #expect(follower.repeated == 5 - Int(lost.from ?? 5))
            #expect(follower.faults.isEmpty)
            // Whoever begins at the floor gets all that there is, once and in order.
            let newcomer = Follower(token: tokens.coordinator, name: "newcomer")
            async let reading: Void = newcomer.follow(daemon.addresses.feed, from: .floor)
            await newcomer.reached(6)
            let log = try await installation.loggedPositions()
            #expect(log.prefix(5) == [1, 2, 3, 4, 5] && log.count == 6)
            #expect((log.last ?? 0) > 100_005)
            #expect(newcomer.positions == log)
            #expect(follower.positions.last == log.last)

            #expect(await daemon.logs("feed: events are lost"))
            let told = daemon.log.split(separator: "\n").filter {
                $0.contains("events are lost") && $0.contains(#""full""#)
            }
            #expect(told.count == 1)
            #expect(
                told.first?.contains(#""feed.from":"6""#) == true && told.first?.contains(#""feed.to":"8""#) == true
            )
            follower.leave()
            _ = await daemon.terminate()
            _ = await (following, reading)
        }
    }
}
