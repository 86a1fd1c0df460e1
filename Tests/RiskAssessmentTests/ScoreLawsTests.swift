import RiskAssessment
import Safeguarding
import TestSupport
import Testing

/// The laws of scoring.md section 11, over random histories.
///
/// A failure names the seed that gives it again.
@Suite struct `Laws of the score` {
    private static let seeds: [UInt64] = (0..<300).map { 0x5AFE_0000 + $0 }
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    private func isSameButExplanation(_ a: Assessment?, _ b: Assessment?) -> Bool {
        guard var a, var b else { return a == nil && b == nil }
        a.explanation = Explanation(events: [], notCounted: [], caps: [], controls: [])
        b.explanation = a.explanation
        return a == b
    }

    @Test(arguments: seeds)
    func `1: a further scored item that joins no two events never lowers anything`(seed: UInt64) throws {
        var history = RandomHistory(seed: seed, template)
        let before = history.evidence()
        let added = history.report(near: before.items.last).filter { item in
            let isProtective = template.sign(item.sign)?.isProtective ?? true
            return !isProtective && !item.selfReport && item.grade.information != .e && item.observed <= now
                && item.received <= now
        }
        guard let added = added.first, let first = template.assess(before, at: now) else { return }
        let second = try #require(template.assess(before.adding(added), at: now))
        // An item that joins events makes them fewer; what it joins to one it makes no more.
        guard second.events >= first.events else { return }
        #expect(second.points >= first.points, "seed \(seed)")
        #expect(second.likelihood >= first.likelihood, "seed \(seed)")
        #expect(second.severity >= first.severity, "seed \(seed)")
        #expect(second.inherent >= first.inherent, "seed \(seed)")
        #expect(second.residual >= first.residual, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `2: self-reports, protective signs and E items change no number once anything is assessed`(
        seed: UInt64
    ) throws {
        var history = RandomHistory(seed: seed, template)
        let before = history.evidence()
        guard let first = template.assess(before, at: now) else { return }
        var additions: [RecordedItem] = []
        if let item = history.lone({ $0.selfReport = true }) { additions.append(item) }
        if let item = history.lone({ $0.sign = "young-person-says-safe" }) { additions.append(item) }
        if let item = history.lone({ $0.grade = Grade(source: .reliable, information: .e) }) { additions.append(item) }
        for item in additions {
            let second = try #require(template.assess(before.adding(item), at: now))
            #expect(second.points == first.points, "seed \(seed)")
            #expect(second.likelihood == first.likelihood, "seed \(seed)")
            #expect(second.severity == first.severity, "seed \(seed)")
            #expect(second.controlCredit == first.controlCredit, "seed \(seed)")
            #expect(second.residualLikelihood == first.residualLikelihood, "seed \(seed)")
            #expect(second.residual == first.residual, "seed \(seed)")
            #expect(second.trend == first.trend, "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func `3: a further control never raises residual, and a failed one never lowers it`(seed: UInt64) throws {
        var history = RandomHistory(seed: seed, template)
        let before = history.evidence()
        guard let first = template.assess(before, at: now) else { return }
        for state in ControlState.allCases {
            for age in [0, 365 * Moment.day - 1, 365 * Moment.day] {
                let control = Control.of("incident-and-refusal-log", state, ago: age)
                let second = try #require(template.assess(before.with(controls: [control]), at: now))
                if state == .failed {
                    #expect(second.residual >= first.residual, "seed \(seed)")
                } else {
                    #expect(second.residual <= first.residual, "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: seeds)
    func `4: with no new input and no observed reached, points never rise`(seed: UInt64) throws {
        var history = RandomHistory(seed: seed, template)
        var evidence = history.evidence()
        evidence.items.removeAll { $0.observed > now || $0.received > now }
        var points = template.assess(evidence, at: now)?.points
        var moment = now
        while let next = template.nextChange(of: evidence, after: moment) {
            let later = template.assess(evidence, at: next)?.points
            if let before = points, let later { #expect(later <= before, "seed \(seed)") }
            points = later
            moment = next
        }
    }

    @Test(arguments: seeds)
    func `5: neither the order of items nor how they came changes anything`(seed: UInt64) {
        var history = RandomHistory(seed: seed, template)
        let evidence = history.evidence()
        var generator = SeededGenerator(seed: seed)
        var other = evidence
        other.items.shuffle(using: &generator)
        other.controls.shuffle(using: &generator)
        other.reviews.shuffle(using: &generator)
        #expect(template.assess(evidence, at: now) == template.assess(other, at: now), "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `6: the explanation adds up and names every known item once`(seed: UInt64) {
        var history = RandomHistory(seed: seed, template)
        let evidence = history.evidence()
        guard let assessment = template.assess(evidence, at: now) else { return }
        let explanation = assessment.explanation
        #expect(explanation.events.map(\.points.units).reduce(0, +) == assessment.points.units, "seed \(seed)")
        for event in explanation.events {
            let counted = event.items.map(\.counted.units).reduce(0, +)
            #expect(counted - event.cappedBy.units == event.points.units, "seed \(seed)")
        }
        for item in explanation.events.flatMap(\.items) {
            let product =
                item.severity * item.sourceFactor * item.informationFactor * item.attributionFactor * item.ageFactor
            #expect(Int64(product) * 100 == item.itemPoints.units, "seed \(seed)")
        }
        let credit = explanation.controls.map(\.credit).reduce(0, +)
        #expect(credit == assessment.controlCredit, "seed \(seed)")
        let named =
            explanation.events.flatMap(\.items).map { "\($0.report) \($0.sign)" }
            + explanation.notCounted.map { "\($0.report) \($0.sign)" }
        let known = evidence.items.filter { $0.observed <= now && $0.received <= now }.map { "\($0.report) \($0.sign)" }
        #expect(named.sorted() == known.sorted(), "seed \(seed)")
        #expect(assessment.inWindow == explanation.events.flatMap(\.items).count, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `7: withdrawing what was added restores the result exactly`(seed: UInt64) {
        var history = RandomHistory(seed: seed, template)
        let before = history.evidence()
        let first = template.assess(before, at: now)
        var after = before
        let added = history.report(near: before.items.first)
        after.items.insert(contentsOf: added, at: before.items.count / 2)
        _ = template.assess(after, at: now)
        after.items.removeAll { item in added.contains { $0.version == item.version } }
        #expect(template.assess(after, at: now) == first, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `8: nothing changes strictly between now and the next change`(seed: UInt64) throws {
        var history = RandomHistory(seed: seed, template)
        var evidence = history.evidence()
        evidence.items.removeAll { $0.received > now }
        var generator = SeededGenerator(seed: seed)
        var moment = now
        for _ in 0..<6 {
            guard let next = template.nextChange(of: evidence, after: moment) else { break }
            #expect(next > moment, "seed \(seed)")
            let here = template.assess(evidence, at: moment)
            let between = [next - 1, moment + Int64.random(in: 0..<(next - moment), using: &generator)]
            for var other in between.map({ template.assess(evidence, at: $0) }) {
                other?.at = moment
                #expect(other == here, "seed \(seed)")
            }
            moment = next
        }
        // Past the last change nothing ever moves again.
        if template.nextChange(of: evidence, after: moment) == nil {
            var much = template.assess(evidence, at: moment + 400_000_000)
            much?.at = moment
            #expect(much == template.assess(evidence, at: moment), "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func `9: items of other compartments change nothing of the open view`(seed: UInt64) {
        var history = RandomHistory(seed: seed, template)
        let open = history.evidence()
        var all = open
        for compartment in [Compartment.statutoryOnly, .policeIntel, .lado] {
            all.items += history.report(near: open.items.last).map { item in
                var item = item
                item.compartment = compartment
                return item
            }
        }
        var seen = all
        seen.items.removeAll { !$0.belongs(to: .open) }
        #expect(template.assess(seen, at: now) == template.assess(open, at: now), "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `the explanation may be left out without changing a number`(seed: UInt64) {
        var history = RandomHistory(seed: seed, template)
        let evidence = history.evidence()
        let whole = template.assess(evidence, at: now)
        let bare = template.assess(evidence, at: now, explaining: false)
        #expect(isSameButExplanation(whole, bare), "seed \(seed)")
        #expect(bare?.explanation.events.isEmpty ?? true)
    }
}
