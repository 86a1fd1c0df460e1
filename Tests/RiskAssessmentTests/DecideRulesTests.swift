import RiskAssessment
import Safeguarding
import Testing

/// scoring.md section 10, rule by rule: the first that holds is the type, `why` lists all that hold.
@Suite struct `Decision rules` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    // MARK: Rule 1

    @Test func `severity 5 in a trusted grade is immediate, a doubtful or false one is not`() throws {
        for (grade, isImmediate) in [("1A", true), ("3B", true), ("2C", true), ("1D", false), ("1E", false)] {
            let decision = Situation(template, .seen("child-discloses-harm-at-place", grade)).decide()
            #expect((decision.types.first == .immediate) == isImmediate, "grade \(grade)")
        }
        let four = Situation(template, .seen("shop-tick-debt", "1A")).decide()
        #expect(four.types.first != .immediate)
    }

    @Test func `immediate lists everything else that holds`() throws {
        let decision = Situation(template, .seen("child-in-danger-now", happeningNow: true)).decide()
        let event = try #require(decision.publications.first)
        #expect(decision.publications.count == 1)
        #expect(event.type == .immediate)
        #expect(event.cause == .risk)
        #expect(event.urgency == .immediate)
        #expect(event.ask == .actNow)
        #expect(event.why == [.happeningNow, .severityFive, .bandUp, .firstSeverityFour])
        #expect(event.bandFrom == nil)
        #expect(event.bandTo == .red)
        #expect(!event.closes)
        #expect(decision.published.band == .red)
        #expect(decision.published.announced == .red)
        #expect(decision.published.hasSeverityFour)
        #expect(decision.published.at == now)
    }

    @Test func `happening now is immediate whatever the sign, the grade or who reports it`() {
        for item in [
            RecordedItem.seen("cash-no-id-booking", "2D", happeningNow: true),
            .seen("cash-no-id-booking", "2E", happeningNow: true),
            .seen("cash-no-id-booking", selfReport: true, happeningNow: true),
            .seen("a-sign-of-another-template", happeningNow: true),
        ] {
            #expect(Situation(template, item).decide().types == [.immediate])
        }
        #expect(Situation(template, .seen("young-person-says-safe", happeningNow: true)).decide().types == [])
    }

    @Test func `a business that reports severity 5 on itself is immediate`() {
        #expect(Situation(template, .seen("child-in-danger-now", selfReport: true)).decide().types == [.immediate])
    }

    @Test func `what a decision has considered is not new`() {
        let seen = Situation(template, .seen("child-in-danger-now", happeningNow: true, considered: true))
        #expect(seen.with { $0.published = .at(.red) }.decide().types == [])
    }

    @Test func `what only restricted items say is told as restricted`() throws {
        let alone = Situation(template, .seen("child-in-danger-now", happeningNow: true, compartment: .policeIntel))
            .decide()
        #expect(alone.publications.first?.why == [.restricted, .bandUp])
        let staff = Situation(template, .seen("staff-inappropriate-contact", compartment: .lado)).decide()
        #expect(staff.publications.first?.type == .immediate)
        #expect(staff.publications.first?.why == [.restricted, .bandUp])
        let both = Situation(
            template,
            .seen("child-in-danger-now", compartment: .policeIntel),
            .seen("child-in-danger-now", ago: 20 * Moment.day, report: 2)
        ).decide()
        #expect(both.publications.first?.why == [.restricted, .severityFive, .bandUp, .firstSeverityFour])
    }

    // MARK: Rules 2, 3 and 4

    @Test func `up from nothing or green to above green is raised, and further up rising`() throws {
        let amber = Situation(template, .seen("shop-tick-debt"))
        #expect(amber.decide().types == [.raised])
        let fromGreen = amber.with { $0.published = .at(.green) }.decide()
        #expect(fromGreen.types == [.raised])
        #expect(fromGreen.publications.first?.why == [.bandUp])
        #expect(fromGreen.publications.first?.urgency == .normal)
        let plus = amber.adding(
            .seen("adult-controls-child", ago: 20 * Moment.day, report: 2, agency: "b", considered: true)
        )
        let rising = plus.with { $0.published = .at(.amber) }.decide()
        #expect(rising.types == [.rising])
        #expect(rising.publications.first?.bandTo == .amberPlus)
    }

    @Test func `up to red is of high urgency`() {
        let red = Situation(
            template,
            .seen("shop-tick-debt", report: 1, agency: "a"),
            .seen("adult-controls-child", ago: 20 * Moment.day, report: 2, agency: "b"),
            .seen("repeat-missing-link", ago: 30 * Moment.day, report: 3, agency: "c")
        )
        #expect(red.with { $0.published = .at(.amber) }.decide().publications.first?.urgency == .high)
    }

    @Test func `nothing to green is a baseline and no alert`() {
        let decision = Situation(template, .seen("cash-no-id-booking")).decide()
        #expect(decision.publications == [])
        #expect(decision.published.band == .green)
        #expect(decision.published.at == now)
        #expect(decision.published.announced == nil)
        #expect(decision.published.reviewDue == now + 182 * Moment.day)
    }

    @Test func `the first severity 4 raises a place whose band stays`() {
        let doubtful = Situation(template, .seen("shop-tick-debt", "2D", ago: 20 * Moment.day))
        let first = doubtful.with { $0.published = .at(.green, hasSeverityFour: false) }.decide()
        #expect(first.types == [.raised])
        #expect(first.publications.first?.why == [.firstSeverityFour])
        #expect(first.publications.first?.urgency == .high)
        #expect(first.publications.first?.bandFrom == .green)
        #expect(first.publications.first?.bandTo == .green)
        let third = Situation(template, .seen("underage-sale", "2D"))
            .with { $0.published = .at(.green, hasSeverityFour: false) }.decide()
        #expect(third.types == [])
    }

    @Test func `the first severity 4 from restricted items alone is told as restricted`() {
        let decision = Situation(template, .seen("shop-tick-debt", "2D", compartment: .policeIntel))
            .with { $0.published = .at(.green, hasSeverityFour: false) }.decide()
        #expect(decision.publications.first?.why == [.restricted])
    }

    // MARK: Rule 5

    @Test func `becoming unrated asks for a review within a working day`() throws {
        let decision = Situation(template, .seen("child-in-danger-now", "2D", ago: 3_600))
            .with { $0.published = .at(.amber) }.decide()
        let event = try #require(decision.publications.first)
        #expect(event.type == .reviewDue)
        #expect(event.cause == .review)
        #expect(event.urgency == .high)
        #expect(event.ask == .review)
        #expect(event.why == [.becameUnrated, .possibleFive])
        #expect(event.bandTo == .unrated)
        // Monday 15:13 to Tuesday 15:13.
        #expect(decision.published.reviewDue == now + Moment.day)
        #expect(decision.wakeAt == now + Moment.day)
    }

    @Test func `an unknown place that becomes unrated is raised, since severity 4 is new there`() {
        let decision = Situation(template, .seen("child-in-danger-now", "2D")).decide()
        #expect(decision.types == [.raised])
        #expect(decision.publications.first?.why == [.firstSeverityFour, .becameUnrated, .possibleFive])
        #expect(decision.publications.first?.ask == .review)
    }

    @Test func `a further doubtful severity 5 while unrated is announced again`() {
        let first = Situation(template, .seen("child-in-danger-now", "2D", ago: 3_600, considered: true))
            .with { $0.published = .at(.unrated) }
        #expect(first.decide().types == [])
        let second = first.adding(.seen("child-in-danger-now", "2D", ago: 1_800, report: 2)).decide()
        #expect(second.types == [.reviewDue])
        #expect(second.publications.first?.why == [.possibleFive])
    }

    @Test func `from unrated to above green is raised, to green an easing without a wait`() {
        let reviewed = Review.at(ago: 0)
        let up = Situation(template, .seen("shop-tick-debt", considered: true))
            .with {
                $0.published = .at(.unrated); $0.evidence.reviews = [reviewed]
            }.decide()
        #expect(up.types == [.raised])
        let down = Situation(template, .seen("child-in-danger-now", "2D", considered: true))
            .with {
                $0.published = .at(.unrated); $0.evidence.reviews = [reviewed]
            }.decide()
        #expect(down.types == [.easing])
        #expect(down.publications.first?.why == [.bandDown])
        #expect(down.published.band == .green)
    }

    // MARK: Rule 6

    @Test func `an unscored item from severity 3 on is reported`() {
        for (sign, grade, isSelf, urgency) in [
            ("underage-sale", "1A", true, Urgency.normal), ("shop-tick-debt", "1A", true, .high),
            ("underage-sale", "1E", false, .normal),
        ] as [(String, String, Bool, Urgency)] {
            let decision = Situation(template, .seen("cash-no-id-booking", considered: true))
                .adding(.seen(sign, grade, report: 2, selfReport: isSelf))
                .with { $0.published = .at(.green) }.decide()
            #expect(decision.types == [.reported], "\(sign) \(grade)")
            #expect(decision.publications.first?.why == [.unscoredReport])
            #expect(decision.publications.first?.urgency == urgency)
        }
        let two = Situation(template, .seen("cash-no-id-booking", selfReport: true)).with { $0.published = .at(.green) }
        #expect(two.decide().types == [])
    }

    @Test func `a scored severity 4 that nothing above announced is reported with high urgency`() {
        let amber = Situation(template, .seen("shop-tick-debt", considered: true))
            .adding(.seen("shop-tick-debt", ago: 10 * Moment.day + 60, report: 2))
        let decision = amber.with { $0.published = .at(.amber) }.decide()
        #expect(decision.types == [.reported])
        #expect(decision.publications.first?.why == [.severityFour])
        #expect(decision.publications.first?.urgency == .high)
        let announced = amber.with { $0.published = .at(.green) }.decide()
        #expect(announced.publications.first?.why == [.bandUp])
    }

    @Test func `an unscored severity 3 beside an announced severity 4 does not lift the urgency`() {
        let decision = Situation(
            template,
            .seen("shop-tick-debt"),
            .seen("underage-sale", report: 2, selfReport: true)
        ).with { $0.published = .at(.green) }.decide()
        #expect(decision.publications.first?.why == [.bandUp, .unscoredReport])
        #expect(decision.publications.first?.urgency == .normal)
    }

    // MARK: Late, judgements

    @Test func `an item observed more than seven days before its receipt is late`() {
        for (delay, isLate) in [(7 * Moment.day, false), (7 * Moment.day + 1, true)] {
            let decision = Situation(template, .seen("shop-tick-debt", ago: delay + 100, receivedAgo: 100)).decide()
            #expect(decision.publications.first?.why.contains(.late) == isLate)
        }
    }

    @Test func `a judgement raises the band in effect while it is in force, and never lowers it`() throws {
        let judged = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.published = .at(.green)
            $0.judgements = [Judgement(band: .red, at: now, recorded: now, until: now + 1_000, view: .open)]
        }
        let decision = judged.decide()
        #expect(decision.types == [.raised])
        #expect(decision.publications.first?.why == [.bandUp, .judgement])
        #expect(decision.published.band == .red)
        #expect(decision.wakeAt == now + 1_000)
        let low = Situation(template, .seen("child-in-danger-now", considered: true)).with {
            $0.published = .at(.red)
            $0.judgements = [Judgement(band: .green, at: now, recorded: now, until: now + 1_000, view: .open)]
        }
        #expect(low.decide().types == [])
    }

    @Test func `a judgement of the full view does not reach the open one`() {
        let judgement = Judgement(band: .red, at: now, recorded: now, until: now + 1_000, view: .full)
        let place = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.published = .at(.green)
            $0.judgements = [judgement]
        }
        #expect(place.with { $0.view = .open }.decide().types == [])
        #expect(place.with { $0.view = .open }.decide().wakeAt == now + 20 * Moment.day)
        #expect(place.decide().types == [.raised])
    }

    @Test func `a place the machine knows nothing of keeps a person's rating`() {
        let judgement = Judgement(band: .amber, at: now, recorded: now, until: now + 1_000, view: .open)
        let decision = Situation(template).with { $0.judgements = [judgement] }.decide()
        #expect(decision.types == [.raised])
        #expect(decision.published.band == .amber)
    }

    @Test func `the same input gives the same decision`() {
        let place = Situation(template, .seen("child-in-danger-now"))
        #expect(place.decide() == place.decide())
        #expect(place.after(place.decide()).decide().publications == [])
    }
}
