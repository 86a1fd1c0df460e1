import Platform
import Testing

@testable import placeguard

@Suite struct ClusterDecisionTests {
    private static let account: UInt32 = 112
    private static let identity = ProcessFacts.Identity(pid: 400, startTicks: 9_000)
    private let layout: EmbeddedLayout

    init() throws {
        layout = try EmbeddedLayout(stateDirectory: "/var/lib/placeguard")
    }

    /// A server of ours that runs well: everything fits.
    private func running() -> ClusterEvidence {
        var evidence = stopped()
        evidence.lockFile = PostmasterLockFile(
            pid: 400,
            dataDirectory: layout.dataDirectory,
            startTime: 1_000_000,
            socketDirectory: layout.socketDirectory,
            status: .ready
        )
        evidence.process = process()
        evidence.isNumberTaken = true
        evidence.socketPeer = LocalSocketPeer(pid: 400, user: Self.account)
        evidence.workers = [400, 401, 402]
        return evidence
    }

    /// Data, and nothing that runs.
    private func stopped(mode: UInt32 = 0o700, owner: UInt32 = account, version: Int? = 15) -> ClusterEvidence {
        var evidence = ClusterEvidence(account: Self.account, programVersion: 15)
        let facts = FileFacts(kind: .directory, owner: owner, group: 1, mode: mode)
        evidence.dataDirectory = .present(facts, version: version)
        return evidence
    }

    private func process(
        user: UInt32 = account,
        startedAt: Int64 = 1_000_000,
        executable: String? = "/usr/lib/postgresql/15/bin/postgres",
        workingDirectory: String? = "/var/lib/placeguard/postgres"
    ) -> ProcessFacts {
        ProcessFacts(
            identity: Self.identity,
            user: user,
            startedAt: startedAt,
            executable: executable,
            workingDirectory: workingDirectory
        )
    }

    private func decide(_ evidence: ClusterEvidence) -> ClusterDecision { ClusterDecision(evidence, layout: layout) }

    @Test func `makes a directory on the first start`() {
        #expect(decide(ClusterEvidence(account: Self.account, programVersion: 15)) == .initialise)
    }

    @Test func `starts where there is data and nothing runs`() {
        #expect(decide(stopped()) == .start(removingLockFile: false))
    }

    @Test func `takes over a server that fits in every respect`() {
        #expect(decide(running()) == .adopt(Self.identity))
    }

    @Test func `takes over a server whose program was replaced by an upgrade`() {
        var evidence = running()
        evidence.process = process(executable: "/usr/lib/postgresql/15/bin/postgres (deleted)")
        #expect(decide(evidence) == .adopt(Self.identity))
    }

    @Test(arguments: [(-11, false), (-10, true), (0, true), (10, true), (11, false)] as [(Int64, Bool)])
    func `takes over a server only if it started when its pid file says, give or take ten seconds`(
        offset: Int64,
        adopted: Bool
    ) {
        var evidence = running()
        evidence.process = process(startedAt: 1_000_000 + offset)
        #expect(
            decide(evidence) == (adopted ? .adopt(Self.identity) : .refuse(.startTimeDiffers(pid: 400, seconds: 11)))
        )
    }

    @Test func `refuses a server of another user`() {
        var evidence = running()
        evidence.process = process(user: 113)
        #expect(decide(evidence) == .refuse(.runsAsAnotherUser(pid: 400)))
    }

    @Test func `refuses a server whose socket is elsewhere`() {
        var evidence = running()
        evidence.lockFile = PostmasterLockFile(
            pid: 400,
            dataDirectory: layout.dataDirectory,
            startTime: 1_000_000,
            socketDirectory: "/tmp",
            status: .ready
        )
        #expect(decide(evidence) == .refuse(.listensElsewhere(pid: 400, "/tmp")))
    }

    @Test func `refuses a server that does not answer at its socket`() {
        var evidence = running()
        evidence.socketPeer = nil
        #expect(decide(evidence) == .refuse(.socketUnanswered(pid: 400, layout.socketPath)))
    }

    @Test(arguments: [(400, 113), (399, account), (399, 0)] as [(Int32, UInt32)])
    func `refuses a socket that somebody else answers at`(pid: Int32, user: UInt32) {
        var evidence = running()
        evidence.socketPeer = LocalSocketPeer(pid: pid, user: user)
        #expect(decide(evidence) == .refuse(.strangerAtSocket(layout.socketPath, pid: pid)))
    }

    @Test func `does not start a server where somebody else listens already`() {
        var evidence = stopped()
        evidence.socketPeer = LocalSocketPeer(pid: 7, user: Self.account)
        #expect(decide(evidence) == .refuse(.strangerAtSocket(layout.socketPath, pid: 7)))
        evidence.dataDirectory = .absent
        #expect(decide(evidence) == .refuse(.strangerAtSocket(layout.socketPath, pid: 7)))
    }

    @Test(
        arguments: [(nil, .starting), (.starting, .starting), (.stopping, .ending)]
            as [(PostmasterLockFile.Status?, ClusterDecision.Waiting)]
    )
    func `waits for a server of ours on its way up or down`(
        status: PostmasterLockFile.Status?,
        waiting: ClusterDecision.Waiting
    ) {
        var evidence = running()
        evidence.lockFile = PostmasterLockFile(
            pid: 400,
            dataDirectory: layout.dataDirectory,
            startTime: 1_000_000,
            socketDirectory: "",
            status: status
        )
        evidence.socketPeer = nil
        #expect(decide(evidence) == .wait(waiting))
    }

    @Test func `waits for the sessions of a killed server to notice`() {
        var evidence = running()
        evidence.process = nil
        evidence.socketPeer = nil
        evidence.workers = [401]
        #expect(decide(evidence) == .wait(.ending))
        evidence.workers = []
        #expect(decide(evidence) == .start(removingLockFile: true), "its number is still taken")
        evidence.isNumberTaken = false
        #expect(decide(evidence) == .start(removingLockFile: false), "PostgreSQL judges the pid file of a dead process")
    }

    @Test(
        arguments: [
            ("/usr/bin/vim", "/var/lib/placeguard/postgres"), ("/usr/lib/postgresql/15/bin/postgres", "/elsewhere"),
            ("/usr/lib/postgresql/15/bin/postgres", nil), (nil, "/var/lib/placeguard/postgres"), (nil, nil),
        ] as [(String?, String?)]
    )
    func `a process that took the number over is not the server`(executable: String?, workingDirectory: String?) {
        var evidence = running()
        evidence.socketPeer = nil
        evidence.process = process(executable: executable, workingDirectory: workingDirectory)
        evidence.workers = []
        #expect(decide(evidence) == .start(removingLockFile: true))
        evidence.workers = [401]
        #expect(decide(evidence) == .wait(.ending), "but nothing is removed while something works in the directory")
        evidence.workers = []
        evidence.process = process(user: 5, executable: executable, workingDirectory: workingDirectory)
        #expect(decide(evidence) == .start(removingLockFile: false), "PostgreSQL itself ignores other users' processes")
    }

    @Test(arguments: [0o700, 0o750, 0o701, 0o740, 0o777] as [UInt32])
    func `uses a data directory only while it is closed to others`(mode: UInt32) {
        let text = String(mode, radix: 8)
        let expected: ClusterDecision =
            mode == 0o700
            ? .start(removingLockFile: false) : .refuse(.dataDirectoryOpen(layout.dataDirectory, mode: text))
        #expect(decide(stopped(mode: mode)) == expected)
        var evidence = running()
        evidence.dataDirectory = stopped(mode: mode).dataDirectory
        if mode != 0o700 { #expect(decide(evidence) == expected, "nor is its server taken over") }
    }

    @Test func `refuses a data directory of somebody else, or a link in its place`() {
        #expect(decide(stopped(owner: 0)) == .refuse(.dataDirectoryNotOurs(layout.dataDirectory)))
        var evidence = stopped()
        let link = FileFacts(kind: .symbolicLink, owner: Self.account, group: 1, mode: 0o777)
        evidence.dataDirectory = .present(link, version: nil)
        #expect(decide(evidence) == .refuse(.dataDirectoryNotOurs(layout.dataDirectory)))
    }

    @Test func `refuses a directory without data, and data of another version`() {
        #expect(decide(stopped(version: nil)) == .refuse(.notADataDirectory(layout.dataDirectory)))
        #expect(decide(stopped(version: 16)) == .refuse(.versionMismatch(data: 16, found: [15])))
    }

    @Test func `stops what it would take over, and what is on its way, and nothing else`() {
        var evidence = running()
        #expect(ClusterDecision.server(toStop: evidence, layout: layout) == Self.identity)
        evidence.lockFile = PostmasterLockFile(
            pid: 400,
            dataDirectory: layout.dataDirectory,
            startTime: 1_000_000,
            socketDirectory: "",
            status: .starting
        )
        #expect(ClusterDecision.server(toStop: evidence, layout: layout) == Self.identity)
        evidence.process = process(user: 5)
        #expect(ClusterDecision.server(toStop: evidence, layout: layout) == nil)
        evidence.process = process(startedAt: 5)
        #expect(ClusterDecision.server(toStop: evidence, layout: layout) == nil)
        evidence.process = process(executable: "/usr/bin/vim")
        #expect(ClusterDecision.server(toStop: evidence, layout: layout) == nil)
        #expect(ClusterDecision.server(toStop: stopped(), layout: layout) == nil)
    }
}
