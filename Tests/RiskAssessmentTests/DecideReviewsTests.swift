import RiskAssessment
import Safeguarding
import Testing

/// When reviews fall due, are announced and answered (scoring.md section 10).
@Suite struct `Reviews due` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    /// Evidence at each band.
    private func place(_ band: Band, considered: Bool = false) -> Situation {
        switch band {
        case .green: Situation(template, .seen("cash-no-id-booking", considered: considered))
        case .amber:
            Situation(
                template,
                .seen("underage-sale", "1A", considered: considered),
                .seen("underage-sale", ago: 20 * Moment.day, report: 2, agency: "b", considered: considered)
            )
        case .amberPlus:
            Situation(
                template,
                .seen("shop-tick-debt", agency: "a", considered: considered),
                .seen("adult-controls-child", ago: 20 * Moment.day, report: 2, agency: "b", considered: considered)
            )
        case .red: Situation(template, .seen("child-in-danger-now", considered: considered))
        case .unrated: Situation(template, .seen("child-in-danger-now", "2D", considered: considered))
        }
    }

    @Test(arguments: [(Band.amberPlus, 28), (.amber, 84), (.green, 182), (.red, 28)] as [(Band, Int64)])
    func `a band is due after its period from publication`(band: Band, days: Int64) {
        let decision = place(band).decide()
        #expect(decision.published.band == band)
        #expect(decision.published.reviewDue == now + days * Moment.day)
    }

    @Test func `amber-plus without a new severity 4 is due after 56 days`() {
        let decision = place(.amberPlus, considered: true).with { $0.published = .at(.amber, reviewDue: nil) }.decide()
        #expect(decision.types == [.rising])
        #expect(decision.published.reviewDue == now + 56 * Moment.day)
    }

    @Test func `red is due at the next meeting where that is earlier`() {
        for (meeting, due) in [(27, 27), (28, 28), (29, 28), (0, 28), (-1, 28)] as [(Int64, Int64)] {
            let decision = place(.red).with { $0.nextMeeting = now + meeting * Moment.day }.decide()
            #expect(decision.published.reviewDue == now + due * Moment.day, "meeting in \(meeting) days")
        }
    }

    @Test func `a meeting put in later brings a red review forward, and no other`() {
        let red = place(.red, considered: true).with {
            $0.published = .at(.red)
            $0.nextMeeting = now + 3 * Moment.day
        }
        #expect(red.decide().published.reviewDue == now + 3 * Moment.day)
        let amber = place(.amber, considered: true).with {
            $0.published = .at(.amber)
            $0.nextMeeting = now + 3 * Moment.day
        }
        #expect(amber.decide().published.reviewDue == now + 20 * Moment.day)
    }

    @Test func `unrated is due at the same time on the next working day`() {
        // now is Monday 15:13 in London.
        let friday = place(.unrated).with { $0.at = now + 4 * Moment.day }
        #expect(friday.decide().published.reviewDue == now + 7 * Moment.day)
        let saturday = place(.unrated).with { $0.at = now + 5 * Moment.day }
        let mondayOpening = now + 7 * Moment.day - (15 - 8) * Moment.hour - 13 * Moment.minute - 20
        #expect(saturday.decide().published.reviewDue == mondayOpening + Moment.day)
        let holiday = place(.unrated).with {
            $0.workingTime = WorkingTime(holidays: [London.date(at: now).adding(days: 1)])
        }
        #expect(holiday.decide().published.reviewDue == now + 2 * Moment.day)
    }

    @Test func `a new item of severity 4 brings a review forward, one of severity 3 does not`() {
        let amber = place(.amber, considered: true).with {
            $0.published = .at(.amber, reviewDue: now + 80 * Moment.day)
        }
        #expect(amber.decide().published.reviewDue == now + 80 * Moment.day)
        let three = amber.adding(.seen("underage-sale", "1E", report: 9)).decide()
        #expect(three.published.reviewDue == now + 80 * Moment.day)
        let four = amber.adding(.seen("shop-tick-debt", "1E", report: 9)).decide()
        #expect(four.published.reviewDue == now + 28 * Moment.day)
        let meeting = amber.adding(.seen("shop-tick-debt", "1E", report: 9)).with { $0.nextMeeting = now + 50 }
        #expect(meeting.decide().published.reviewDue == now + 50)
    }

    @Test func `further events and rises never move a pending review away`() {
        let red = place(.red).with { $0.published = .at(.amber, reviewDue: now + 2 * Moment.day) }.decide()
        #expect(red.types == [.immediate])
        #expect(red.published.reviewDue == now + 2 * Moment.day)
        let again = place(.red, considered: true).adding(.seen("child-in-danger-now", ago: 500, report: 9))
            .with { $0.published = .at(.red, reviewDue: now + 2 * Moment.day) }.decide()
        #expect(again.types == [.immediate])
        #expect(again.published.reviewDue == now + 2 * Moment.day)
    }

    @Test func `a review falling overdue is an alert of its own, once`() throws {
        let due = place(.amber, considered: true).with { $0.published = .at(.amber, reviewDue: now) }
        #expect(due.with { $0.at = now - 1 }.decide().types == [])
        let overdue = due.decide()
        let event = try #require(overdue.publications.first)
        #expect(overdue.types == [.reviewDue])
        #expect(event.cause == .review)
        #expect(event.urgency == .normal)
        #expect(event.why == [.reviewOverdue])
        #expect(event.ask == .review)
        #expect(overdue.published.overdueAnnounced == now)
        #expect(due.after(overdue, later: 10 * Moment.day).decide().types == [])
    }

    /// An amber or red place whose overdue review was announced a day ago.
    private func overdue(_ band: Band, _ open: Set<AlertCause>) -> Situation {
        place(band, considered: true).with {
            $0.published = .at(band, reviewDue: now - Moment.day)
            $0.published.overdueAnnounced = now - Moment.day
            $0.open = open
        }
    }

    @Test(arguments: [(Band.amber, 84), (.amberPlus, 56), (.green, 182), (.red, 28)] as [(Band, Int64)])
    func `where the alert of an overdue review has ended without one the period begins again, once`(
        band: Band,
        days: Int64
    ) {
        let resolved = overdue(band, [])
        let next = resolved.decide()
        #expect(next.types == [] && next.published.reviewDue == now + days * Moment.day)
        #expect(next.wakeAt == now + days * Moment.day)
        let later = resolved.after(next, later: days * Moment.day - 1)
        #expect(later.decide().published.reviewDue == now + days * Moment.day)
        #expect(later.with { $0.at = now + days * Moment.day }.decide().types == [.reviewDue])
        #expect(overdue(band, [.review]).decide().published.reviewDue == now - Moment.day)
    }

    @Test
    func `where the alert of an overdue review has ended without one, a new item of severity 4 asks for the next`() {
        for (open, due) in [([], 28 * Moment.day), ([.review], -Moment.day)] as [(Set<AlertCause>, Int64)] {
            let four = overdue(.amber, open).adding(.seen("shop-tick-debt", "1E", report: 9)).decide()
            #expect(four.published.reviewDue == now + due)
            #expect(!four.types.contains(.reviewDue))
        }
        let four = overdue(.amber, []).adding(.seen("shop-tick-debt", "1E", report: 9))
        #expect(four.after(four.decide(), later: 28 * Moment.day).decide().types == [.reviewDue])
    }

    @Test func `a red place whose overdue review has ended without one is due at the next meeting`() {
        for (open, due) in [([], 3 * Moment.day), ([.review], -Moment.day)] as [(Set<AlertCause>, Int64)] {
            let red = overdue(.red, open).with { $0.nextMeeting = now + 3 * Moment.day }
            let decision = red.decide()
            #expect(decision.types == [])
            #expect(decision.published.reviewDue == now + due)
            let later = red.after(decision, later: 3 * Moment.day).with { $0.nextMeeting = nil }.decide()
            #expect(later.types == (open.isEmpty ? [.reviewDue] : []))
        }
    }

    @Test func `where every report is gone the alert that asks for a review is closed, in either view`() throws {
        for view in [View.full, .open] {
            let gone = Situation(template).with {
                $0.view = view
                $0.published = .at(.unrated)
                $0.open = [.review]
                $0.withdrew = true
            }
            let decision = gone.decide()
            #expect(decision.types == [.easing, .closed])
            let event = try #require(decision.publications.last)
            #expect(event.cause == .review && event.closes && event.bandTo == nil && event.ask == .none)
            #expect(gone.after(decision, later: 5).decide().types == [])
        }
        let judged = Situation(template).with {
            $0.published = .at(.unrated)
            $0.open = [.review]
            $0.judgements = [Judgement(band: .amber, at: now - 5, recorded: now - 5, until: now + 5, view: .full)]
        }
        #expect(
            !judged.decide().publications.contains { $0.cause == .review },
            "a place that people judge is not nothing"
        )
    }

    @Test func `an unrated place whose old review was overdue is due again`() {
        let overdue = place(.unrated).with {
            $0.published = .at(.amber, reviewDue: now - Moment.day)
            $0.published.overdueAnnounced = now - Moment.day
        }
        #expect(overdue.decide().published.reviewDue == now + Moment.day)
    }

    @Test func `a recorded review answers the alert and starts the period again`() throws {
        let reviewed = place(.amber, considered: true).with {
            $0.published = .at(.amber, reviewDue: now - Moment.day)
            $0.published.overdueAnnounced = now - Moment.day
            $0.open = [.review, .risk]
            $0.evidence.reviews = [.at(ago: 9 * Moment.day, recordedAgo: 3_600)]
        }
        let decision = reviewed.decide()
        #expect(decision.types == [.closed])
        let event = try #require(decision.publications.first)
        #expect(event.cause == .review)
        #expect(event.why == [.reviewRecorded])
        #expect(event.closes)
        #expect(event.urgency == .low)
        // Counted from the recording: `at` only says which evidence was seen.
        #expect(decision.published.reviewDue == now - 3_600 + 84 * Moment.day)
        #expect(decision.published.answeredReview == now - 3_600)
        #expect(reviewed.after(decision, later: 5).decide().publications == [])
    }

    @Test func `a review with no alert open only starts the period again`() {
        let decision = place(.amber, considered: true).with {
            $0.published = .at(.amber)
            $0.evidence.reviews = [.at(ago: 60)]
        }.decide()
        #expect(decision.types == [])
        #expect(decision.published.reviewDue == now - 60 + 84 * Moment.day)
    }

    @Test func `a review of the other view answers nothing here`() {
        let decision = place(.amber, considered: true).with {
            $0.published = .at(.amber)
            $0.open = [.review]
            $0.evidence.reviews = [.at(ago: 60, view: .open)]
        }.decide()
        #expect(decision.types == [])
        #expect(decision.published.reviewDue == now + 20 * Moment.day)
    }

    @Test func `a review that saw less than what made the place unrated answers nothing`() {
        let stale = place(.unrated, considered: true).with {
            $0.published = .at(.unrated)
            $0.open = [.review]
            $0.evidence.reviews = [.at(ago: 30 * Moment.day, recordedAgo: 10)]
        }
        #expect(stale.decide().types == [])
        let fresh = stale.with { $0.evidence.reviews = [.at(ago: 0)] }.decide()
        #expect(fresh.types == [.closed, .easing])
        #expect(fresh.published.band == .green)
        #expect(fresh.published.reviewDue == now + 182 * Moment.day)
    }

    @Test func `an answered review comes before the event, a close after it, an overdue review last`() {
        let place = place(.amber, considered: true).with {
            $0.published = .at(.red, reviewDue: now - 5)
            $0.published.downSince = now - Moment.day
            $0.open = [.risk]
        }
        #expect(place.decide().types == [.easing])
        let green = self.place(.green, considered: true).with {
            $0.published = .at(.amber, reviewDue: now - 5)
            $0.published.downSince = now - Moment.day
            $0.open = [.risk, .review]
            $0.evidence.reviews = [.at(ago: 20)]
        }
        #expect(green.decide().types == [.closed, .easing, .closed])
    }
}
