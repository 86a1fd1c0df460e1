import AlertFeed
import ArgumentParser
import Foundation
import Safeguarding

/// An alert's id as an argument.
struct AlertArgument: ExpressibleByArgument {
    var id: AlertID

    init?(argument: String) {
        guard let id = AlertID(argument) else { return nil }
        self.id = id
    }
}

/// What a coordinator does with an alert, from a script or without following.
struct AlertActOptions: ParsableArguments {
    @OptionGroup var feed: FeedOptions
    @Argument(help: "The alert, alt_...")
    var alert: AlertArgument
    @Argument(parsing: .remaining, help: "Words for the record; they stand on no event.")
    var words: [String] = []
    @Option(help: "Your own key for the act: the same one again does nothing twice.")
    var action = "cli-" + UUID().uuidString.lowercased()

    /// - Parameter said: What stands before the words.
    func run(_ verb: String, said: [String] = []) async throws {
        try await FeedQuestion.ask(([verb, alert.id.text, action] + said + words).joined(separator: " "), feed)
    }
}

/// One question to the feed and its answer.
enum FeedQuestion {
    /// Connections tried before the command gives up.
    private static let tries = 3

    private struct Done: Error {}

    @discardableResult
    static func ask(_ line: String, _ options: FeedOptions) async throws -> FeedAnswer {
        var settings = try options.settings()
        settings.subscribes = false
        settings.longestPause = .seconds(2)
        let client = FeedClient(settings: settings)
        do { try client.ask(line) } catch { throw CommandFailure("\(error)") }
        var answer: FeedAnswer?
        var broken = 0
        do {
            try await client.follow { notice in
                switch notice {
                case .answer(let found):
                    answer = found
                    throw Done()
                case .disconnected(let reason, _):
                    broken += 1
                    if broken == tries { throw CommandFailure("The feed cannot be reached (\(reason)).") }
                default: break
                }
            }
        } catch is Done {} catch let error as FeedClientError {
            throw CommandFailure("\(error)")
        }
        guard let answer else { throw CommandFailure("The feed did not answer.") }
        var numbers = AlertNumbers()
        let text = AnswerText.render(answer, &numbers)
        guard answer.refusal == nil else { throw CommandFailure(text) }
        print(
            ([answer.words.joined(separator: " ")] + answer.lines.map { EventText.escaped($0) }).joined(separator: "\n")
        )
        return answer
    }
}

struct ClaimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim",
        abstract: "Claims an alert: you see to it, until the time that is answered."
    )
    @OptionGroup var act: AlertActOptions
    func run() async throws { try await act.run("CLAIM") }
}

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Gives a claimed alert back.")
    @OptionGroup var act: AlertActOptions
    func run() async throws { try await act.run("RELEASE") }
}

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resolve", abstract: "Ends an alert; say how.")
    @OptionGroup var act: AlertActOptions
    @Option(help: "The revision you decided from: refused where something has come since.")
    var rev: Int?
    func run() async throws { try await act.run("RESOLVE", said: rev.map { ["REV", String($0)] } ?? []) }
}

struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "note", abstract: "Leaves a note on an alert.")
    @OptionGroup var act: AlertActOptions
    func run() async throws { try await act.run("NOTE") }
}

/// Mutes in two steps, as the feed has them: what it would withhold is shown before `--confirm` brings it into force.
struct MuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Mutes events of an area or a place for a while; without terms it lists your mutes.",
        discussion: "mute --for 8h --reason 'works at the station' area:MW-HARBOUR kind:rising"
    )

    @OptionGroup var feed: FeedOptions
    @Argument(help: "Terms, such as area:CODE, location:ID, kind:TYPE.")
    var terms: [String] = []
    @Option(name: .customLong("for"), help: "How long: 30m, 8h, 3d; at most 72 hours.")
    var time: String?
    @Option(help: "Why, in ten characters or more.")
    var reason: String?
    @Flag(help: "For everybody; one location, stewards only.")
    var all = false
    @Flag(help: "Bring it into force at once, without looking at what it would withhold.")
    var confirm = false
    @Option(help: "Bring a mute that was shown into force.")
    var confirmed: String?
    @Option(help: "End a mute.")
    var end: String?

    func run() async throws {
        if let confirmed { return _ = try await FeedQuestion.ask("CONFIRM " + confirmed, feed) }
        if let end { return _ = try await FeedQuestion.ask("UNMUTE " + end, feed) }
        guard !terms.isEmpty else { return _ = try await FeedQuestion.ask("MUTES", feed) }
        guard let time, let reason else { throw ValidationError("A mute takes --for and --reason.") }
        let words = (all ? ["ALL"] : []) + terms + ["FOR", time, "REASON", reason]
        let proposal = try await FeedQuestion.ask("MUTE " + words.joined(separator: " "), feed)
        guard let id = proposal.field("id") else { return }
        if confirm { return _ = try await FeedQuestion.ask("CONFIRM " + id, feed) }
        Output.note("nothing is muted yet: mute --confirmed \(id) within five minutes")
    }
}
