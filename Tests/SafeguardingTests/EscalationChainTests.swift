import Safeguarding
import Testing

/// Whom a step of a chain asks: areas, cover and quiet hours.
struct EscalationChainTests {
    /// A Monday, 23:30 in London.
    private let night = Moment(seconds: 1_764_027_000)
    private let day = Moment(seconds: 1_764_027_000 - 9 * 3_600)

    private func step(_ area: String, _ number: Int, _ person: String? = nil, line: String? = nil)
        -> EscalationChains.Step
    {
        EscalationChains.Step(area: area, number: number, person: person, line: line)
    }

    private var chains: EscalationChains {
        EscalationChains(
            steps: [
                step("A", 1, "ana"), step("A", 2, "ben"), step("A", 2, "cleo"), step("A", 4, line: "Duty line"),
                step("B", 1, "dan"), step("*", 1, "eve"),
            ],
            quiet: [.init(person: "ana", begins: 22 * 3_600, ends: 7 * 3_600)]
        )
    }

    private func asked(
        _ step: Int,
        _ areas: [String],
        _ urgency: Urgency = .high,
        at now: Moment? = nil,
        in chains: EscalationChains? = nil
    ) -> (Int, [String]) {
        let found = (chains ?? self.chains).asked(from: step, in: areas, cause: .risk, urgency: urgency, at: now ?? day)
        return (found.step, found.asked.people + found.asked.lines)
    }

    @Test func `a step asks its people and lines, and one that is not there is passed over`() {
        #expect(asked(1, ["A"]) == (1, ["ana"]))
        #expect(asked(2, ["A"]) == (2, ["ben", "cleo"]))
        #expect(asked(3, ["A"]) == (4, ["Duty line"]))
        #expect(asked(5, ["A"]) == (5, ["Duty line"]), "a chain that has become shorter asks its last step")
    }

    @Test func `an alert in several areas asks them all, and one without a chain asks the common one`() {
        #expect(asked(1, ["A", "B"]) == (1, ["ana", "dan"]))
        #expect(asked(1, ["C"]) == (1, ["eve"]))
        #expect(asked(1, []) == (1, ["eve"]))
        #expect(chains.length(in: ["A", "B"]) == 4 && chains.length(in: ["C"]) == 1)
        #expect(EscalationChains.none.length(in: ["A"]) == nil)
        #expect(asked(2, ["A"], in: EscalationChains.none) == (2, []))
    }

    @Test func `quiet hours pass a person over until the morning, but not for what cannot wait`() {
        #expect(asked(1, ["A"], at: night) == (2, ["ben", "cleo"]))
        #expect(asked(1, ["A"], .immediate, at: night) == (1, ["ana"]))
        let seven = Moment(seconds: night.seconds + 7 * 3_600 + 1_800)
        #expect(asked(1, ["A"], at: seven - 1) == (2, ["ben", "cleo"]))
        #expect(asked(1, ["A"], at: seven) == (1, ["ana"]))
        #expect(asked(1, ["A"], at: Moment(seconds: night.seconds - 5_400)) == (2, ["ben", "cleo"]), "from 22:00 on")
        #expect(asked(1, ["A"], at: Moment(seconds: night.seconds - 5_401)) == (1, ["ana"]))
    }

    @Test func `hours within a day are quiet too`() {
        let chains = EscalationChains(
            steps: [step("*", 1, "ana"), step("*", 2, "ben")],
            quiet: [.init(person: "ana", begins: 14 * 3_600, ends: 15 * 3_600)]
        )
        #expect(asked(1, [], at: day, in: chains) == (2, ["ben"]))
        #expect(asked(1, [], at: day + 1_800, in: chains) == (1, ["ana"]))
    }

    @Test func `a chain that is all asleep is asked all the same`() {
        let chains = EscalationChains(
            steps: [step("*", 1, "ana"), step("*", 2, "ben")],
            quiet: ["ana", "ben"].map { .init(person: $0, begins: 22 * 3_600, ends: 7 * 3_600) }
        )
        #expect(asked(1, [], at: night, in: chains) == (2, ["ben"]))
    }

    @Test func `whoever is linked to the place is not asked about it, even where nobody else is left`() {
        let place = LocationID(UniqueID(high: 1, low: 1))
        var chains = EscalationChains(steps: [step("*", 1, "ana"), step("*", 2, "ben")], linked: [place: ["ana"]])
        func asked(about location: LocationID?, from step: Int = 1) -> (Int, [String]) {
            let found = chains.asked(from: step, in: [], cause: .risk, about: location, urgency: .immediate, at: day)
            return (found.step, found.asked.people)
        }
        #expect(asked(about: place) == (2, ["ben"]))
        #expect(asked(about: LocationID(UniqueID(high: 1, low: 2))) == (1, ["ana"]))
        #expect(asked(about: nil) == (1, ["ana"]))
        chains.covers = [.init(person: "ben", by: "ana", begins: day, ends: day + 60)]
        #expect(asked(about: place) == (2, []), "nor in another's place")
        chains.steps.append(step("*", 1, line: "Duty line"))
        #expect(asked(about: place, from: 1) == (1, []))
    }

    @Test func `whoever could not claim is passed over while there is somebody who could`() {
        let steps = [step("*", 1, "ana"), step("*", 2, "ben"), step("*", 3, "cleo")]
        func asked(_ step: Int, unable: [String]) -> (Int, [String]) {
            let reach = Dictionary(uniqueKeysWithValues: unable.map { ($0, [[String]]()) })
            return self.asked(step, [], .immediate, in: EscalationChains(steps: steps, reach: reach))
        }
        #expect(asked(1, unable: ["ana"]) == (2, ["ben"]))
        #expect(asked(1, unable: ["ana", "ben", "cleo"]) == (3, ["cleo"]))
        #expect(asked(3, unable: ["cleo"]) == (3, ["ben"]), "the step before, and the chain is at its end")
        #expect(asked(2, unable: ["ben", "cleo"]) == (3, ["ana"]))
        #expect(asked(3, unable: ["ana", "ben", "cleo"]) == (3, ["cleo"]))
    }

    @Test func `where the last step sleeps the one before is asked, and nobody is woken`() {
        let chains = EscalationChains(
            steps: [step("*", 1, line: "Duty line"), step("*", 2, "ana")],
            quiet: [.init(person: "ana", begins: 22 * 3_600, ends: 7 * 3_600)]
        )
        #expect(asked(2, [], at: night, in: chains) == (2, ["Duty line"]))
        #expect(asked(2, [], .immediate, at: night, in: chains) == (2, ["ana"]))
    }

    @Test func `whoever has no token that sees the alert's areas is passed over for it`() {
        let chains = EscalationChains(
            steps: [step("*", 1, "ana"), step("*", 2, "ben")],
            reach: ["ana": [["A", "B"], ["C"]], "ben": [[]]]
        )
        for (areas, person) in [(["A"], "ana"), (["X", "C"], "ana"), (["X"], "ben"), ([], "ana")] {
            #expect(asked(1, areas, in: chains).1 == [person], "\(areas)")
        }
        let found = chains.asked(from: 1, in: ["X"], cause: .unlocated, urgency: .high, at: day)
        #expect(found.asked.people == ["ana"], "what every area sees")
        #expect(chains.unable == [])
    }

    @Test func `whoever covers is asked instead, from the beginning up to the end, with quiet hours of their own`() {
        var chains = chains
        chains.covers = [.init(person: "ana", by: "finn", begins: day, ends: day + 60)]
        #expect(asked(1, ["A"], at: day - 1, in: chains) == (1, ["ana"]))
        #expect(asked(1, ["A"], at: day, in: chains) == (1, ["finn"]))
        #expect(asked(1, ["A"], at: day + 59, in: chains) == (1, ["finn"]))
        #expect(asked(1, ["A"], at: day + 60, in: chains) == (1, ["ana"]))
        chains.covers = [.init(person: "ana", by: "finn", begins: day, ends: night + 86_400)]
        #expect(asked(1, ["A"], at: night, in: chains) == (1, ["finn"]))
        for covers in [[chains.covers[0]], []] {
            chains.covers = covers + [.init(person: "ana", by: "gus", begins: day + 1, ends: day + 60)] + chains.covers
            #expect(asked(1, ["A"], at: day, in: chains) == (1, ["finn"]))
            #expect(asked(1, ["A"], at: day + 1, in: chains) == (1, ["gus"]), "of two the later")
            #expect(asked(1, ["A"], at: day + 60, in: chains) == (1, ["finn"]))
        }
    }

    @Test func `whoever covers somebody who covers is asked, and people who cover each other are still asked`() {
        func cover(_ person: String, by other: String, from begins: Int64 = 0, to ends: Int64 = 60)
            -> EscalationChains.Cover
        { .init(person: person, by: other, begins: day + begins, ends: day + ends) }
        var chains = EscalationChains(steps: [step("*", 1, "ana")])
        chains.covers = [cover("ana", by: "ben"), cover("ben", by: "cleo", from: 10, to: 20)]
        #expect(asked(1, [], at: day + 9, in: chains) == (1, ["ben"]))
        #expect(asked(1, [], at: day + 10, in: chains) == (1, ["cleo"]))
        #expect(asked(1, [], at: day + 20, in: chains) == (1, ["ben"]))
        chains.covers = [cover("ana", by: "ben"), cover("ben", by: "cleo"), cover("cleo", by: "ana")]
        #expect(asked(1, [], at: day, in: chains) == (1, ["cleo"]))
        chains.covers = [cover("ana", by: "ben"), cover("ben", by: "ana")]
        #expect(asked(1, [], at: day, in: chains) == (1, ["ben"]))
    }

    @Test func `where a later step has nobody at all the ones before it are asked, and then the common chain`() {
        let place = LocationID(UniqueID(high: 1, low: 1))
        var chains = EscalationChains(
            steps: [step("A", 1, "ana"), step("A", 2, "ben"), step("*", 1, "eve")],
            quiet: [.init(person: "ana", begins: 22 * 3_600, ends: 7 * 3_600)],
            linked: [place: ["ben"]]
        )
        func asked(_ step: Int) -> (Int, [String]) {
            let found = chains.asked(from: step, in: ["A"], cause: .risk, about: place, urgency: .high, at: night)
            return (found.step, found.asked.people)
        }
        #expect(asked(1) == (1, ["ana"]) && asked(2) == (2, ["ana"]), "asleep, but nobody else is left")
        chains.linked = [place: ["ana", "ben"]]
        #expect(asked(1) == (2, ["eve"]) && asked(2) == (2, ["eve"]))
        chains.quiet.append(.init(person: "eve", begins: 22 * 3_600, ends: 7 * 3_600))
        #expect(asked(2) == (2, ["eve"]))
        chains.steps.removeLast()
        #expect(asked(2) == (2, []))
    }

    @Test func `whom a step asks is the last member of a body, and nobody adds nothing`() {
        let asked = EscalationChains.Asked(people: ["ana"], lines: ["Duty line"])
        #expect(asked.written(into: #"{"x":1}"#) == #"{"x":1,"asked":{"people":["ana"],"lines":["Duty line"]}}"#)
        #expect(EscalationChains.Asked.nobody.written(into: #"{"x":1}"#) == #"{"x":1}"#)
        let body = asked.written(into: #"{"why":["unclaimed"]}"#)
        #expect(AlertActKind.note.body(after: body).contains(#""asked":{"#))
        for act in [AlertActKind.claim, .release, .resolve] { #expect(!act.body(after: body).contains("asked")) }
    }
}
