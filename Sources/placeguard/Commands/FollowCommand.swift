import AlertFeed
import ArgumentParser
import Foundation
import Platform
import Safeguarding
import Synchronization

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
        guard !json else { return try await Self.printJSON(client) }
        let screen = FollowScreen(Terminal(.output, environment: ProcessInfo.processInfo.environment))
        let isTyped = Terminal(.input).isInteractive
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            // An event counts as told once it is written; one that cannot be is not acknowledged and comes again.
            group.addTask { try await client.follow { notice in try screen.show(notice) } }
            group.addTask { try await Self.watchSilence(client) }
            if isTyped {
                Output.note("? and Enter lists what can be typed")
                group.addTask { try await Self.type(client, screen) }
            }
            do { try await group.next() } catch is Left {}
        }
    }

    private static func printJSON(_ client: FeedClient) async throws {
        let terminal = Terminal(.output)
        try await client.follow { notice in
            if case .event(let event) = notice { try terminal.writeAll(event.json.text + "\n") }
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
                if !client.ask(command) { Output.note("too much waits for an answer already") }
            case .tell(let text): Output.note(text)
            case .leave:
                await settle(client)
                throw Left()
            case .nothing: break
            }
        }
        throw Left()
    }

    /// Gives the acknowledgement of what was shown last a second to be answered, so that it is not shown again next time.
    private static func settle(_ client: FeedClient) async {
        for _ in 0..<20 {
            let state = client.state
            guard state.isSubscribed, let processed = state.processed, processed > state.acknowledged ?? 0 else {
                return
            }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
        }
    }

    /// Two heartbeats missed: a person should know that nothing can come now.
    private static let silence = Duration.seconds(45)

    private static func watchSilence(_ client: FeedClient) async throws {
        var isSilent = false
        while true {
            try await Task.sleep(for: .seconds(1))
            let silent = client.silence.map { $0 >= silence } ?? false
            if silent != isSilent {
                Output.note(silent ? "the service has been silent for 45 s" : "the service is heard again")
            }
            isSilent = silent
        }
    }

    private func clientSettings() throws -> FeedClientSettings {
        var settings = try feed.settings()
        settings.name = name
        settings.filter = filter.joined(separator: " ")
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
}

/// What a person sees of the feed and may call by number.
final class FollowScreen: Sendable {
    private struct State {
        var numbers = AlertNumbers()
        var mute: String?
        var behind: Int64 = 0
    }

    private let terminal: Terminal
    private let state = Mutex(State())

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// What was typed, as a command.
    func read(_ line: String) -> FollowKeyboard.Input {
        let (numbers, mute) = state.withLock { ($0.numbers, $0.mute) }
        let key = "follow-" + UUID().uuidString.lowercased()
        return FollowKeyboard.read(line, numbers, mute: mute, actionID: key)
    }

    func show(_ notice: FeedNotice) throws {
        switch notice {
        case .event(let event): try show(event)
        case .answer(let answer):
            let text = state.withLock { state in
                if answer.words.first == "MUTE" { state.mute = answer.field("id") }
                return AnswerText.render(answer, &state.numbers)
            }
            try terminal.writeAll(text + "\n")
        case .subscribed(let fields):
            Output.note(
                "subscribed at \(fields["at"] ?? "?"), behind \(fields["behind"] ?? "?"), open \(fields["open"] ?? "?")"
            )
            if fields["view-changed"] != nil {
                Output.note("this token reads another view than the one before; l lists what is open in it")
            }
        case .heartbeat(_, let isDatabaseDown):
            if isDatabaseDown { Output.note("the service has lost its database; alerts will follow when it is back") }
        case .held: Output.note("held until what was sent is acknowledged")
        case .resumed: Output.note("going on")
        case .loggedIn: break
        case .disconnected(let reason, let pause):
            Output.note("disconnected (\(EventText.escaped(reason))), trying again in \(pause.components.seconds) s")
        }
    }

    private func show(_ event: FeedEvent) throws {
        // It says that the way works, which needs no line of its own.
        guard event.type != EventType.exercise.rawValue else { return }
        let number = event.isNotice ? nil : state.withLock { $0.numbers.number(of: event.alert) }
        let text = EventText.render(event, number: number)
        let bell = event.urgency == Urgency.immediate.rawValue ? "\u{7}" : ""
        try terminal.writeAll(bell + (terminal.wantsColour ? colour(event.urgency) + text + "\u{1B}[0m" : text) + "\n")
    }

    private func colour(_ urgency: String) -> String {
        switch Urgency(rawValue: urgency) {
        case .immediate: "\u{1B}[1;31m"
        case .high: "\u{1B}[31m"
        case .normal: "\u{1B}[33m"
        case .low, nil: "\u{1B}[2m"
        }
    }
}
