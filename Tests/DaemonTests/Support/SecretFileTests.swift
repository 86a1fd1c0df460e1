import Foundation
import TestSupport
import Testing

@testable import placeguard

/// What files with secrets a command takes.
struct SecretFileTests {
    private func file(_ directory: borrowing TemporaryDirectory, _ text: String, mode: Int) throws -> String {
        let path = directory.path + "/secret"
        let made = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
        try #require(made)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test(arguments: [0o400, 0o600, 0o700]) func `its owner's own file is read`(mode: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try file(directory, "secret", mode: mode)
        #expect(try SecretFile.read(path, option: "--token-file") == Array("secret".utf8))
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o601, 0o644]) func `a file that others can use is refused`(mode: Int) throws
    {
        let directory = try TemporaryDirectory()
        let path = try file(directory, "secret", mode: mode)
        let refusal = #expect(throws: CommandFailure.self) { try SecretFile.check(path, option: "--token-file") }
        #expect(refusal?.description.contains("--token-file can be used by others") == true)
        #expect(refusal?.description.contains("secret") == false)
    }

    @Test func `what is missing or no file is refused`() throws {
        let directory = try TemporaryDirectory()
        for path in [directory.path, directory.path + "/absent"] {
            #expect(throws: CommandFailure.self) { try SecretFile.check(path, option: "--key") }
        }
    }

    @Test(arguments: [
        ["follow", "--token-file"], ["follow", "--tls", "--certificate", "/absent.pem", "--key"],
        ["relay", "webhook", "--name", "hook", "--url", "http://localhost:1/", "--secret-file"],
        [
            "relay", "webhook", "--name", "hook", "--url", "http://localhost:1/", "--secret-file", "/absent",
            "--token-file",
        ],
        [
            "relay", "mail", "--name", "mail", "--smtp", "smtp://localhost:1", "--from", "a@example.org", "--to",
            "b@example.org", "--link", "https://localhost/", "--netrc-file",
        ],
    ])
    func `commands refuse a file that others can use`(_ arguments: [String]) async throws {
        let directory = try TemporaryDirectory()
        let path = try file(directory, "id.0123456789012345678901234567890123456789", mode: 0o644)
        // Where another secret is needed first, it is a good one.
        let good = directory.path + "/good"
        let made = FileManager.default.createFile(
            atPath: good,
            contents: Data(repeating: 65, count: 40),
            attributes: [.posixPermissions: 0o600]
        )
        try #require(made)
        // One that took it would try for ever to reach the feed.
        let (status, output) = try await ChildProcess.run(
            try #require(Tool.find("timeout")),
            ["20", DaemonProcess.binary] + arguments.map { $0 == "/absent" ? good : $0 } + [path],
            environment: ["PLACEGUARD_TOKEN": "id.secret"]
        )
        #expect(status == 1)
        #expect(output.contains("can be used by others than its owner"), "\(output)")
    }
}
