import AlertFeed
import Safeguarding
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FeedServerTests {
    // MARK: Delivery

    @Test func `an event reaches a subscriber without the clock moving`() async throws {
        try await withServer { server in
            try await server.loggedIn { client in
                try await client.expect("OK @q SUB desk at=0 ", to: "SUB desk")
                server.log.publish(in: .open, body: #"{"n":1}"#)
                let line = try await client.line()
                #expect(line.hasPrefix("EVT desk 1 0 raised "))
                #expect(line.hasSuffix(#" {"n":1}"#))
            }
        }
    }

    @Test func `an event whose ring was lost comes with the next poll`() async throws {
        let log = MemoryAlertLog()
        let deaf = MemoryAlertLog()
        try await withServer(log: log, logChanged: deaf.bell) { server in
            try await server.loggedIn { client in
                _ = try await client.ask("SUB desk")
                server.log.publish(in: .open)
                try await client.expect("OK @q PONG", to: "PING")
                await server.clock.advance(seconds: 1)
                try await client.expect("EVT desk 1 0 ")
            }
        }
    }

    @Test func `views are apart`() async throws {
        try await withServer { server in
            try await server.loggedIn(as: .ana) { ana in
                try await server.loggedIn(as: .ben) { ben in
                    _ = try await ana.ask("SUB desk")
                    _ = try await ben.ask("SUB desk")
                    server.log.publish(in: .full, facts: FeedFacts(areas: ["E05A"]), body: #"{"secret":1}"#)
                    server.log.publish(in: .open, facts: FeedFacts(areas: ["E05A"]), body: #"{"public":1}"#)
                    try await ben.expect(containing: "secret")
                    try await ana.expect(containing: "public")
                    try await ana.expect("OK @q PONG", to: "PING")
                    try await ben.expect("OK @q PONG", to: "PING")
                }
            }
        }
    }

    @Test func `six hundred connections get the same event`() async throws {
        var limits = FeedLimits()
        (limits.connectionsPerAddress, limits.waiting, limits.waitingPerAddress) = (1_000, 1_000, 1_000)
        limits.acceptsPerSecond = 10_000
        try await withServer(limits: limits) { server in
            for number in 0..<60 {
                var principal = Principal.ana
                principal.tokenID = "tok-\(number)"
                principal.person = "p\(number)"
                server.credentials.add(principal, secret: "secret-p\(number)")
            }
            let ready = Doorbell()
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<600 {
                    group.addTask {
                        var principal = Principal.ana
                        principal.tokenID = "tok-\(number % 60)"
                        principal.person = "p\(number % 60)"
                        return try await server.loggedIn(as: principal) { client in
                            _ = try await client.ask("SUB desk-\(number / 60)")
                            ready.ring()
                            return try await client.line()
                        }
                    }
                }
                var seen: UInt64 = 0
                while seen < 600, !Task.isCancelled { seen = await ready.wait(after: seen) }
                #expect(server.server.connectionCount == 600)
                server.log.publish(in: .open)
                var received = 0
                for try await line in group {
                    #expect(line.contains(" 1 0 raised "))
                    received += 1
                }
                #expect(received == 600)
            }
        }
    }

    @Test func `a client that reads late gets every line whole and in order`() async throws {
        let log = MemoryAlertLog()
        for number in 1...2_000 {
            log.publish(in: .open, body: #"{"n":\#(number),"pad":""# + String(repeating: "y", count: 3_000) + #""}"#)
        }
        try await withServer(log: log) { server in
            try await LineClient.with(port: server.port, receiveBuffer: 4_096) { client in
                try await client.logIn(as: .ana)
                try await client.send("SUB desk FROM floor WINDOW 2048")
                try await client.send("LIST")
                try await client.send("@last PING")
                var expected: Int64 = 1
                var listed = 0
                while expected <= 2_000 {
                    let line = try await client.line()
                    if line.hasPrefix("OK LIST lines=") {
                        listed = Int(try #require(ServerReply.field("lines", of: line)))
                        for _ in 0..<listed { #expect(try await client.line().hasPrefix("ALERT ")) }
                    } else if line.hasPrefix("EVT ") {
                        #expect(line.hasPrefix("EVT desk \(expected) \(expected - 1) "))
                        #expect(line.hasSuffix("}"))
                        expected += 1
                    }
                }
                #expect((1...200).contains(listed))
            }
        }
    }

    // MARK: Names

    @Test func `a newer connection of the same name puts the older one out`() async throws {
        try await withServer { server in
            try await server.loggedIn { old in
                _ = try await old.ask("SUB desk")
                server.log.publish(in: .open)
                try await old.expect("EVT desk 1 0 ")
                try await server.loggedIn { new in
                    try await new.expect("OK @q SUB desk at=0 ", to: "SUB desk")
                    try await new.expect("EVT desk 1 0 ")
                    try await old.expectOnly("BYE replaced name=desk")
                    try await new.expect("OK @q ACK desk 1", to: "ACK desk 1")
                }
            }
        }
    }

    @Test func `a session comes through a network that delivers byte by byte`() async throws {
        try await withServer { server in
            let proxy = try FaultyProxy(target: UInt16(server.port))
            defer { proxy.stop() }
            proxy.fault = .split
            try await LineClient.with(port: proxy.port) { client in
                try await client.logIn(as: .ana)
                _ = try await client.ask("SUB desk")
                server.log.publish(in: .open)
                try await client.expect("EVT desk 1 0 raised ")
                try await client.expect("OK @q ACK desk 1", to: "ACK desk 1")
            }
        }
    }

    // MARK: Limits

    @Test func `a slow login is put out in time and the places it took are free`() async throws {
        try await withServer { server in
            try await server.client { client in
                _ = try await client.line()
                for byte in Array("HELLO 1".utf8) {
                    try await client.send(bytes: [byte])
                    await server.clock.advance(seconds: 1)
                }
                await server.clock.advance(seconds: 3)
                let last = try #require(try await client.rest().last)
                #expect(last.hasPrefix("BYE login retry="))
            }
            try await server.becomesEmpty()
        }
    }

    @Test func `of seventeen silent connections of one address the oldest goes`() async throws {
        try await withServer { server in
            try await server.client { oldest in
                _ = try await oldest.line()
                try await server.silent(16) {
                    try await oldest.expect("BYE login retry=")
                }
            }
        }
    }

    @Test func `connections past the limit of an address are refused by name`() async throws {
        var limits = FeedLimits()
        limits.connectionsPerAddress = 2
        try await withServer(limits: limits) { server in
            try await server.loggedIn { _ in
                try await server.loggedIn { _ in
                    try await server.client { third in
                        let lines = try await third.rest()
                        #expect(lines.count == 1)
                        #expect(lines[0].hasPrefix("ERR 429 slow-down too many connections from this address retry="))
                    }
                }
            }
        }
    }

    @Test func `connections past the limit of all are refused by name`() async throws {
        var limits = FeedLimits()
        limits.connections = 1
        try await withServer(limits: limits) { server in
            try await server.loggedIn { _ in
                try await server.client { second in
                    let lines = try await second.rest()
                    #expect(lines.count == 1)
                    #expect(lines[0].hasPrefix("ERR 429 slow-down too many connections retry="))
                }
            }
        }
    }

    @Test func `connections past the limit of a user are refused`() async throws {
        var limits = FeedLimits()
        limits.connectionsPerUser = 1
        try await withServer(limits: limits) { server in
            try await server.loggedIn { first in
                try await server.client { second in
                    _ = try await second.line()
                    try await second.send("HELLO 1 a 1")
                    _ = try await second.line()
                    let auth = "AUTH TOKEN tok-ana.secret-ana"
                    #expect(
                        try await second.ask(auth).hasPrefix(
                            "ERR @q 429 slow-down too many connections of this user retry="
                        )
                    )
                    try await first.send("QUIT")
                    _ = try await first.rest()
                }
            }
        }
    }

    @Test func `ten million bytes without a line end are refused and the reason arrives`() async throws {
        try await withServer { server in
            try await server.client { client in
                _ = try await client.line()
                let block = [UInt8](repeating: 0x61, count: 1_000_000)
                for _ in 0..<10 {
                    guard (try? await client.send(bytes: block)) != nil else { break }
                }
                let lines = try await client.rest()
                #expect(lines == ["ERR 413 line-too-long a line is too long limit=1024", "BYE line-too-long"])
            }
            try await server.becomesEmpty()
        }
    }

    @Test func `a client that is gone without a word leaves nothing behind`() async throws {
        try await withServer { server in
            for _ in 0..<20 { try await server.client { client in try await client.close() } }
            try await server.loggedIn { client in
                _ = try await client.ask("SUB desk")
                try await client.close()
            }
            try await server.becomesEmpty()
            try await server.loggedIn { client in
                try await client.waitForEnd(of: "desk", as: "lost")
            }
        }
    }

    // MARK: Trust

    @Test func `refused logins are recorded with their address`() async throws {
        try await withServer { server in
            try await server.client { client in
                _ = try await client.line()
                try await client.send("HELLO 1 a 1")
                _ = try await client.line()
                try await client.send("AUTH TOKEN tok-ana.wrong")
                await server.clock.sleepers(of: .seconds(1), atLeast: 2)
                await server.clock.advance(seconds: 1)
                try await client.expect("ERR 401 auth-required the token is not accepted tries=2")
                #expect(server.credentials.refusals == [.init(tokenID: "tok-ana", address: "127.0.0.1")])
            }
        }
    }

    @Test func `a revoked token ends every session that used it, with or without a ring`() async throws {
        try await withServer { server in
            try await server.loggedIn(as: .ben) { other in
                try await server.loggedIn { first in
                    try await server.loggedIn { second in
                        server.credentials.revoke("tok-ana", rings: false)
                        await server.clock.advance(seconds: 1)
                        try await first.expectOnly("BYE revoked")
                        try await second.expectOnly("BYE revoked")
                        try await other.expect("OK @q PONG", to: "PING")
                    }
                }
            }
        }
    }

    @Test func `credentials that cannot be checked end nothing`() async throws {
        try await withServer { server in
            try await server.loggedIn { client in
                server.credentials.setAvailable(false)
                await server.clock.advance(seconds: 5)
                try await client.expect("OK @q PONG", to: "PING")
            }
        }
    }

    @Test func `what is read is audited with codes only`() async throws {
        try await withServer { server in
            try await server.loggedIn { client in
                _ = try await client.ask("SUB desk FROM floor FILTER area:E05A")
                _ = try await client.ask("FILTER desk -category:park")
                _ = try await client.ask("LIST FILTER urgency>=high")
                server.log.publish(in: .open, facts: FeedFacts(category: .hotel))
                try await client.expect("EVT desk 1 ")
                try await client.send("QUIT")
                _ = try await client.rest()
            }
            try await server.becomesEmpty()
            while server.log.auditLines.count < 4, !Task.isCancelled { await Task.yield() }
            #expect(
                server.log.auditLines.map { "\($0.actor) \($0.action) \($0.detail)" } == [
                    "person:ana feed.subscribe name=desk from=floor filter=area:E05A",
                    "person:ana feed.filter name=desk filter=-category:park",
                    "person:ana feed.list filter=urgency>=high",
                    "person:ana feed.deliver name=desk from=1 to=1 events=1",
                ]
            )
        }
    }

    // MARK: The database

    @Test func `the server waits for the database before it listens`() async throws {
        let log = MemoryAlertLog()
        log.setAvailable(false)
        try await withServer(
            log: log,
            whileStarting: { clock in
                for _ in 0..<3 { await clock.advance(seconds: 1) }
                log.setAvailable(true)
                await clock.advance(seconds: 1)
            }
        ) { server in
            try await server.loggedIn { client in try await client.expect("OK @q PONG", to: "PING") }
        }
    }

    // MARK: Stopping

    @Test func `a stopping server lets every client go and returns`() async throws {
        try await withServer { server in
            try await server.loggedIn { client in
                _ = try await client.ask("SUB desk")
                try await server.client { silent in
                    _ = try await silent.line()
                    await server.stop()
                    while !server.server.isStopping, !Task.isCancelled { await Task.yield() }
                    try await silent.expect("BYE drain retry=")
                    await server.clock.advance(seconds: 2)
                    let last = try #require(try await client.rest().last)
                    #expect(last.hasPrefix("BYE drain resume=0 retry="))
                }
            }
            try await server.finished()
        }
    }

    @Test func `a stopping server does not wait for a client that does not read`() async throws {
        let log = MemoryAlertLog()
        let body = #"{"pad":""# + String(repeating: "x", count: 7_000) + #""}"#
        for _ in 0..<1_000 { log.publish(in: .open, body: body) }
        try await withServer(log: log) { server in
            try await LineClient.with(port: server.port, receiveBuffer: 4_096) { stuck in
                try await stuck.logIn(as: .ana)
                try await stuck.send("SUB stuck FROM floor WINDOW 2048")
                while server.server.largestOutput < 50_000, !Task.isCancelled { await Task.yield() }
                await server.stop()
                while !server.server.isStopping, !Task.isCancelled { await Task.yield() }
                await server.clock.advance(seconds: 13)
                try await server.finished()
            }
        }
    }
}
