import Platform
import Subprocess
import SystemPackage

/// Runs PostgreSQL's own programs, as the account that the cluster belongs to.
struct ClusterTools: Sendable {
    /// What a program may print: start-up messages, not data.
    private static let outputLimit = 256 * 1_024
    /// How long `pg_ctl` waits for a server to become ready: recovery takes as long as it takes, so a day.
    private static let startPatience = "86400"

    let programs: PostgresPrograms
    let layout: EmbeddedLayout
    let account: Account

    /// Makes a data directory at `path`.
    func initialise(_ path: String) async throws {
        try await run(
            "initdb",
            [
                "--pgdata=\(path)", "--username=\(EmbeddedLayout.superuser)", "--encoding=UTF8", "--locale=C.UTF-8",
                "--data-checksums", "--auth=peer",
            ]
        )
    }

    /// Starts the server in a session of its own and waits until it answers.
    ///
    /// `pg_ctl` detaches it (`setsid`), so a Ctrl-C at our terminal does not reach it and it outlives us if we are
    /// killed. Cancellation interrupts `pg_ctl`, which then stops the server it is starting.
    func start(log: String) async throws {
        try await run(
            "pg_ctl",
            ["start", "-D", layout.dataDirectory, "-l", log, "-s", "-w", "-t", Self.startPatience],
            // pg_ctl gives the interrupt on to the starting server before it ends itself.
            teardown: [.send(signal: .interrupt, allowedDurationToNextStep: .seconds(5))]
        )
    }

    /// Makes the database; an existing one is a failure, so ask ``hasDatabase()`` first.
    func createDatabase() async throws {
        try await run(
            "createdb",
            connection + ["--encoding=UTF8", "--locale=C.UTF-8", "--template=template0", EmbeddedLayout.database]
        )
    }

    /// True when the database is there and takes sessions.
    func hasDatabase() async throws -> Bool {
        do {
            try await script("", database: EmbeddedLayout.database)
            return true
        } catch let failure as ClusterToolFailure where failure.output.contains("does not exist") {
            return false
        }
    }

    /// Runs an SQL script as the superuser, stopping at the first error.
    func script(_ text: String, database: String) async throws {
        let options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password", "--dbname=\(database)"]
        try await run("psql", connection + options, input: text)
    }

    /// Removes a half-made directory.
    func remove(_ path: String) async throws {
        try await run("rm", ["-rf", "--", path])
    }

    private var connection: [String] {
        ["--host=\(layout.socketDirectory)", "--port=\(EmbeddedLayout.port)", "--username=\(EmbeddedLayout.superuser)"]
    }

    private func run(
        _ tool: String,
        _ arguments: [String],
        input: String = "",
        teardown: [TeardownStep] = []
    ) async throws {
        var options = PlatformOptions()
        options.teardownSequence = teardown
        let command = try asAccount + [tool] + arguments
        let result = try await Subprocess.run(
            .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())),
            environment: environment,
            // Wherever we were started, the account may not be allowed to be.
            workingDirectory: "/",
            platformOptions: options,
            input: .string(input),
            output: .string(limit: Self.outputLimit),
            error: .combinedWithOutput
        )
        if !result.terminationStatus.isSuccess {
            throw ClusterToolFailure(
                tool: tool,
                ending: "\(result.terminationStatus)",
                output: result.standardOutput
            )
        }
    }

    /// What a command begins with so that it runs as the account: nothing, unless root runs us for another.
    ///
    /// The daemon and the commands have become the account by now (``ServiceAccount``); tests that root runs have not. A program
    /// of its own changes the identity: between fork and exec glibc's `setgroups` can wait for ever, for a thread that was
    /// being made and that the child does not have.
    private var asAccount: [String] {
        get throws {
            guard try Account.current() != account else { return [] }
            let groups = account.groups.map { "\($0)" }.joined(separator: ",")
            return [
                "setpriv", "--reuid=\(account.user)", "--regid=\(account.group)",
                groups.isEmpty ? "--clear-groups" : "--groups=\(groups)", "--",
            ]
        }
    }

    /// No variable of ours reaches the server or its tools: a stray `PGDATA`, `PGOPTIONS` or `NOTIFY_SOCKET` would
    /// redirect them or speak to the service manager in our name.
    private var environment: Environment {
        .custom([
            "PATH": "\(programs.directory):/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "PGPASSFILE": "/dev/null", "PGSYSCONFDIR": "/nonexistent", "PGCONNECT_TIMEOUT": "10",
        ])
    }
}
