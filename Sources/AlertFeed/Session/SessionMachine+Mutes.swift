import Safeguarding

// Answers to MUTE, CONFIRM, UNMUTE and MUTES.
extension SessionMachine {
    func muted(_ request: Pending, _ outcome: SessionOutcome) -> SessionActions {
        switch outcome {
        case .muteProposed(let proposal):
            let fields = [
                LineField("id", proposal.id.text), LineField("matches", proposal.openAlerts),
                LineField("recent", proposal.recentEvents), LineField("confirm", MuteRequest.secondsToConfirm),
            ]
            return answer(request.tag, .mute, fields.map(\.text))
        case .muteConfirmed(let mute):
            return answer(request.tag, .confirm, [mute.id.text, LineField("until", mute.until.rfc3339).text])
        case .muteEnded:
            guard case .endMute(let mute) = request.command else { return .none }
            return answer(request.tag, .unmute, [mute.text])
        case .mutes(let mutes):
            return counted(request.tag, .mutes, mutes, words: ServerLine.words)
        case .muteRefused(let refusal):
            return SessionActions(lines: [.error(tag: request.tag, refusal.reply)])
        default: return .none
        }
    }
}

extension MuteRefusal {
    var reply: FeedError {
        switch self {
        case .nowhere, .outOfBounds, .reasonTooShort, .notOnePlace:
            FeedError(
                .muteTooBroad,
                "a mute names a place or an area, a time up to 72 hours, and a reason",
                LineField("reason", rawValue)
            )
        case .notSteward: FeedError(.forbidden, "stewards with statutory clearance mute for everybody")
        case .unknown: FeedError(.unknownMute, "no such mute")
        case .tooMany: FeedError(.slowDown, "too many mutes of this user")
        }
    }
}
