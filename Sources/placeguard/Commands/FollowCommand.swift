import AlertFeed
import ArgumentParser
import Foundation
import Platform
import Safeguarding

/// A coordinator's feed in the terminal, or as JSON lines for a script; reconnects and resumes by itself.
struct FollowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Follows the alert feed; reconnects and resumes by itself."
    )

    @Option(help: "Address of the feed, HOST:PORT.")
    var connect = "127.0.0.1:8470"
    @Option(help: "Name of the subscription; the position is kept under it.")
    var name = "follow"
    @Option(help: "Where to begin: resume, head, floor or SEQ@EPOCH.")
    var from = "resume"
    @Option(
        parsing: .unconditionalSingleValue,
        help:
            "Filter terms, in quotes or one an option: --filter 'area:MW-HARBOUR -category:park' --filter 'urgency>=high'."
    )
    var filter: [String] = []
    @Option(help: "File with the token (ID.SECRET); else the variable PLACEGUARD_TOKEN.")
    var tokenFile: String?
    @Flag(help: "Use TLS.")
    var tls = false
    @Option(help: "Certificate authorities to trust with --tls, PEM; the system's by default.")
    var ca: String?
    @Flag(help: "One JSON object a line.")
    var json = false

    func run() async throws {
        let settings = try clientSettings()
        let terminal = Terminal(.output)
        let isColoured = terminal.wantsColour
        let json = json
        try await FeedClient(settings: settings).follow { notice in
            // An event counts as told once it is written; one that cannot be is not acknowledged and comes again.
            if json {
                if case .event(let event) = notice { try terminal.writeAll(event.json.text + "\n") }
            } else {
                try FollowCommand.show(notice, on: terminal, isColoured: isColoured)
            }
        }
    }

    private func clientSettings() throws -> FeedClientSettings {
        guard let address = ListenAddress(connect) else { throw ValidationError("--connect is HOST:PORT.") }
        guard let credential = FeedClientSettings.credential(from: try token()) else {
            throw CommandFailure("The token is not of the form ID.SECRET.")
        }
        guard tls || address.isLoopback else {
            throw CommandFailure("A token is not sent in the clear beyond this machine: use --tls.")
        }
        var settings = FeedClientSettings(
            host: address.host,
            port: address.port,
            tls: tls ? FeedClientTLS(authorityFile: ca) : nil,
            credential: credential
        )
        settings.name = name
        settings.filter = filter.joined(separator: " ")
        settings.clientVersion = Version.current
        switch from {
        case "resume": settings.from = .resume
        case "head": settings.from = .head
        case "floor": settings.from = .floor
        default:
            let parts = from.split(separator: "@", maxSplits: 1).map(String.init)
            guard parts.count == 2, let seq = Int64(parts[0]), seq >= 0 else {
                throw ValidationError("--from is resume, head, floor or SEQ@EPOCH.")
            }
            settings.from = .after(seq: seq, epoch: parts[1])
        }
        return settings
    }

    /// The token from a file or the environment; never an argument, which everybody on the machine could read.
    private func token() throws -> String {
        if let tokenFile {
            guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
                throw CommandFailure("The token file cannot be read.")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let token = ProcessInfo.processInfo.environment["PLACEGUARD_TOKEN"], !token.isEmpty else {
            throw CommandFailure("Give --token-file, or the token in PLACEGUARD_TOKEN.")
        }
        return token
    }

    private static func show(_ notice: FeedNotice, on terminal: Terminal, isColoured: Bool) throws {
        switch notice {
        case .event(let event):
            let isUrgent = event.urgency == Urgency.immediate.rawValue
            let line = EventText.render(event)
            try terminal.writeAll(
                (isUrgent ? "\u{7}" : "") + (isColoured ? colour(event.urgency) + line + "\u{1B}[0m" : line) + "\n"
            )
        case .subscribed(let fields):
            Output.note(
                "subscribed at \(fields["at"] ?? "?"), behind \(fields["behind"] ?? "?"), open \(fields["open"] ?? "?")"
            )
            if fields["view-changed"] != nil {
                Output.note("this token reads another view than the one before; LIST tells what is open in it")
            }
        case .heartbeat(_, let isDatabaseDown):
            if isDatabaseDown { Output.note("the service has lost its database; alerts will follow when it is back") }
        case .held: Output.note("held until what was sent is acknowledged")
        case .resumed: Output.note("going on")
        case .disconnected(let reason, let pause):
            Output.note("disconnected (\(EventText.escaped(reason))), trying again in \(pause.components.seconds) s")
        }
    }

    private static func colour(_ urgency: String) -> String {
        switch Urgency(rawValue: urgency) {
        case .immediate: "\u{1B}[1;31m"
        case .high: "\u{1B}[31m"
        case .normal: "\u{1B}[33m"
        case .low, nil: "\u{1B}[2m"
        }
    }
}
