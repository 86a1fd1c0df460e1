import AlertFeed
import Safeguarding
import Testing

/// Which revision a resolve that is typed while following names: what came unread is not ended.
struct ReadRevisionTests {
    private let alert = "alt_01900000-0000-7000-8000-000000000001"
    private let start = ContinuousClock.now
    private var numbers = AlertNumbers()

    private func event(_ rev: Int, _ urgency: Urgency = .high) -> FeedEvent {
        FeedEvent(
            name: "desk",
            seq: Int64(rev),
            prev: 0,
            type: "reported",
            alert: alert,
            rev: rev,
            urgency: urgency.rawValue,
            at: Moment(seconds: 0),
            body: "{}"
        )
    }

    private mutating func came(_ rev: Int, _ urgency: Urgency = .high, after seconds: Double) {
        _ = numbers.number(of: event(rev, urgency), at: start + .seconds(seconds))
    }

    private mutating func answered(_ words: String, _ lines: [String] = []) {
        let answer = FeedAnswer(question: "", words: words.split(separator: " ").map { String($0) }, lines: lines)
        _ = AnswerText.render(answer, &numbers)
    }

    /// What `x 1 child safe` sends.
    private func resolve(after seconds: Double) -> String {
        let input = FollowKeyboard.read(
            "x 1 child safe",
            numbers,
            mute: nil,
            more: nil,
            actionID: "k",
            now: start + .seconds(seconds)
        )
        guard case .say(let line) = input else { return "\(input)" }
        return line.replacing("RESOLVE \(alert) k ", with: "")
    }

    @Test mutating func `the first is read, a later one once it has been there for a minute`() {
        came(3, after: 0)
        #expect(resolve(after: 1) == "REV 3 child safe", "the person has the number from it")
        came(4, after: 100)
        #expect(resolve(after: 159.9) == "REV 3 child safe")
        #expect(resolve(after: 160) == "REV 4 child safe")
        came(5, after: 200)
        came(6, after: 259)
        #expect(resolve(after: 300) == "REV 4 child safe", "neither was there for long enough")
        #expect(resolve(after: 319) == "REV 6 child safe")
        // After a break, late and out of turn.
        came(5, after: 320)
        #expect(resolve(after: 321) == "REV 6 child safe")
    }

    @Test mutating func `what is more urgent is read when it was asked for, however long it has been there`() {
        came(2, .normal, after: 0)
        came(3, .immediate, after: 100)
        came(4, .normal, after: 101)
        #expect(resolve(after: 100_000) == "REV 2 child safe")
        answered("LIST lines=1", ["ALERT \(alert) 4 reported immediate 2025-11-24T16:00:00Z 4 {}"])
        #expect(resolve(after: 100_001) == "REV 4 child safe")
        came(5, .immediate, after: 100_002)
        #expect(resolve(after: 100_062) == "REV 5 child safe", "no more urgent than it was")
    }

    @Test mutating func `an act of one's own is no reading`() {
        came(2, .high, after: 0)
        came(3, .immediate, after: 1)
        answered("CLAIM \(alert) until=2025-11-24T17:00:00Z rev=4")
        answered("NOTE \(alert) rev=5")
        #expect(resolve(after: 100) == "REV 2 child safe")
    }

    @Test mutating func `an answer from before what came meanwhile says nothing of it`() {
        came(6, after: 0)
        came(7, after: 1)
        answered("LIST lines=1", ["ALERT \(alert) 6 reported high 2025-11-24T16:00:00Z 6 {}"])
        #expect(resolve(after: 2) == "REV 6 child safe")
        #expect(resolve(after: 61) == "REV 7 child safe")
    }

    /// A standby that was promoted may lack what was shown, and give its number to something else.
    @Test mutating func `of another server's revisions none is read but the first until one was asked for`() {
        came(5, after: 0)
        came(6, after: 100)
        numbers.forgetRevisions()
        #expect(resolve(after: 200) == "REV 1 child safe")
        came(6, .normal, after: 201)
        #expect(resolve(after: 100_000) == "REV 1 child safe")
        answered("SHOW lines=1 state=open", ["ALERT \(alert) 6 reported high 2025-11-24T16:00:00Z 6 {}"])
        #expect(resolve(after: 100_001) == "REV 6 child safe")
        #expect(numbers.known(alert) == 1)
    }
}
