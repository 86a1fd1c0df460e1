import Safeguarding

/// What a coordinator types while following, as commands of FEED/1.
///
/// Pure: `c 3 ringing the night desk` with alert 3 and an action id gives `CLAIM alt_... ID ringing the night desk`. A
/// resolve names the revision that the person has read, so that it ends nothing that came while they typed.
package enum FollowKeyboard {
    package enum Input: Sendable, Hashable {
        /// Say this line.
        case say(String)
        /// Tell the person this.
        case tell(String)
        case leave
        case nothing
    }

    package static let help = """
        c [N] [words]   claim alert N, else the latest       n N words     leave a note
        r N [words]     give it back                         x N words     resolve: the alert ends
        s [N]           its history                          l             every open alert; again for more
        w               who is here                          lag           how far behind
        m TERMS FOR 8h REASON words   mute for a while: shows what it would withhold; y confirms, m lists, u ID ends one
        q               leave; the position is kept
        """

    /// - Parameters:
    ///   - mute: The mute that was proposed last.
    ///   - more: The alert behind which the list that was shown last goes on.
    ///   - actionID: A new key for the act.
    ///   - now: When the line was typed.
    package static func read(
        _ line: String,
        _ numbers: AlertNumbers,
        mute: String?,
        more: String?,
        actionID: String,
        now: ContinuousClock.Instant
    ) -> Input {
        let words = line.split(separator: " ").map { String($0) }
        guard let verb = words.first else { return .nothing }
        let rest = Array(words.dropFirst())
        switch verb.lowercased() {
        case "c", "claim": return act("CLAIM", rest, numbers, actionID)
        // What the latest is may change while somebody types, and these cannot be taken back.
        case "r", "release": return act("RELEASE", rest, numbers, actionID, mayBeLatest: false)
        case "x", "resolve": return resolve(rest, numbers, actionID, now)
        case "n", "note": return act("NOTE", rest, numbers, actionID, mayBeLatest: false, needsWords: true)
        case "s", "show":
            let (alert, _) = target(rest, numbers)
            return alert.map { .say("SHOW " + $0) } ?? .tell("No such alert: l lists what is open.")
        case "l", "list": return .say(more.map { "LIST AFTER " + $0 } ?? "LIST")
        case "w", "who": return .say("WHO")
        case "lag": return .say("LAG")
        case "m", "mute": return .say(rest.isEmpty ? "MUTES" : "MUTE " + rest.joined(separator: " "))
        case "y", "yes": return mute.map { .say("CONFIRM " + $0) } ?? .tell("Nothing waits for a yes.")
        case "u", "unmute":
            return rest.count == 1 ? .say("UNMUTE " + rest[0]) : .tell("u takes the mute's id; m lists them.")
        case "q", "quit": return .leave
        case "?", "h", "help": return .tell(help)
        default: return .tell("Not understood; ? helps.")
        }
    }

    private static func resolve(
        _ words: [String],
        _ numbers: AlertNumbers,
        _ actionID: String,
        _ now: ContinuousClock.Instant
    ) -> Input {
        let rev = target(words, numbers).alert.flatMap { numbers.read($0, at: now) }.map { ["REV", String($0)] } ?? []
        return act("RESOLVE", words, numbers, actionID, said: rev, mayBeLatest: false, needsWords: true)
    }

    private static func act(
        _ verb: String,
        _ words: [String],
        _ numbers: AlertNumbers,
        _ actionID: String,
        said: [String] = [],
        mayBeLatest: Bool = true,
        needsWords: Bool = false
    ) -> Input {
        guard mayBeLatest || words.first.map(isAlert) == true else { return .tell("Say which alert, by its number.") }
        let (alert, rest) = target(words, numbers)
        guard let alert else { return .tell("No such alert: l lists what is open.") }
        guard !needsWords || !rest.isEmpty else { return .tell("Say in a few words what was done.") }
        return .say(([verb, alert, actionID] + said + rest).joined(separator: " "))
    }

    /// The alert that the first word names by number or id, else the latest, with the words that are left.
    private static func target(_ words: [String], _ numbers: AlertNumbers) -> (alert: String?, rest: [String]) {
        guard let first = words.first, isAlert(first) else { return (numbers.latest, words) }
        return (Int(first).map { numbers.alert($0) } ?? first, Array(words.dropFirst()))
    }

    private static func isAlert(_ word: String) -> Bool { Int(word) != nil || AlertID(word) != nil }
}
