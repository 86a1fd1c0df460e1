import Glibc
import Testing

@testable import Platform

@Suite struct ProcessFactsTests {
    @Test func `knows this process`() throws {
        let facts = try #require(try ProcessFacts.of(getpid()))
        #expect(facts.identity.pid == getpid())
        #expect(facts.user == geteuid())
        #expect(facts.executable?.isEmpty == false)
        #expect(try facts.workingDirectory == Path.canonical("."))
        // Started since the system did, and before now; the clock's granularity is a second.
        let now = WallClock.milliseconds() / 1_000
        #expect(facts.startedAt >= WallClock.bootTime() / 1_000 && facts.startedAt <= now + 1)
        #expect(ProcessFacts.isRunning(facts.identity))
    }

    @Test func `another run under the same number is not this one`() throws {
        let facts = try #require(try ProcessFacts.of(getpid()))
        let other = ProcessFacts.Identity(pid: getpid(), startTicks: facts.identity.startTicks + 1)
        #expect(!ProcessFacts.isRunning(other))
        #expect(try ProcessFacts.signal(other, SIGKILL) == false, "and is not signalled")
    }

    @Test(arguments: [0, -1, Int32.max]) func `there is no process with such a number`(pid: Int32) throws {
        #expect(try ProcessFacts.of(pid) == nil)
    }

    @Test func `a process that ended but was not reaped is gone`() async throws {
        var pid: pid_t = 0
        var arguments = unsafe [strdup("true"), nil]
        defer { unsafe free(arguments[0]) }
        let posix_spawnResult = unsafe posix_spawn(&pid, "/bin/true", nil, nil, &arguments, nil)
        #expect(posix_spawnResult == 0)
        // WNOWAIT leaves the zombie where it is.
        var information = unsafe siginfo_t()
        let waitidResult = unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
        #expect(waitidResult == 0)
        #expect(try ProcessFacts.of(pid) == nil)
        #expect(ProcessFacts.isNumberTaken(pid), "though its number is still taken")
        let waitpidResult = waitpid(pid, nil, 0)
        #expect(waitpidResult == pid)
        #expect(!ProcessFacts.isNumberTaken(pid))
    }

    @Test func `finds the processes that work in a directory`() throws {
        let here = try Path.canonical(".")
        #expect(try ProcessFacts.working(in: here).contains(getpid()))
        #expect(try ProcessFacts.working(in: "/nonexistent").isEmpty)
    }

    @Test(
        arguments: [
            ("1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1 2", "S", 4_242, true),
            ("7 (a) b) (c) Z 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1 2", "Z", 99, false),
            ("7 (gone) X 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1 2", "X", 99, false),
        ] as [(String, Character, UInt64, Bool)]
    )
    func `reads a stat line whatever the program is called`(
        line: String,
        state: Character,
        ticks: UInt64,
        isAlive: Bool
    ) throws {
        let parsed = try #require(ProcessStatLine(parsing: line))
        #expect(parsed.state == state)
        #expect(parsed.startTicks == ticks)
        #expect(parsed.isAlive == isAlive)
    }

    @Test(arguments: ["", "1 init S 0", "1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0", "1 (init)"])
    func `refuses what is no stat line`(line: String) {
        #expect(ProcessStatLine(parsing: line) == nil)
    }

    @Test(
        arguments: [
            ("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n", 2), ("Uid:\t1\t2\n", nil), ("Uid:\n", nil), ("", nil),
        ] as [(String, uid_t?)]
    )
    func `reads the effective user of a status`(status: String, user: uid_t?) {
        #expect(ProcessStatus(parsing: status).effectiveUser == user)
    }
}
