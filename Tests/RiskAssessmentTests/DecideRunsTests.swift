import RiskAssessment
import Safeguarding
import Testing

/// Back-files and rescoring: baselines while they run, one word at their end (design.md "Back-files").
@Suite struct `Back-files and rescoring` {
    private let template: Template
    private let red: Situation

    init() throws {
        template = try Templates.safeguarding()
        red = Situation(template, .seen("child-in-danger-now", happeningNow: true, isBackFile: true))
            .with { $0.mode = .backFile }
    }

    @Test func `a back-file publishes nothing and writes a baseline`() {
        let decision = red.decide()
        #expect(decision.publications == [])
        #expect(decision.published.band == .red)
        #expect(decision.published.announced == nil)
        #expect(decision.published.hasSeverityFour)
        #expect(decision.published.reviewDue == now + 28 * Moment.day)
    }

    @Test func `the end of the run raises a place that ended red or unrated, once`() throws {
        let ran = red.decide()
        let ended = red.after(ran).with { $0.mode = .endOfRun }
        let decision = ended.decide()
        let event = try #require(decision.publications.first)
        #expect(decision.types == [.raised])
        #expect(event.cause == .risk)
        #expect(event.urgency == .high)
        #expect(event.why == [.backFile])
        #expect(event.bandFrom == .some(nil))
        #expect(event.bandTo == .red)
        #expect(ended.after(decision).with { $0.mode = .endOfRun }.decide().publications == [])

        let unrated = Situation(template, .seen("child-in-danger-now", "2D", isBackFile: true)).with {
            $0.mode = .backFile
        }
        let atEnd = unrated.after(unrated.decide()).with { $0.mode = .endOfRun }.decide()
        #expect(atEnd.publications.first?.bandTo == .unrated)
        #expect(atEnd.publications.first?.ask == .review)
        let amber = Situation(template, .seen("shop-tick-debt", isBackFile: true)).with { $0.mode = .backFile }
        #expect(amber.after(amber.decide()).with { $0.mode = .endOfRun }.decide().publications == [])
    }

    @Test func `a place that was announced red before is not raised again at the end`() {
        let before = red.with { $0.published = .at(.red) }
        #expect(before.after(before.decide()).with { $0.mode = .endOfRun }.decide().publications == [])
    }

    @Test func `a timer in the middle of a back-file does not announce what it brought`() {
        let timed = red.with { $0.mode = .live }.decide()
        #expect(timed.publications == [])
        #expect(timed.published.band == .red)
    }

    @Test func `a live report in the middle of a back-file is announced in full`() {
        let live = red.adding(.seen("child-in-danger-now", ago: 500, report: 2)).with { $0.mode = .live }.decide()
        #expect(live.types == [.immediate])
        #expect(live.publications.first?.why.contains(.severityFive) == true)
        #expect(live.publications.first?.why.contains(.happeningNow) == false)
    }

    @Test func `a back-file's items are never late, nor do they bring a review forward`() {
        let decision = Situation(template, .seen("cash-no-id-booking", considered: true))
            .adding(.seen("shop-tick-debt", "1E", ago: 60 * Moment.day, report: 2, receivedAgo: 5, isBackFile: true))
            .with {
                $0.published = .at(.green, reviewDue: now + 100 * Moment.day); $0.mode = .backFile
            }.decide()
        #expect(decision.publications == [])
        #expect(decision.published.reviewDue == now + 100 * Moment.day)
    }

    @Test func `a fall in a back-file waits for its own time and is then announced`() {
        let fallen = Situation(template, .seen("cash-no-id-booking", isBackFile: true))
            .with {
                $0.published = .at(.amber); $0.mode = .backFile; $0.evidence.items[0].consideredFull = true
            }
        let seen = fallen.decide()
        #expect(seen.types == [])
        #expect(seen.published.band == .amber)
        #expect(seen.wakeAt == now + Moment.day)
        #expect(fallen.after(seen, later: Moment.day).with { $0.mode = .backFile }.decide().types == [.easing])
    }

    @Test func `another template's lower band is part of the new baseline, and its higher one too`() {
        let lower = Situation(template, .seen("cash-no-id-booking", considered: true))
            .with {
                $0.published = .at(.red); $0.mode = .rescoring
            }.decide()
        #expect(lower.publications == [])
        #expect(lower.published.band == .green)
        #expect(lower.published.downSince == nil)
        #expect(lower.wakeAt == now + 182 * Moment.day)
        let higher = Situation(template, .seen("child-in-danger-now", considered: true))
            .with {
                $0.published = .at(.green); $0.mode = .rescoring
            }.decide()
        #expect(higher.publications == [])
        #expect(higher.published.band == .red)
        #expect(higher.published.announced == .green)
    }

    @Test func `rescoring does not swallow a fall that was waiting already`() {
        let waiting = Situation(template, .seen("cash-no-id-booking", considered: true))
            .with {
                $0.published = .at(.red); $0.published.downSince = now - 60; $0.mode = .rescoring
            }.decide()
        #expect(waiting.published.band == .red)
        #expect(waiting.wakeAt == now - 60 + Moment.day)
    }

    @Test func `an overdue review is announced whatever is running`() {
        let overdue = red.with { $0.published = .at(.red, reviewDue: now) }.decide()
        #expect(overdue.types == [.reviewDue])
    }

    @Test func `the mode follows from the due rows taken`() {
        #expect(DecisionMode.inferred(isBackground: false, hasNewItems: true) == .live)
        #expect(DecisionMode.inferred(isBackground: true, hasNewItems: true) == .backFile)
        #expect(DecisionMode.inferred(isBackground: true, hasNewItems: false) == .rescoring)
    }

    @Test func `the summary of a run is born closed and of low urgency`() {
        let publication = template.publication(
            of: RunSummary(run: 4, area: "E05000001", bands: [.red: 2], unlocated: 0)
        )
        #expect(publication.type == .backFile)
        #expect(publication.cause == .backFile)
        #expect(publication.urgency == .low)
        #expect(publication.closes)
    }
}
