import Foundation
import TestSupport
import Testing

/// Several daemons share one database (design.md rule 7): no leader, nothing twice, nothing lost when one dies.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct TwoDaemonsTests {
    @Test(.timeLimit(.minutes(5)))
    func `two daemons take reports for one log, and the one that is left goes on with it`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let first = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/a"])
            let second = try await installation.start(["PLACEGUARD_STATE_DIRECTORY": installation.state + "/b"])
            let reporters = ["first", "second"].map { ReportingClient(token: tokens.reporter, prefix: $0) }
            let followers = ["first", "second"].map { Follower(token: tokens.coordinator, name: $0) }
            async let followingFirst: Void = followers[0].follow(first.addresses.feed)
            async let followingSecond: Void = followers[1].follow(second.addresses.feed)

            async let sendingFirst: Void = reporters[0].send(to: first.addresses.http, connections: 4, limit: 200)
            async let sendingSecond: Void = reporters[1].send(to: second.addresses.http, connections: 4, limit: 200)
            _ = await (sendingFirst, sendingSecond)
            let both = reporters.map(\.receipts.count).reduce(0, +)
            #expect(both >= 400)
            for follower in followers { await follower.reached(both) }
            let log = try await installation.loggedPositions()
            #expect(followers[0].positions == log)
            #expect(followers[1].positions == log)

            await first.killHard()
            await followingFirst
            await reporters[1].send(to: second.addresses.http, connections: 4, limit: 50)
            let all = reporters.map(\.receipts.count).reduce(0, +)
            #expect(all >= both + 50)
            await followers[1].reached(all)
            let longerLog = try await installation.loggedPositions()
            #expect(followers[1].positions == longerLog)
            let stored = try await installation.storedReferences()
            for (reference, report) in reporters.flatMap(\.receipts) { #expect(stored[reference] == [report]) }
            #expect(followers.flatMap(\.faults) == [])
            #expect(reporters.flatMap(\.unexpected) == [])

            #expect(await second.terminate() == 0)
            await followingSecond
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a second daemon on the same state directory is refused by name`() async throws {
        try await Installation.embedded { installation in
            let daemon = try await installation.start()
            await #expect {
                _ = try await installation.start()
            } throws: { "\($0)".contains("Another placeguard serve") && "\($0)".contains("(daemon-running)") }
            #expect(await daemon.terminate() == 0)
        }
    }
}
