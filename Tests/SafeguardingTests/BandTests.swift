import Safeguarding
import Testing

@Suite struct `Bands` {
    @Test func `rise from green to red, and unrated stands outside`() {
        #expect(Band.allCases.map(\.rank) == [1, 2, 3, 4, nil])
        #expect(Band.allCases.sorted { $0.listOrder > $1.listOrder } == [.unrated, .red, .amberPlus, .amber, .green])
    }

    @Test func `unrated passes every filter, and only itself passes unrated`() {
        for floor in Band.allCases { #expect(Band.unrated.isAtLeast(floor)) }
        #expect(Band.red.isAtLeast(.amber))
        #expect(Band.amber.isAtLeast(.amber))
        #expect(!Band.green.isAtLeast(.amber))
        #expect(!Band.red.isAtLeast(.unrated))
    }

    @Test func `a judgement raises and never lowers, and unrated stands until a review`() {
        #expect(Band.effective(machine: .green, judged: .red) == .red)
        #expect(Band.effective(machine: .red, judged: .green) == .red)
        #expect(Band.effective(machine: .amber, judged: nil) == .amber)
        #expect(Band.effective(machine: .unrated, judged: .red) == .unrated)
    }

    @Test func `urgencies and views have their order and readers`() {
        #expect(Urgency.allCases.sorted() == [.low, .normal, .high, .immediate])
        let judgement = Judgement(
            band: .red,
            at: Moment(seconds: 10),
            recorded: Moment(seconds: 12),
            until: Moment(seconds: 20),
            view: .full
        )
        #expect(
            [11, 12, 19, 20].map { judgement.counts(in: .full, at: Moment(seconds: $0)) } == [false, true, true, false]
        )
        #expect(!judgement.counts(in: .open, at: Moment(seconds: 15)))
    }
}
