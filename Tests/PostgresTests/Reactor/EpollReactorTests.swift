import Glibc
import Synchronization
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(10)))
struct EpollReactorTests {
    /// Two connected sockets, closed at the end.
    private struct SocketPair: ~Copyable {
        let near: Int32
        let far: Int32

        init() throws {
            var sockets: [Int32] = [0, 0]
            try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets) == 0)
            near = sockets[0]
            far = sockets[1]
        }

        func send() throws {
            var byte: UInt8 = 1
            try #require(unsafe write(far, &byte, 1) == 1)
        }

        func receive() throws {
            var byte: UInt8 = 0
            try #require(unsafe read(near, &byte, 1) == 1)
        }

        func closeFar() { shutdown(far, Int32(SHUT_RDWR)) }

        deinit {
            close(near)
            close(far)
        }
    }

    @Test func `a wait ends when there is something to read`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        try pair.send()
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.read))
        reactor.deregister(token)
    }

    @Test func `a wait that comes first ends when something arrives`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        async let outcome = reactor.wait(token, for: .read, deadline: nil, cancellable: true)
        try pair.send()
        #expect(await outcome == .ready(.read))
    }

    @Test func `a socket can be written to at once`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        #expect(await reactor.wait(token, for: .readWrite, deadline: nil, cancellable: true) == .ready(.write))
    }

    @Test func `unread data is reported at every wait`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        try pair.send()
        for _ in 0..<3 {
            #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.read))
        }
    }

    @Test func `a hang-up is readable and writable`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        pair.closeFar()
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.readWrite))
    }

    @Test func `a deadline ends a wait`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        let deadline = ContinuousClock.now + .milliseconds(20)
        #expect(await reactor.wait(token, for: .read, deadline: deadline, cancellable: true) == .timedOut)
        #expect(ContinuousClock.now >= deadline)
    }

    @Test func `an earlier deadline set later is kept`() async throws {
        let reactor = try EpollReactor()
        let first = try SocketPair()
        let second = try SocketPair()
        let late = try reactor.register(first.near)
        let early = try reactor.register(second.near)
        reactor.arm(late, for: .read, deadline: .now + .seconds(3600)) { _ in }
        let outcome = await reactor.wait(early, for: .read, deadline: .now + .milliseconds(10), cancellable: true)
        #expect(outcome == .timedOut)
    }

    @Test func `cancelling the task ends a wait`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        await withTaskGroup(of: WaitOutcome.self) { group in
            group.addTask { await reactor.wait(token, for: .read, deadline: nil, cancellable: true) }
            group.cancelAll()
            #expect(await group.next() == .cancelled)
        }
        // The next wait is not harmed by it.
        try pair.send()
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.read))
    }

    @Test func `a wait that is not cancellable ignores cancellation`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        await withTaskGroup(of: WaitOutcome.self) { group in
            group.addTask {
                await reactor.wait(token, for: .read, deadline: .now + .milliseconds(20), cancellable: false)
            }
            group.cancelAll()
            #expect(await group.next() == .timedOut)
        }
    }

    @Test func `deregistering ends a wait`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        let outcome = OneShot<WaitOutcome>()
        reactor.arm(token, for: .read, deadline: nil) { outcome.finish($0) }
        reactor.deregister(token)
        #expect(await outcome.value() == .stopped)
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .stopped)
    }

    @Test func `the same number can be another socket`() async throws {
        let reactor = try EpollReactor()
        let first = try SocketPair()
        let number = dup(first.near)
        let old = try reactor.register(number)
        // libpq closes a socket and opens the next without telling.
        close(number)
        let second = try SocketPair()
        try #require(dup2(second.near, number) == number)
        defer { close(number) }
        reactor.deregister(old)
        let new = try reactor.register(number)
        try first.send()
        try second.send()
        #expect(await reactor.wait(new, for: .read, deadline: nil, cancellable: true) == .ready(.read))
        #expect(await reactor.wait(old, for: .read, deadline: nil, cancellable: true) == .stopped)
    }

    @Test func `a socket that is gone is reported as ready, for libpq to find out`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let number = dup(pair.near)
        let token = try reactor.register(number)
        close(number)
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.readWrite))
    }

    @Test func `stopping ends every wait, and later ones at once`() async throws {
        let reactor = try EpollReactor()
        let pair = try SocketPair()
        let token = try reactor.register(pair.near)
        async let outcome = reactor.wait(token, for: .read, deadline: nil, cancellable: true)
        reactor.stop()
        #expect(await outcome == .stopped)
        #expect(await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .stopped)
        #expect(await reactor.sleep(until: .now + .seconds(3600)) == .stopped)
        #expect(throws: PostgresError.self) { try reactor.register(pair.near) }
        reactor.stop()
    }

    @Test func `a sleep ends at its moment, or when cancelled`() async throws {
        let reactor = try EpollReactor()
        let moment = ContinuousClock.now + .milliseconds(5)
        #expect(await reactor.sleep(until: moment) == .timedOut)
        #expect(ContinuousClock.now >= moment)
        await withTaskGroup(of: WaitOutcome.self) { group in
            group.addTask { await reactor.sleep(until: .now + .seconds(3600)) }
            group.cancelAll()
            #expect(await group.next() == .cancelled)
        }
    }

    @Test func `many waits at once each end once`() async throws {
        let reactor = try EpollReactor()
        let count = 200
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    guard let pair = try? SocketPair(), let token = try? reactor.register(pair.near) else { return 0 }
                    defer { reactor.deregister(token) }
                    var rounds = 0
                    for _ in 0..<20 {
                        guard (try? pair.send()) != nil else { return 0 }
                        guard await reactor.wait(token, for: .read, deadline: nil, cancellable: true) == .ready(.read)
                        else { return 0 }
                        guard (try? pair.receive()) != nil else { return 0 }
                        rounds += 1
                    }
                    return rounds
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == count * 20)
    }

    @Test func `descriptors and threads are given back`() async {
        await #expect(processExitsWith: .success) {
            func descriptors() -> Int { (0..<1024).count { fcntl(Int32($0), F_GETFD) != -1 } }
            // The first use makes the runtime open what it needs.
            _ = try EpollReactor()
            let before = descriptors()
            for _ in 0..<50 {
                let reactor = try EpollReactor()
                _ = await reactor.sleep(until: .now)
            }
            guard descriptors() == before else { exit(1) }
        }
    }
}
