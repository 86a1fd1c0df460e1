import TestSupport
import Testing

/// A coordinator at a terminal claims an alert of a real daemon; what was promised outlives it.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct ClaimsTests {
    /// Speaks FEED/1 with bash alone: waits for the first alert there is, claims it, and says what was answered.
    private static let claim = """
        exec 3<>"/dev/tcp/$0/$1"
        printf 'HELLO 1 bash 1\\nAUTH TOKEN %s\\nSUB desk FROM floor\\n' "$2" >&3
        while read -r word name seq prev type alert rest <&3; do
            case "$word" in
                EVT) [ "$claimed" ] || printf 'CLAIM %s shift-1 ringing the duty officer\\n' "$alert" >&3; claimed=yes ;;
                OK) if [ "$name" = CLAIM ]; then echo "$word $name $seq $prev $type"; exit; fi ;;
                ERR|BYE) echo "$word $name $seq $prev"; exit 1 ;;
            esac
        done
        """

    /// Sends the claim again and asks what stands.
    private static let again = """
        exec 3<>"/dev/tcp/$0/$1"
        printf 'HELLO 1 bash 1\\nAUTH TOKEN %s\\nCLAIM %s shift-1 ringing the duty officer\\n' "$2" "$3" >&3
        printf 'LIST\\nSHOW %s\\nRESOLVE %s shift-2 child safe\\nLIST\\nQUIT\\n' "$3" "$3" >&3
        cat <&3
        """

    private func say(_ script: String, _ daemon: DaemonProcess, _ arguments: String...) async throws -> [String] {
        let address = daemon.addresses.feed.split(separator: ":").map { String($0) }
        return try await ChildProcess.run("/bin/bash", ["-c", script] + address + arguments).output
            .split(separator: "\n").map { String($0) }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a claim is kept through kill -9, repeated without a second effect, and ended by its claimer`() async throws {
        try await Installation.onTestCluster { installation in
            let tokens = try await installation.prepare()
            let reporter = ReportingClient(token: tokens.reporter, prefix: "claim")
            var daemon = try await installation.start()
            #expect(await reporter.sendUrgent(to: daemon.addresses.http))
            let claimed = try #require(try await say(Self.claim, daemon, tokens.coordinator).first)
            let words = claimed.split(separator: " ").map { String($0) }
            try #require(words.prefix(2) == ["OK", "CLAIM"] && words.count == 5, "\(claimed)")
            #expect(words.last == "rev=2")
            let alert = words[2]
            await daemon.killHard()

            daemon = try await installation.start()
            let said = try await say(Self.again, daemon, tokens.coordinator, alert)
            #expect(said.contains(claimed))
            let listed = said.filter { $0.hasPrefix("ALERT \(alert) 2 claim immediate ") }
            #expect(listed.count == 2, "in LIST and in SHOW")
            #expect(listed.allSatisfy { $0.contains(#","claim":{"by":"licensing","until":""#) })
            #expect(said.contains { $0.hasPrefix("ACTION ") && $0.hasSuffix(#"{"text":"ringing the duty officer"}"#) })
            #expect(said.contains("OK RESOLVE \(alert) rev=3"))
            #expect(said.suffix(2) == ["OK LIST lines=0", "BYE quit"])
            #expect(await daemon.terminate() == 0)
            #expect(try await installation.loggedPositions() == [1, 2, 3])
        }
    }
}
