import AlertFeed
import Foundation
import Platform
import Safeguarding
import Synchronization

/// What a person sees of the feed and may call by number.
final class FollowScreen: Sendable {
    private struct State {
        var numbers = AlertNumbers()
        var mute: String?
        /// Behind which the list that was shown last goes on.
        var more: String?
        var catchUp = CatchUpWatch()
        var epoch: String?
        var isHeld = false
        var isDatabaseDown = false
    }

    private let terminal: Terminal
    private let isJSON: Bool
    private let state = Mutex(State())

    /// - Parameter isJSON: Events are written as JSON, one a line; all else is a note.
    init(_ terminal: Terminal, isJSON: Bool) {
        self.terminal = terminal
        self.isJSON = isJSON
    }

    /// What was typed, as a command.
    func read(_ line: String) -> FollowKeyboard.Input {
        let key = "follow-" + UUID().uuidString.lowercased()
        return state.withLock { state in
            let input = FollowKeyboard.read(
                line,
                state.numbers,
                mute: state.mute,
                more: state.more,
                actionID: key,
                now: .now
            )
            state.more = nil
            // A yes is for what was asked last, whatever becomes of it.
            if case .say(let command) = input, command.hasPrefix("MUTE ") { state.mute = nil }
            return input
        }
    }

    func show(_ notice: FeedNotice) throws {
        switch notice {
        case .event(let event):
            try show(event)
            note { $0.catchUp.received(event.seq) }
        case .answer(let answer):
            let text = state.withLock { state in
                if answer.words.first == "MUTE" { state.mute = answer.field("id") }
                if answer.words.first == "LIST" { state.more = answer.field("more") }
                return AnswerText.render(answer, &state.numbers)
            }
            try terminal.writeAll(text + "\n")
        case .subscribed(let fields):
            Output.note("subscribed at \(fields["at"] ?? "?"), open \(fields["open"] ?? "?")")
            let (at, behind) = (fields["at"].flatMap { Int64($0) }, fields["behind"].flatMap { Int64($0) })
            note { state in
                if let known = state.epoch, known != fields["epoch"] { state.numbers.forgetRevisions() }
                state.epoch = fields["epoch"]
                state.isHeld = false
                return state.catchUp.subscribed(at: at ?? 0, behind: behind ?? 0)
            }
            if fields["view-changed"] != nil {
                Output.note("this token reads another view than the one before; l lists what is open in it")
            }
        case .heartbeat(_, let isDatabaseDown):
            note { state in
                defer { state.isDatabaseDown = isDatabaseDown }
                guard state.isDatabaseDown != isDatabaseDown else { return nil }
                return isDatabaseDown
                    ? "the service has lost its database; alerts will follow when it is back"
                    : "the service has its database again"
            }
            note { $0.catchUp.heartbeat(canRead: !isDatabaseDown && !$0.isHeld) }
        case .held:
            note { state in
                state.isHeld = true
                return "held until what was sent is acknowledged"
            }
        case .resumed:
            note { state in
                state.isHeld = false
                return "going on"
            }
        case .loggedIn: break
        case .disconnected(let reason, let pause):
            Output.note(ConnectionText.disconnected(reason, pause: pause))
        case .movedOn(let lost): Output.note(ConnectionText.movedOn(lost))
        }
    }

    private func note(_ text: (inout State) -> String?) {
        if let text = state.withLock({ text(&$0) }) { Output.note(text) }
    }

    private func show(_ event: FeedEvent) throws {
        guard !isJSON else { return try terminal.writeAll(event.json.text + "\n") }
        // It says that the way works, which needs no line of its own.
        guard event.type != EventType.exercise.rawValue else { return }
        let number = event.isNotice ? nil : state.withLock { $0.numbers.number(of: event, at: .now) }
        let text = EventText.render(event, number: number)
        let bell = event.urgency == Urgency.immediate.rawValue && !event.isAct ? "\u{7}" : ""
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
