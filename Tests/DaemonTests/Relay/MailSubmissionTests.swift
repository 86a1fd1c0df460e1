import Foundation
import TestSupport
import Testing

@testable import placeguard

/// How curl is run, and what is made of its report.
struct MailSubmissionTests {
    // As curl 7.88 reports each: the code of the last answer, and how much of the message it sent.
    @Test(arguments: [
        (55, "550 0", true, "SMTP 550, curl 55"), (8, "554 7", true, "SMTP 554, curl 8"),
        (55, "450 0", false, "SMTP 450, curl 55"), (8, "452 7", false, "SMTP 452, curl 8"),
        (8, "554 0", false, "SMTP 554, curl 8"), (9, "550 0", false, "SMTP 550, curl 9"),
        (67, "535 0", false, "SMTP 535, curl 67"), (7, "000 0", false, "no answer, curl 7"),
        (28, "", false, "no answer, curl 28"), (56, "250 7", false, "SMTP 250, curl 56"),
    ])
    func `for good is 5xx to a recipient or to the message, and the operator is told both codes`(
        _ code: Int,
        _ report: String,
        _ isForGood: Bool,
        _ told: String
    ) {
        let failure = MailSubmission.failure(code: code, report: report)
        #expect(failure.isForGood == isForGood && failure.description == told)
    }

    @Test(arguments: [
        (28, "354 7", true), (28, "354 0", false), (28, "220 0", false), (56, "354 7", true), (52, "354 7", true),
        (56, "000 0", false), (8, "452 7", false), (55, "450 0", false), (7, "000 0", false), (28, "", false),
    ])
    func `what was sent and got no answer was perhaps taken`(_ code: Int, _ report: String, _ isPerhapsTaken: Bool) {
        #expect(MailSubmission.failure(code: code, report: report).isPerhapsTaken == isPerhapsTaken)
    }

    @Test func `nothing goes in clear to a relay that is not this machine`() {
        func access(_ isLoopback: Bool) -> [String] {
            MailTarget.Settings(
                name: "mail",
                relay: "smtp://relay.example.org:587",
                from: "alerts@example.org",
                to: ["duty@example.org"],
                link: "https://placeguard.example.org",
                netrc: "/etc/netrc",
                authority: "/etc/ca.pem",
                isLoopback: isLoopback,
                searchPath: "/usr/bin"
            ).access
        }
        let rest = ["--netrc-file", "/etc/netrc", "--cacert", "/etc/ca.pem"]
        #expect(access(false) == ["--url", "smtp://relay.example.org:587", "--ssl-reqd"] + rest)
        #expect(access(true) == ["--url", "smtp://relay.example.org:587"] + rest)
    }

    @Test func `curl reads nobody's configuration and sees nothing of our environment`() async throws {
        let directory = try TemporaryDirectory()
        let script = """
            #!/bin/sh
            env > "${0%/*}/environment"; printf '%s\\n' "$@" > "${0%/*}/arguments"; cat > "${0%/*}/message"
            """
        #expect(
            FileManager.default.createFile(
                atPath: directory.path + "/curl",
                contents: Data(script.utf8),
                attributes: [.posixPermissions: 0o700]
            )
        )
        let submission = MailSubmission(
            access: ["--url", "smtp://localhost"],
            searchPath: directory.path + ":/usr/bin:/bin"
        )
        try await submission.send("text", from: "alerts@example.org", to: "duty@example.org")
        func lines(_ file: String) throws -> [String] {
            try String(contentsOfFile: "\(directory.path)/\(file)", encoding: .utf8).split(separator: "\n").map {
                String($0)
            }
        }
        #expect(try lines("arguments").first == "-q" && lines("message") == ["text"])
        let names = try Set(lines("environment").compactMap { $0.split(separator: "=").first })
        // The others are the shell's own.
        #expect(names.contains("PATH") && names.isSubset(of: ["PATH", "PWD", "OLDPWD", "SHLVL", "_"]), "\(names)")
    }
}
