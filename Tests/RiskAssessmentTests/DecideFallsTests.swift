import RiskAssessment
import Safeguarding
import Testing

/// Rule 7 of scoring.md section 10: a band eases when it has been down for a day, and never because of new reports.
@Suite struct `Falls of a band` {
    private let template: Template
    /// A green place that is published amber.
    private let fallen: Situation

    init() throws {
        template = try Templates.safeguarding()
        fallen = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.published = .at(.amber)
            $0.open = [.risk]
        }
    }

    @Test func `a fall waits for a day and is then eased and closed`() throws {
        let seen = fallen.decide()
        #expect(seen.types == [])
        #expect(seen.published.downSince == now)
        #expect(seen.published.band == .amber)
        #expect(seen.wakeAt == now + Moment.day)

        #expect(fallen.after(seen, later: Moment.day - 1).decide().types == [])
        let eased = fallen.after(seen, later: Moment.day).decide()
        #expect(eased.types == [.easing, .closed])
        let easing = try #require(eased.publications.first)
        #expect(easing.urgency == .low)
        #expect(easing.why == [.bandDown])
        #expect(easing.ask == .none)
        #expect(easing.bandFrom == .amber)
        #expect(easing.bandTo == .green)
        #expect(!easing.closes)
        #expect(eased.publications.last?.closes == true)
        #expect(eased.publications.last?.cause == .risk)
        #expect(eased.published.band == .green)
        #expect(eased.published.downSince == nil)
        #expect(eased.published.reviewDue == now + Moment.day + 182 * Moment.day)
        #expect(fallen.after(seen, later: Moment.day + 1).decide().types == [.easing, .closed])
    }

    @Test func `a fall ends no immediate alert where people can resolve it: what it is about is not the band`() {
        for (urgency, types) in [
            (Urgency.normal, [EventType.easing, .closed]), (.high, [.easing, .closed]), (.immediate, [.easing]),
        ] {
            let down = fallen.with {
                $0.urgency = urgency
                $0.published.downSince = now - Moment.day
            }
            #expect(down.decide().types == types, "\(urgency)")
            #expect(down.with { $0.withdrew = true }.decide().types == types, "\(urgency)")
            #expect(down.decide().published.band == .green)
            #expect(down.after(down.decide(), later: 400 * Moment.day).decide().types.contains(.closed) == false)
            // In the view in which nobody can, it ends with the band.
            #expect(down.with { $0.view = .open }.decide().types == [.easing, .closed])
            let rescored = fallen.with {
                $0.urgency = urgency
                $0.mode = .rescoring
            }
            #expect(rescored.decide().types == types.filter { $0 == .closed }, "\(urgency)")
            #expect(rescored.decide().published.band == .green)
        }
    }

    @Test func `an easing with no open alert is one born closed`() {
        let closed = fallen.with {
            $0.open = []; $0.published.downSince = now - Moment.day
        }.decide()
        #expect(closed.types == [.easing])
        #expect(closed.publications.first?.closes == true)
    }

    @Test func `an alert of the open view at a green place closes when nothing was news for a day`() throws {
        let quiet = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.view = .open
            $0.published = .at(.green)
            $0.published.at = now
            $0.open = [.risk]
        }
        let standing = quiet.decide()
        #expect(standing.types == [] && standing.wakeAt == now + Moment.day)
        #expect(quiet.with { $0.at = now + Moment.day - 1 }.decide().types == [])
        let closed = quiet.with { $0.at = now + Moment.day }.decide()
        #expect(closed.types == [.closed])
        let end = try #require(closed.publications.first)
        #expect(end.cause == .risk && end.closes && end.why == [.quiet] && end.urgency == .low)
        #expect(closed.wakeAt.map { $0 > now + Moment.day } ?? true)
        for other in [
            quiet.with { $0.view = .full }, quiet.with { $0.open = [] }, quiet.with { $0.open = [.review] },
        ] { #expect(other.with { $0.at = now + Moment.day }.decide().types == []) }
    }

    @Test func `an easing to above green leaves the alert open`() {
        let amber = Situation(template, .seen("shop-tick-debt", considered: true)).with {
            $0.published = .at(.red)
            $0.published.downSince = now - Moment.day
            $0.open = [.risk]
        }
        let decision = amber.decide()
        #expect(decision.types == [.easing])
        #expect(decision.publications.first?.closes == false)
        #expect(decision.published.band == .amber)
        #expect(decision.published.reviewDue == now + 84 * Moment.day)
    }

    @Test func `a band that comes back up within the day was never down`() {
        let seen = fallen.decide()
        let back = fallen.after(seen, later: 3_600).adding(.seen("underage-sale", report: 2, considered: true)).decide()
        #expect(back.types == [])
        #expect(back.published.downSince == nil)
    }

    @Test func `a fall that goes on falling is timed from its beginning`() {
        let amber = Situation(template, .seen("shop-tick-debt", considered: true)).with { $0.published = .at(.red) }
        let seen = amber.decide()
        let later = amber.after(seen, later: Moment.day).with { $0.evidence.items[0].sign = "cash-no-id-booking" }
        #expect(later.decide().publications.first?.bandTo == .green)
    }

    @Test func `a fall by withdrawal eases at once, down to nothing if nothing is left`() {
        let withdrawn = fallen.with { $0.withdrew = true }.decide()
        #expect(withdrawn.types == [.easing, .closed])
        #expect(withdrawn.publications.first?.why == [.bandDown, .withdrawn])
        let nothing = fallen.with {
            $0.withdrew = true; $0.evidence.items = []
        }.decide()
        #expect(nothing.publications.first?.bandTo == .some(nil))
        #expect(nothing.published.band == nil)
        #expect(nothing.published.reviewDue == nil)
    }

    @Test func `a withdrawal does not cut short a fall that was waiting already`() {
        let seen = fallen.decide()
        let withdrawn = fallen.after(seen, later: 3_600).with { $0.withdrew = true }.decide()
        #expect(withdrawn.types == [])
        #expect(withdrawn.wakeAt == now + Moment.day)
    }

    @Test func `new reports that join events and so lower points ease nothing, they ask a person`() throws {
        // Two events eight hours apart, joined by a third report between them: fewer points, lower band.
        let apart = Situation(
            template,
            .seen("shop-tick-debt", ago: 100_000, report: 1, agency: "a", considered: true),
            .seen("shop-tick-debt", ago: 130_000, report: 2, agency: "b", considered: true)
        ).with {
            $0.published = .at(.amberPlus); $0.open = [.risk]
        }
        #expect(apart.assessment?.band == .amberPlus)
        let joined = apart.adding(.seen("shop-tick-debt", "3D", ago: 115_000, report: 3, agency: "c", receivedAgo: 50))
        #expect(joined.assessment?.band == .amber)

        let asked = joined.decide()
        let event = try #require(asked.publications.first)
        #expect(asked.types == [.reported])
        #expect(event.why == [.severityFour, .eventsJoined])
        #expect(event.bandTo == .amberPlus)
        #expect(asked.published.band == .amberPlus)
        #expect(asked.published.heldSince == now - 50)

        // The band is held for as long as nobody has reviewed what joined them ...
        let held = joined.after(asked, later: 3 * Moment.day)
        #expect(held.decide().types == [])
        #expect(held.decide().published.downSince == nil)
        // ... a review of older evidence does not release it ...
        let stale = held.with { $0.evidence.reviews = [.at(ago: 51, recordedAgo: -3 * Moment.day)] }.decide()
        #expect(stale.published.heldSince == now - 50)
        // ... one that saw them does, and then it eases like any other.
        let reviewed = held.with { $0.evidence.reviews = [.at(ago: 50, recordedAgo: -3 * Moment.day)] }
        let released = reviewed.decide()
        #expect(released.published.heldSince == nil)
        #expect(released.published.downSince == now + 3 * Moment.day)
        #expect(reviewed.after(released, later: Moment.day).decide().types == [.easing])
    }

    @Test func `events joined alone is a review-due of its own`() throws {
        let hour = Moment.hour
        let apart = Situation(
            template,
            .seen("cash-no-id-booking", ago: 40 * hour, report: 1, agency: "a", considered: true),
            .seen("cash-no-id-booking", ago: 32 * hour, report: 2, agency: "b", considered: true),
            .seen("cash-no-id-booking", ago: 24 * hour, report: 3, agency: "c", considered: true)
        ).with { $0.published = .at(.amber, hasSeverityFour: false) }
        #expect(apart.assessment?.band == .amber)
        let joined = apart.adding(
            .seen("cash-no-id-booking", "3D", ago: 36 * hour, report: 4, agency: "d"),
            .seen("cash-no-id-booking", "3D", ago: 28 * hour, report: 5, agency: "d")
        )
        #expect(joined.assessment?.band == .green)
        let decision = joined.decide()
        #expect(decision.types == [.reviewDue])
        let event = try #require(decision.publications.first)
        #expect(event.why == [.eventsJoined])
        #expect(event.cause == .review)
        #expect(event.urgency == .normal)
        #expect(event.ask == .review)
        #expect(decision.published.band == .amber)
        #expect(joined.after(decision).decide().publications == [])
    }

    @Test func `reports that join further events while a fall waits or is held ask again and hold it longer`() throws {
        let hour = Moment.hour
        func seen(_ hours: Int64, _ report: UInt64, _ grade: String = "1A", considered: Bool = true) -> RecordedItem {
            .seen(
                "cash-no-id-booking",
                grade,
                ago: hours * hour,
                report: report,
                agency: "a\(report % 3)",
                receivedAgo: considered ? nil : 0,
                considered: considered
            )
        }
        // Four events of two points each; published red, so the band is down already.
        let falling = Situation(template, seen(96, 1), seen(88, 2), seen(80, 3), seen(72, 4)).with {
            $0.published = .at(.red, hasSeverityFour: false)
            $0.published.downSince = now - hour
        }
        #expect(falling.assessment?.band == .amber)
        let joined = falling.adding(
            seen(92, 5, "3D", considered: false),
            seen(84, 6, "3D", considered: false),
            seen(76, 7, "3D", considered: false)
        )
        #expect(joined.assessment?.band == .green)
        let first = joined.decide()
        #expect(first.types == [.reviewDue])
        #expect(first.published.downSince == nil)
        #expect(first.published.heldSince == now)

        // Held: a further joining report asks again, and a review of the first lot does not release the second.
        let held = falling.with {
            $0.published = .at(.red, hasSeverityFour: false); $0.published.heldSince = now - 500
        }
        let again = held.adding(
            seen(92, 5, "3D", considered: false),
            seen(84, 6, "3D", considered: false),
            seen(76, 7, "3D", considered: false)
        ).decide()
        #expect(again.types == [.reviewDue])
        #expect(again.published.heldSince == now)
        #expect(held.adding(seen(30, 8, considered: false)).decide().published.heldSince == now - 500)
    }

    @Test func `a fall that would be there without the new reports is an ordinary one`() {
        let decision = fallen.adding(.seen("cash-no-id-booking", ago: 20 * Moment.day, report: 2)).decide()
        #expect(decision.types == [])
        #expect(decision.published.downSince == now)
        #expect(decision.published.heldSince == nil)
    }

    @Test func `an event while the band is down does not lower what is published`() {
        let decision = fallen.adding(.seen("underage-sale", ago: 3_600, report: 2, selfReport: true)).decide()
        #expect(decision.types == [.reported])
        #expect(decision.publications.first?.bandTo == .amber)
        #expect(decision.published.band == .amber)
        #expect(decision.published.downSince == now)
    }

    @Test func `the end of a judgement wakes the decision and eases after a day`() {
        let judged = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.published = .at(.red)
            $0.judgements = [
                Judgement(band: .red, at: now - 500, recorded: now - 500, until: now + 500, view: .full)
            ]
        }
        #expect(judged.decide().wakeAt == now + 500)
        let ended = judged.after(judged.decide(), later: 500)
        let seen = ended.decide()
        #expect(seen.published.downSince == now + 500)
        let eased = ended.after(seen, later: Moment.day).decide()
        #expect(eased.types == [.easing])
        #expect(eased.publications.first?.why == [.bandDown, .judgement])
    }

    @Test func `nothing keeps waking a place that nothing is due for`() {
        let quiet = fallen.with { $0.published = .at(.green, hasSeverityFour: false, reviewDue: now + 5) }
        #expect(quiet.decide().wakeAt == now + 5)
        let overdue = quiet.after(quiet.decide(), later: 5).decide()
        #expect(overdue.types == [.reviewDue])
        #expect(quiet.after(overdue, later: 6).decide().wakeAt == nil)
    }
}
