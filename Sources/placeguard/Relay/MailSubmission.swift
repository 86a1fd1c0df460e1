import Subprocess

/// Runs curl against the organisation's mail relay, and reads from its report who refused what.
///
/// curl sees neither its user's configuration nor our environment, where the feed's token may stand.
struct MailSubmission: Sendable {
    /// Where the relay is, and how it is spoken to.
    let access: [String]
    /// Directories in which curl is looked for.
    let searchPath: String

    /// Hands one message to the relay for one mailbox. Throws `RelayFailure`.
    ///
    /// A relay has ten minutes to say that it has taken a message (RFC 5321, 4.5.3.2.6), as far as curl itself waits for it: whoever
    /// gives up before tells somebody twice.
    func send(_ message: String, from sender: String, to recipient: String) async throws {
        try await run(
            ["--max-time", "660", "--mail-from", sender, "--mail-rcpt", recipient, "--upload-file", "-"],
            message
        )
    }

    /// Sees whether the relay answers. Throws `RelayFailure`.
    func greet() async throws { try await run(["--max-time", "60", "--request", "NOOP"], "") }

    private func run(_ task: [String], _ input: String) async throws {
        // `-q` counts only as the first.
        let arguments =
            ["-q", "--silent", "--connect-timeout", "20", "--output", "/dev/null"]
            + ["--write-out", "%{response_code} %{size_upload}"] + access + task
        let ending: TerminationStatus
        let report: String
        do {
            let result = try await Subprocess.run(
                .name("curl"),
                arguments: Arguments(arguments),
                environment: .custom(["PATH": searchPath]),
                input: .string(input),
                output: .string(limit: 256),
                error: .discarded
            )
            (ending, report) = (result.terminationStatus, result.standardOutput)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw RelayFailure("curl cannot be run")
        }
        switch ending {
        case .exited(0): return
        case .exited(let code): throw Self.failure(code: Int(code), report: report)
        default: throw RelayFailure("curl was ended by a signal")
        }
    }

    /// What curl's exit code and its report, `SMTP-CODE BYTES-SENT`, mean.
    ///
    /// For good is 5xx to the envelope (curl's 55) or to the message itself (8, once it was sent). The same code to a greeting or a
    /// login is about the relay and no mailbox, so it can pass. Perhaps taken is what was sent and got no answer: curl ran out of
    /// time (28), or the connection broke (52, 55, 56) behind it.
    static func failure(code: Int, report: String) -> RelayFailure {
        let words = report.split(separator: " ").map { Int($0) ?? 0 }
        let (answer, sent) = (words.first ?? 0, words.dropFirst().first ?? 0)
        let isForGood = (500...599).contains(answer) && (code == 55 || (code == 8 && sent > 0))
        return RelayFailure(
            (answer == 0 ? "no answer" : "SMTP \(answer)") + ", curl \(code)",
            isForGood: isForGood,
            isPerhapsTaken: sent > 0 && answer < 400 && [28, 52, 55, 56].contains(code)
        )
    }
}
