import Safeguarding
import Testing

/// Care as the last members of an event's body, and what acts make of one.
@Suite struct AlertCareTests {
    private let claim = AlertClaim(by: "ana", until: Moment(seconds: 1_790_000_000))
    private let body = #"{"band":{"from":"amber","to":"red"},"why":["band-up"],"ask":"decide","marking":"M"}"#

    @Test func `care stands at the end of the body and takes the place of earlier care`() {
        let unclaimed = AlertCare(escalates: Moment(seconds: 1_790_000_000), level: 1).written(into: body)
        #expect(
            unclaimed == body.dropLast() + #","ack_by":"2026-09-21T14:13:20Z","escalation":1}"#
        )
        let claimed = AlertCare(claim: claim, level: 1).written(into: unclaimed)
        #expect(
            claimed
                == body.dropLast() + #","claim":{"by":"ana","until":"2026-09-21T14:13:20Z"},"escalation":1}"#
        )
        #expect(AlertCare.none.written(into: claimed) == body)
        #expect(AlertCare.none.written(into: body) == body)
    }

    @Test func `an empty body takes care too`() {
        let written = AlertCare(claim: claim).written(into: "{}")
        #expect(written == #"{"claim":{"by":"ana","until":"2026-09-21T14:13:20Z"}}"#)
        #expect(AlertCare.none.written(into: written) == "{}")
    }

    @Test func `a name that looks like care is left alone`() {
        for name in [#"x","ack_by":""#, #",\"claim\":{"#, #"","escalation":9"#] {
            let named = JSON.object([("name", .string(name)), ("ask", .string("decide"))]).text
            let written = AlertCare(claim: claim, level: 2).written(into: named)
            #expect(written.hasPrefix(named.dropLast()))
            #expect(AlertCare.none.written(into: written) == named)
        }
    }

    @Test func `an act's event says nothing of why the last one was raised, and moves no band`() {
        let told = #"{"band":{"from":"red","to":"red"},"why":[],"ask":"decide","marking":"M"}"#
        for act in [AlertActKind.claim, .release, .note] { #expect(act.body(after: body) == told) }
        #expect(
            AlertActKind.resolve.body(after: body)
                == told.replacing(#""ask":"decide""#, with: #""ask":"none""#)
        )
    }

    @Test func `numbers keep their digits and unlocated alerts keep their null`() {
        let last = #"{"location":null,"score":{"points":8.00},"band":null}"#
        #expect(AlertActKind.claim.body(after: last) == #"{"location":null,"score":{"points":8.00},"band":null}"#)
    }

    @Test func `what is no object is left as it is`() {
        #expect(AlertActKind.claim.body(after: "nonsense") == "nonsense")
        #expect(AlertCare(claim: claim).written(into: "nonsense") == "nonsense")
    }
}
