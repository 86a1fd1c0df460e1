import Testing

/// What a script learns from how a command ends.
struct ExitStatusTests {
    @Test(arguments: [
        (["--help"], 0), (["token", "revoke", "--help"], 0), (["nonsense"], 2), (["token", "revoke"], 2),
        (["follow", "--nonsense"], 2),
        (
            [
                "relay", "webhook", "--connect", "127.0.0.1:1", "--name", "n", "--url", "http://example.org/",
                "--secret-file", "s",
            ], 2
        ),
        (["import", "/nowhere.csv", "--config", "/nowhere.yaml"], 2), (["doctor", "--config", "/nowhere.yaml"], 1),
    ])
    func `wrong usage ends with 2, what failed with 1, and help with 0`(_ arguments: [String], _ status: Int)
        async throws
    {
        let program = try Program(DaemonProcess.binary, arguments, environment: ["PLACEGUARD_TOKEN": "a.b"])
        #expect(await program.ends().map(Int.init) == status, "\(program.text)")
        #expect(!program.text.isEmpty)
    }
}
