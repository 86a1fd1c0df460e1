import AlertFeed
import Safeguarding
import Testing

/// What a coordinator types, and how answers read.
struct FollowKeyboardTests {
    private let first = "alt_01900000-0000-7000-8000-000000000001"
    private let second = "alt_01900000-0000-7000-8000-000000000002"

    private var numbers: AlertNumbers {
        var numbers = AlertNumbers()
        _ = numbers.number(of: first)
        _ = numbers.number(of: second)
        return numbers
    }

    private func read(_ line: String, mute: String? = nil, more: String? = nil) -> FollowKeyboard.Input {
        FollowKeyboard.read(line, numbers, mute: mute, more: more, actionID: "k", now: .now)
    }

    @Test func `short commands are those of the feed, on the alert with that number or the latest`() {
        #expect(read("c 1 ringing the desk") == .say("CLAIM \(first) k ringing the desk"))
        #expect(read("c") == .say("CLAIM \(second) k"))
        #expect(read("n 2 spoke to her") == .say("NOTE \(second) k spoke to her"))
        #expect(read("r 1") == .say("RELEASE \(first) k"))
        #expect(read("x \(first) child safe") == .say("RESOLVE \(first) k child safe"))
        #expect(read("s 2") == .say("SHOW \(second)"))
        #expect(
            [read("l"), read("w"), read("lag"), read("m")] == [.say("LIST"), .say("WHO"), .say("LAG"), .say("MUTES")]
        )
        #expect(read("m area:A FOR 8h REASON works all week") == .say("MUTE area:A FOR 8h REASON works all week"))
        #expect(read("LIST", more: first) == .say("LIST AFTER \(first)"))
        #expect(read("y", mute: "mut_1") == .say("CONFIRM mut_1"))
        #expect(read("u mut_1") == .say("UNMUTE mut_1"))
        #expect(read("q") == .leave)
        #expect(read("  ") == .nothing)
    }

    @Test(arguments: [
        "c 3", "x 1", "x child safe", "x", "r", "r thanks", "n", "n 1", "n spoke to her", "y", "u", "zebra", "s 99",
        "?",
    ])
    func `what cannot be meant is told and not sent`(_ line: String) {
        guard case .tell = read(line) else {
            Issue.record("sent: \(read(line))")
            return
        }
    }

    @Test func `a number stays with its alert, and the oldest of a thousand is forgotten`() {
        var numbers = AlertNumbers()
        for number in 1...1_000 { #expect(numbers.number(of: "alt_\(number)") == number) }
        #expect(numbers.number(of: "alt_1") == 1)
        #expect(numbers.latest == "alt_1")
        #expect(numbers.number(of: "alt_1001") == 1_001)
        #expect(numbers.alert(1) == nil)
        #expect(numbers.alert(2) == "alt_2")
        #expect(numbers.number(of: "alt_1") == 1_002)
    }

    @Test func `answers are told in words, with nothing stored able to move a cursor`() {
        var numbers = numbers
        func text(_ words: String, _ lines: [String] = []) -> String {
            let answer = FeedAnswer(question: "", words: words.split(separator: " ").map { String($0) }, lines: lines)
            return AnswerText.render(answer, &numbers)
        }
        #expect(text("CLAIM \(first) until=2025-11-24T17:00:00Z rev=2").hasPrefix("[1] is yours until "))
        #expect(text("LIST lines=0") == "nothing")
        let shown = text(
            "SHOW lines=3 state=closed earlier=\(first)",
            [
                "ALERT \(second) 3 rising high 2025-11-24T16:00:00Z 7 {\"alert\":\"\(second)\",\"more\":true}",
                #"BODY {"text":"{\"ask\":\"dec"}"#, #"BODY {"text":"ide\"}"}"#,
            ]
        )
        #expect(shown.contains("asked: decide") && !shown.contains("too long"), "\(shown)")
        #expect(shown.contains("known before as [1]") && shown.hasSuffix("state: closed"), "\(shown)")
        #expect(numbers.latest == second, "what was asked for, and not what it was before")
        let listed = text(
            "LIST lines=1 more=\(second)",
            ["ALERT \(second) 3 rising high 2025-11-24T16:00:00Z 7 {\"ask\":\"decide\"}"]
        )
        #expect(listed.hasPrefix("[2]  ") && listed.contains("rev 3  seq 7") && listed.hasSuffix("and more"))
        let act = text("SHOW lines=1", [#"ACTION 2025-11-24T16:00:00Z NOTE ana k {"text":"seen \u001b[2J her"}"#])
        #expect(act.hasSuffix("ana  note  seen \\u{1b}[2J her"), "\(act)")
        #expect(text("WHO lines=1", ["PERSON ana licensing 2 {}"]) == "ana  licensing  2 connected")
        #expect(
            text("LAG lines=1", [#"CURSOR desk 5 6 9 {"exercise":"missed"}"#])
                == "desk: acknowledged 5 of 9, exercise missed"
        )
        let mute = text(
            "MUTES lines=1",
            [#"MUTE mut_1 2025-11-24T16:00:00Z ana {"terms":"area:A","all":false,"reason":"works"}"#]
        )
        #expect(mute.hasPrefix("mut_1  area:A  until ") && mute.hasSuffix("  works"))
        let everybody = text(
            "MUTES lines=1",
            [#"MUTE mut_1 2025-11-24T16:00:00Z tom {"terms":"location:x","all":true,"reason":"works"}"#]
        )
        #expect(everybody.hasSuffix("  works  for everybody, by tom"))
    }

    @Test(arguments: [
        ("409 already-claimed x until=2025-11-24T17:00:00Z", "somebody else has claimed it, until "),
        ("409 changed x rev=7", "something has come since it was read (revision 7): "),
        ("404 unknown-alert x", "there is no such alert for you"),
        ("422 mute-too-broad x reason=no-place", "a mute names a place or an area"),
        ("503 db-unavailable x retry=4", "the service cannot do that now; try again in 4 s"),
        ("499 zebra x", "refused: 499 zebra"),
        ("401 auth-required no such\u{1B} token tries=2", "refused: 401 auth-required: no such\\u{1b} token"),
    ])
    func `a refusal says what it means`(_ line: String, _ told: String) throws {
        guard case .error(_, let refusal) = ServerMessage("ERR " + line) else {
            throw FeedClientError.protocolViolation
        }
        var numbers = numbers
        #expect(AnswerText.render(FeedAnswer(question: "", refusal: refusal), &numbers).hasPrefix(told))
        let about = FeedAnswer(question: "CLAIM \(second) k", refusal: refusal)
        #expect(AnswerText.render(about, &numbers).hasPrefix("[2] " + told), "which alert")
        var none = AlertNumbers()
        #expect(AnswerText.render(about, &none).hasPrefix(told))
        guard refusal.word == "changed" else { return }
        #expect(AnswerText.render(about, &numbers).hasSuffix("s 2 shows it, then say it again"))
        #expect(AnswerText.render(about, &none).hasSuffix("say it again with --rev 7"), "a command of its own")
    }
}
