import NIOCore
import Safeguarding
import Synchronization
import TestSupport
import Testing

@testable import AlertFeed

/// The limits that a server keeps for all its sessions, each just below, at and just above it.
@Suite(.timeLimit(.minutes(10)))
struct ServerLimitsTests {
    private func id(_ number: Int) -> ConnectionID { ConnectionID(number: UInt64(number)) }

    // MARK: Places

    @Test(arguments: [1_023, 1_024, 1_025])
    func `known addresses fill all 1 024 waiting places, then the oldest goes for whoever comes`(_ count: Int) {
        var table = ConnectionTable(limits: .standard)
        for office in 0..<65 {
            _ = table.admit(id(office), from: "office-\(office)")
            _ = table.enter(id(office), as: "user-\(office)")
        }
        var displaced: [ConnectionID] = []
        for number in 0..<count {
            let admission = table.admit(id(1_000 + number), from: "office-\(number / 16)")
            if case .admitted(let gone?) = admission { displaced.append(gone) }
        }
        #expect(displaced == (count > 1_024 ? [id(1_000)] : []))
        #expect(table.waitingCount == min(count, 1_024))
        let stranger = table.admit(id(9_000), from: "stranger")
        let oldest: ConnectionID? = count < 1_024 ? nil : id(count == 1_024 ? 1_000 : 1_001)
        #expect(stranger == .admitted(displacing: oldest))
    }

    @Test(arguments: [(1, true), (2, true), (3, false)])
    func `of the addresses that have logged in the oldest becomes a stranger again`(_ count: Int, _ isKnown: Bool) {
        var limits = FeedLimits()
        (limits.addressesRemembered, limits.waiting, limits.waitingReserve) = (2, 2, 1)
        var table = ConnectionTable(limits: limits)
        for office in 0..<count {
            _ = table.admit(id(office), from: "office-\(office)")
            _ = table.enter(id(office), as: "user-\(office)")
        }
        // The one place of strangers is taken, the reserved one is free.
        _ = table.admit(id(10), from: "stranger")
        let admission = table.admit(id(11), from: "office-0")
        let displaced: ConnectionID? = isKnown ? nil : id(10)
        #expect(admission == .admitted(displacing: displaced))
    }

    @Test(arguments: [(4_095, true), (4_096, true), (4_097, false)])
    func `4 096 addresses are remembered`(_ count: Int, _ isFirstKept: Bool) {
        var addresses = BoundedSet(capacity: FeedLimits.standard.addressesRemembered)
        for number in 0..<count {
            addresses.insert("10.0.\(number / 256).\(number % 256)")
            // Who comes again takes no second place.
            addresses.insert("10.0.\(number / 256).\(number % 256)")
        }
        #expect(addresses.contains("10.0.0.0") == isFirstKept)
        #expect(addresses.contains("10.0.0.1"))
        #expect(addresses.contains("10.0.\((count - 1) / 256).\((count - 1) % 256)"))
    }

    @Test(arguments: [(99, 2), (101, 1)])
    func `of more refused addresses than are remembered the oldest begin anew`(_ count: Int, _ delay: Int) {
        var limits = FeedLimits()
        limits.addressesRemembered = 100
        var penalties = LoginPenalties(limits: limits)
        for number in 0..<count { _ = penalties.refused("\(number)", at: ManualClock.instant(.seconds(number))) }
        let newest = penalties.refused("\(count - 1)", at: ManualClock.instant(.seconds(count)))
        let oldest = penalties.refused("0", at: ManualClock.instant(.seconds(count)))
        #expect(newest == .seconds(2))
        #expect(oldest == .seconds(delay))
    }

    // MARK: Accepting

    @Test func `500 connections are accepted at once and the next one 2 ms later`() {
        let perSecond = FeedLimits.standard.acceptsPerSecond
        var rate = RateLimiter(perSecond: perSecond, burst: perSecond)
        let waits = (1...500).compactMap { _ in rate.take(at: ManualClock.instant(.zero)) }
        #expect(waits.isEmpty)
        let next = rate.take(at: ManualClock.instant(.zero))
        #expect(next == .milliseconds(2))
    }

    @Test func `whoever comes faster than is accepted waits for a turn`() async throws {
        var limits = FeedLimits()
        limits.acceptsPerSecond = 2
        try await withServer(limits: limits) { server in
            try await server.silent(2) {
                try await server.client { third in
                    await server.clock.sleepers(of: .milliseconds(500), atLeast: 1)
                    #expect(server.server.connectionCount == 2)
                    await server.clock.advance(seconds: 1)
                    try await third.expect("INFO feed=1 ")
                }
            }
        }
    }

    @Test
    func `two are told at a time why they are refused, the third is not, the next when those have had their time`()
        async throws
    {
        var limits = FeedLimits()
        (limits.connectionsPerAddress, limits.refusalsAtOnce) = (1, 2)
        try await withServer(limits: limits) { server in
            let reason = "ERR 429 slow-down too many connections from this address retry="
            try await server.silent(1) {
                try await server.client { first in
                    try await first.expect(reason)
                    try await server.client { second in
                        try await second.expect(reason)
                        let third = try await server.client { third in try await third.rest() }
                        #expect(third == [])
                        await server.clock.advance(seconds: 2)
                        var next: String?
                        while next == nil {
                            try Task.checkCancellation()
                            next = try await server.client { next in try await next.nextLine() }
                        }
                        #expect(next?.hasPrefix(reason) == true)
                    }
                }
            }
        }
    }

    @Test func `a client that does not close after BYE is cut off when its last lines have had two seconds`()
        async throws
    {
        try await withServer { server in
            try await server.loggedIn { client in
                try await client.send("QUIT")
                try await client.expectOnly("BYE quit")
                try await server.passQuietly(seconds: 1)
                #expect(server.server.connectionCount == 1)
                await server.clock.advance(seconds: 1)
                try await server.becomesEmpty()
            }
        }
    }

    // MARK: Reading

    private func read(after position: Int64) -> PageRead {
        PageRead(
            FeedSubscription(subject: "ana", name: "desk", view: .open, generation: 1),
            principal: .ana,
            after: position,
            epoch: "open-1",
            limit: 1,
            filter: .everything
        )
    }

    @Test(arguments: [(9_999, false), (10_000, false), (10_001, true)] as [(Int64, Bool)])
    func `whoever is more than 10 000 positions behind reads apart from the others`(
        _ behind: Int64,
        _ isApart: Bool
    ) async throws {
        let collectors = FeedCollectors(.standard, clock: ManualClock())
        let request = PageRequest(read: read(after: 0), behind: behind, filterRevision: 0)
        let outcome = try await withThrowingTaskGroup(of: Void.self, returning: PageOutcome.self) { group in
            defer { group.cancelAll() }
            group.addTask { await collectors.live.run { reads in reads.map { _ in .success(.unavailable) } } }
            group.addTask { await collectors.behind.run { reads in reads.map { _ in .success(.refused(.replaced)) } } }
            return try await collectors.pages(for: request).ask(request.read)
        }
        let expected: PageOutcome = isApart ? .refused(.replaced) : .unavailable
        #expect(outcome == expected)
    }

    @Test(arguments: [-1, 0, 1])
    func `pages of 256 live subscriptions, or of 16 that catch up, are read together`(_ offset: Int) async throws {
        for (collector, most) in [(oneAtATime.live, 256), (oneAtATime.behind, 16)] {
            let sizes = try await batches(of: collector, asking: most + offset)
            let expected = offset > 0 ? [1, most, offset] : [1, most + offset]
            #expect(sizes == expected)
        }
    }

    private var oneAtATime: FeedCollectors {
        var limits = FeedLimits()
        limits.pageReaders = 2
        return FeedCollectors(limits, clock: ManualClock())
    }

    /// The sizes of the batches in which a first page is read, and then those that were asked for meanwhile.
    private func batches(of collector: Collector<PageRead, PageOutcome>, asking count: Int) async throws -> [Int] {
        let reads = (0...count).map { read(after: Int64($0)) }
        let sizes = Mutex<[Int]>([])
        let (began, gate) = (Doorbell(), Doorbell())
        let answer: @Sendable ([PageRead]) async throws -> [Result<PageOutcome, any Error>] = { reads in
            let isFirst = sizes.withLock { sizes in
                sizes.append(reads.count)
                return sizes.count == 1
            }
            if isFirst {
                began.ring()
                _ = await gate.wait(after: 0)
            }
            return reads.map { _ in .success(.unavailable) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await collector.run(answer) }
            group.addTask { _ = try await collector.ask(reads[0]) }
            _ = await began.wait(after: 0)
            for read in reads.dropFirst() { group.addTask { _ = try await collector.ask(read) } }
            try await until { collector.waitingCount > count }
            gate.ring()
            try await until { collector.waitingCount == 0 }
        }
        return sizes.withLock { $0 }
    }

    private func until(_ holds: () -> Bool) async throws {
        while !holds() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
