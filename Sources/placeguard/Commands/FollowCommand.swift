import AlertFeed
import ArgumentParser
import Foundation
import Platform
import Safeguarding

/// A coordinator's feed in the terminal, or as JSON lines for a script; reconnects and resumes by itself.
struct FollowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Follows the alert feed; reconnects and resumes by itself.",
        discussion: """
            In a terminal, alerts have short numbers, and commands can be typed while it follows:
            \(FollowKeyboard.help)
            """
    )

    @OptionGroup var feed: FeedOptions
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
    @Flag(help: "One JSON object a line.")
    var json = false

    func run() async throws {
        let client = FeedClient(settings: try clientSettings())
        let screen = FollowScreen(Terminal(.output, environment: ProcessInfo.processInfo.environment), isJSON: json)
        let isTyped = !json && Terminal(.input).isInteractive
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            // An event counts as told once it is written; one that cannot be is not acknowledged and comes again.
            group.addTask { try await client.follow { notice in try screen.show(notice) } }
            group.addTask { try await Self.watchSilence(client) }
            if isTyped {
                Output.note("? and Enter lists what can be typed")
                group.addTask { try await Self.type(client, screen) }
            }
            do { try await group.next() } catch is Left {} catch FeedClientError.replaced {
                Output.note("Error: \(FeedClientError.replaced)")
                throw ExitCode.replaced
            }
        }
    }

    /// Thrown when the person has asked to leave.
    private struct Left: Error {}

    /// Takes what is typed until the person leaves; the end of the input leaves too.
    private static func type(_ client: FeedClient, _ screen: FollowScreen) async throws {
        let keyboard = KeyboardLines()
        while let line = await keyboard.next() {
            switch screen.read(line) {
            case .say(let command):
                do { try client.ask(command) } catch { Output.note(error.description) }
            case .tell(let text): Output.note(text)
            case .leave: try await leave(client)
            case .nothing: break
            }
        }
        try await leave(client)
    }

    /// What was shown last is not to be shown again next time, and what was typed is done or is said not to be.
    private static func leave(_ client: FeedClient) async throws -> Never {
        for question in await client.settle(within: .seconds(5)) {
            Output.note("not answered, look whether it was done: \(EventText.escaped(question))")
        }
        throw Left()
    }

    private static func watchSilence(_ client: FeedClient) async throws {
        var watch = SilenceWatch()
        while true {
            try await Task.sleep(for: .seconds(1))
            if let change = watch.look(at: client.silence) { Output.note(ConnectionText.silence(change)) }
        }
    }

    private func clientSettings() throws -> FeedClientSettings {
        var settings = try feed.settings()
        settings.name = name
        settings.filter = filter.joined(separator: " ")
        do {
            settings.from = try CommandParser.start(from[...])
        } catch {
            throw ValidationError("--from is resume, head, floor or SEQ@EPOCH.")
        }
        return settings
    }
}
