import RiskAssessment
import Safeguarding
import TestSupport
import Testing

/// A burst of reports about one place is told once, and no report of it is lost or waits for longer than the template says.
@Suite struct `Bursts of reports` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    /// The shipped span.
    private static let span = 15 * Moment.minute

    /// Red, its alert open and told just now.
    private var told: Situation {
        Situation(
            template,
            .seen("shop-tick-debt", report: 1, agency: "a", considered: true),
            .seen("adult-controls-child", ago: 20 * Moment.day, report: 2, agency: "b", considered: true),
            .seen("repeat-missing-link", ago: 30 * Moment.day, report: 3, agency: "c", considered: true)
        ).with {
            $0.published = .at(.red)
            $0.published.told = .init(at: now, urgency: .high)
            $0.open = [.risk]
        }
    }

    /// A report of severity 4, received and observed some seconds after `now`.
    private func grave(_ report: UInt64, after seconds: Int64, _ grade: String = "1A") -> RecordedItem {
        .seen("shop-tick-debt", grade, ago: -seconds, report: report, agency: "a").justReported()
    }

    /// A business on itself: unscored, severity 3.
    private func own(_ report: UInt64, after seconds: Int64) -> RecordedItem {
        .seen("underage-sale", ago: -seconds, report: report, agency: "d", selfReport: true).justReported()
    }

    // MARK: What waits

    @Test func `a further report waits until the span after the last event is over, and is told then`() throws {
        let reported = told.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        let held = reported.decide()
        #expect(held.publications == [])
        #expect(held.held == [4])
        #expect(held.wakeAt == now + Self.span)
        let waiting = reported.after(held, later: Self.span - 61)
        #expect(waiting.decide().publications == [])
        #expect(waiting.decide().wakeAt == now + Self.span)
        let due = waiting.with { $0.at = now + Self.span }
        let event = try #require(due.decide().publications.first)
        #expect(due.decide().types == [.reported])
        #expect(event.cause == .risk && event.urgency == .high && event.ask == .decide && event.why == [.severityFour])
        #expect(due.decide().held == [])
        #expect(due.decide().published.told == .init(at: now + Self.span, urgency: .high))
        #expect(due.after(due.decide(), later: 1).decide().publications == [])
    }

    @Test func `at the end of the span a new report is told at once`() {
        for (second, types) in [(Self.span - 1, []), (Self.span, [EventType.reported]), (Self.span + 1, [.reported])] {
            let reported = told.adding(grave(4, after: second)).with { $0.at = now + second }
            #expect(reported.decide().types == types, "\(second)")
        }
    }

    @Test func `what waited is told as if it had come together`() throws {
        var place = told
        let reports = [own(4, after: 10), grave(5, after: 100), own(6, after: 400), grave(7, after: 899)]
        for report in reports {
            place = place.adding(report).with { $0.at = report.received }
            let decision = place.decide()
            #expect(decision.publications == [])
            place = place.after(decision)
        }
        let apart = place.with { $0.at = now + Self.span }.decide()
        let together = told.with {
            $0.evidence.items += reports
            $0.at = now + Self.span
        }.decide()
        #expect(apart.publications == together.publications)
        #expect(apart.publications.map(\.why) == [[.unscoredReport, .severityFour]])
    }

    @Test func `each view waits for itself`() {
        let open = told.adding(grave(4, after: 60)).with {
            $0.at = now + 60; $0.view = .open
        }
        #expect(open.decide().publications == [])
        #expect(open.with { $0.published.told = nil }.decide().types == [.reported])
    }

    // MARK: What does not

    @Test func `what is more urgent than what was last told is told at once, however urgent the alert is`() {
        let normal = told.with { $0.published.told = .init(at: now, urgency: .normal) }
        #expect(normal.adding(own(4, after: 60)).with { $0.at = now + 60 }.decide().types == [])
        let high = normal.adding(grave(4, after: 60)).with { $0.at = now + 60 }.decide()
        #expect(high.types == [.reported] && high.publications.first?.urgency == .high)
    }

    @Test func `immediate is told at once, and tells of what waited`() throws {
        let held = told.adding(own(4, after: 60)).with { $0.at = now + 60 }
        let now5 = held.after(held.decide(), later: 60).adding(
            .seen("child-in-danger-now", ago: -120, report: 5, agency: "e", happeningNow: true)
        )
        let event = try #require(now5.decide().publications.first)
        #expect(event.type == .immediate)
        #expect(event.why == [.happeningNow, .severityFive, .unscoredReport])
        #expect(now5.decide().held == [])
        // And again, as often as it is so.
        let again = now5.after(now5.decide(), later: 1).adding(
            .seen("child-in-danger-now", ago: -121, report: 6, agency: "f", happeningNow: true)
        )
        #expect(again.decide().types == [.immediate])
    }

    @Test func `a band that rises, a first severity 4 and a doubtful severity 5 are told at once`() {
        let rising = told.adding(grave(4, after: 60)).with {
            $0.at = now + 60; $0.published.band = .amberPlus
        }
        #expect(rising.decide().types == [.rising])
        let first = told.adding(grave(4, after: 60)).with {
            $0.at = now + 60; $0.published.hasSeverityFour = false
        }
        #expect(first.decide().types == [.raised])
        let unrated = Situation(template, .seen("child-in-danger-now", "2D", ago: 3_600, considered: true))
            .adding(.seen("child-in-danger-now", "2D", ago: 0, report: 2)).with {
                $0.published = .at(.unrated)
                $0.published.told = .init(at: now, urgency: .high)
                $0.open = [.risk, .review]
            }
        #expect(unrated.decide().types == [.reviewDue])
    }

    @Test func `without an open alert nothing waits, and what waits behind one that is resolved is told`() {
        let reported = told.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        #expect(reported.with { $0.open = [] }.decide().types == [.reported])
        let resolved = reported.after(reported.decide(), later: 1).with { $0.open = [] }.decide()
        #expect(resolved.types == [.reported])
        #expect(resolved.held == [])
    }

    @Test func `a report that found its place late has waited enough`() {
        var settled = grave(4, after: 60)
        for (age, types) in [(Self.span - 1, []), (Self.span, [EventType.reported])] {
            settled.report = .made(at: now + 60 - age, 4)
            #expect(told.adding(settled).with { $0.at = now + 60 }.decide().types == types, "\(age)")
        }
    }

    @Test func `a template without the key, or with none, lets nothing wait`() throws {
        let text = try Repository.text("Deploy/templates/safeguarding.yaml")
        for other in ["  burst: none\n", ""] {
            let template = try Template(yaml: text.replacing("  burst: {minutes: 15}\n", with: other))
            let place = told.adding(grave(4, after: 60)).with {
                $0.at = now + 60; $0.template = template
            }
            #expect(place.decide().types == [.reported])
        }
    }

    @Test func `an easing begins no burst, a raise does`() {
        let eased = told.with {
            $0.published.band = .red; $0.evidence.items.removeLast(2); $0.withdrew = true
        }
        let easing = eased.with { $0.at = now + Moment.hour }.decide()
        #expect(easing.types == [.easing])
        #expect(easing.published.told == .init(at: now, urgency: .high))
        let raised = Situation(template, .seen("shop-tick-debt")).decide()
        #expect(raised.types == [.raised] && raised.published.told == .init(at: now, urgency: .high))
    }

    // MARK: What happens meanwhile

    @Test func `what lifts the band tells of what waited, as urgently as that was`() throws {
        let amber = told.with {
            $0.evidence.items.removeLast(2)
            $0.published.band = .amberPlus
        }
        let held = amber.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        #expect(held.decide().publications == [])
        let judgement = Judgement(band: .red, at: now, recorded: now + 120, until: now + Moment.day, view: .full)
        let raised = held.after(held.decide(), later: 60).with { $0.judgements = [judgement] }.decide()
        let event = try #require(raised.publications.first)
        #expect(raised.types == [.rising])
        #expect(event.urgency == .high && event.why == [.bandUp, .judgement, .severityFour])
        #expect(raised.held == [])
    }

    @Test func `what waited is told for itself before an easing, or the review of a place that may be unrated`() throws
    {
        let held = told.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        let waiting = held.after(held.decide(), later: 60)
        let doubtful = RecordedItem.seen("child-in-danger-now", "2D", ago: -120, report: 5, agency: "e")
        let unrated = waiting.adding(doubtful).decide()
        #expect(unrated.types == [.reported, .reviewDue])
        #expect(unrated.publications.map(\.cause) == [.risk, .review])
        #expect(unrated.publications.first?.urgency == .high && unrated.publications.first?.why == [.severityFour])
        let fallen = waiting.with {
            $0.evidence.items.removeSubrange(1...2)
            $0.withdrew = true
        }.decide()
        #expect(fallen.types == [.reported, .easing])
        #expect(fallen.held == [])
    }

    @Test func `what waited behind an alert that ends with the band opens one of its own`() throws {
        let held = told.adding(own(4, after: 60)).with { $0.at = now + 60 }
        let fallen = held.after(held.decide(), later: 60).with {
            $0.evidence.items.removeSubrange(0...2)
            $0.withdrew = true
        }
        let decision = fallen.decide()
        #expect(decision.types == [.easing, .closed, .reported])
        let event = try #require(decision.publications.last)
        #expect(event.cause == .risk && !event.closes && event.urgency == .normal && event.why == [.unscoredReport])
        #expect(event.bandFrom == fallen.decide().published.band && event.bandTo == event.bandFrom)
        #expect(decision.held == [])
        #expect(fallen.after(decision).open == [.risk])
    }

    @Test func `the review that joined events ask for is told beside what waits, which goes on waiting`() throws {
        let apart = Situation(
            template,
            .seen("shop-tick-debt", ago: 100_000, report: 1, agency: "a", considered: true),
            .seen("shop-tick-debt", ago: 130_000, report: 2, agency: "b", considered: true)
        ).with {
            $0.published = .at(.amberPlus)
            $0.published.told = .init(at: now, urgency: .high)
            $0.open = [.risk]
        }
        let joining = RecordedItem.seen("shop-tick-debt", "3D", ago: 115_000, report: 3, agency: "c", receivedAgo: -60)
            .justReported()
        let both = apart.adding(joining).with { $0.at = now + 60 }
        let asked = both.decide()
        #expect(asked.types == [.reviewDue])
        #expect(asked.publications.first?.why == [.eventsJoined] && asked.publications.first?.cause == .review)
        #expect(asked.held == [3])
        let told = both.after(asked).with { $0.at = now + Self.span }.decide()
        #expect(told.types == [.reported] && told.publications.first?.why == [.severityFour])
        // And where something waited before.
        let held = apart.adding(own(4, after: 30)).with { $0.at = now + 30 }
        let later = held.after(held.decide(), later: 30).adding(joining)
        #expect(later.decide().types == [.reviewDue])
        #expect(later.decide().held == [3, 4])
        // What is more urgent than what was told waits no more for that.
        let normal = later.with { $0.published.told = .init(at: now, urgency: .normal) }
        #expect(normal.decide().types == [.reported])
        #expect(normal.decide().publications.first?.why == [.severityFour, .eventsJoined, .unscoredReport])
    }

    @Test func `a clock that was set back keeps what waits, and tells it`() {
        let held = told.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        let back = held.after(held.decide()).with { $0.at = now - 600 }
        #expect(back.decide().publications == [])
        #expect(back.decide().held == [4])
        let again = back.after(back.decide()).with { $0.at = now + Self.span }
        #expect(again.decide().types == [.reported])
    }

    @Test func `what was told as immediate is not told again with what waits`() {
        let urgent = told.adding(
            .seen("child-in-danger-now", ago: -60, report: 4, agency: "e", happeningNow: true).justReported()
        ).with { $0.at = now + 60 }
        // Decided first, although the other came before.
        let held = urgent.after(urgent.decide()).adding(grave(5, after: 60))
        #expect(held.decide().held == [5])
        let withdrawn = held.after(held.decide(), later: 60).with {
            $0.evidence.items.removeLast()
            $0.withdrew = true
        }
        #expect(withdrawn.decide().publications == [])
        #expect(withdrawn.decide().held == [])
    }

    @Test func `what was told in the second in which another began to wait is not told again with it`() throws {
        // Both received in one second, the first decided before the second came.
        let normal = told.with { $0.published.told = .init(at: now, urgency: .normal) }
        let high = normal.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        #expect(high.decide().types == [.reported] && high.decide().held == [])
        let held = high.after(high.decide()).adding(own(5, after: 60))
        #expect(held.decide().publications == [] && held.decide().held == [5])
        let due = held.after(held.decide()).with { $0.at = now + 60 + Self.span }
        let event = try #require(due.decide().publications.first)
        #expect(event.why == [.unscoredReport] && event.urgency == .normal)
    }

    @Test func `what comes with a report that is held is told with it, late or not`() throws {
        let late = RecordedItem.seen(
            "cash-no-id-booking",
            ago: 40 * Moment.day,
            report: 5,
            agency: "b",
            receivedAgo: -60
        ).justReported()
        let both = told.adding(grave(4, after: 60)).adding(late).with { $0.at = now + 60 }
        #expect(both.decide().held == [4, 5])
        let due = both.after(both.decide()).with { $0.at = now + Self.span }
        #expect(try #require(due.decide().publications.first).why == [.severityFour, .late])
    }

    @Test func `what waits behind an alert that closes meanwhile is told at once`() {
        let green = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.published = .at(.amber)
            $0.published.told = .init(at: now, urgency: .high)
            $0.published.downSince = now - 23 * Moment.hour
            $0.open = [.risk]
        }
        let held = green.adding(own(4, after: 60)).with { $0.at = now + 60 }
        #expect(held.decide().publications == [])
        let rescored = held.after(held.decide(), later: 60).with {
            $0.mode = .rescoring
            $0.published.downSince = nil
        }.decide()
        #expect(rescored.types == [.closed, .reported])
    }

    @Test func `a report that is withdrawn while it waits is not told`() {
        let reported = told.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        let withdrawn = reported.after(reported.decide(), later: 60).with {
            $0.evidence.items.removeLast()
            $0.withdrew = true
        }
        #expect(withdrawn.decide().publications == [])
        #expect(withdrawn.decide().held == [])
        #expect(withdrawn.after(withdrawn.decide(), later: Moment.hour).decide().publications == [])
    }

    @Test func `a back-file at the place delays nothing that waits, and is not announced with it`() throws {
        let reported = told.with {
            $0.published.band = .amberPlus; $0.published.announced = .amberPlus
        }
        .with { $0.evidence.items.removeLast(2) }.adding(grave(4, after: 60)).with { $0.at = now + 60 }
        let held = reported.decide()
        #expect(held.publications == [])
        let loaded = reported.after(held, later: 60).adding(
            .seen("adult-controls-child", ago: 20 * Moment.day, report: 5, agency: "b", isBackFile: true),
            .seen("repeat-missing-link", ago: 30 * Moment.day, report: 6, agency: "c", isBackFile: true)
        ).with { $0.mode = .backFile }
        let baseline = loaded.decide()
        #expect(baseline.publications == [])
        #expect(baseline.published.band == .red)
        #expect(baseline.wakeAt == now + Self.span)
        let more = loaded.after(baseline).adding(
            .seen("shop-tick-debt", ago: 50 * Moment.day, report: 7, agency: "g", isBackFile: true)
        ).with {
            $0.mode = .backFile; $0.at = now + Self.span
        }
        let event = try #require(more.decide().publications.first)
        #expect(more.decide().types == [.reported])
        #expect(event.why == [.severityFour] && event.urgency == .high)
        #expect(more.decide().published.announced == .amberPlus)
        #expect(more.decide().held == [])
    }

    @Test func `an alert of the open view is not quiet while something waits behind it`() {
        let green = Situation(template, .seen("cash-no-id-booking", considered: true)).with {
            $0.view = .open
            $0.published = .at(.green)
            $0.published.told = .init(at: now - 60, urgency: .normal)
            $0.open = [.risk]
        }
        #expect(green.decide().types == [.closed])
        let reported = green.adding(own(4, after: 0))
        #expect(reported.decide().publications == [])
        #expect(reported.decide().held == [4])
    }

    @Test func `a clock that was set back lengthens no wait`() {
        let ahead = told.with { $0.published.told = .init(at: now + Moment.day, urgency: .high) }.adding(
            grave(4, after: 0)
        )
        #expect(ahead.decide().publications == [])
        #expect(ahead.decide().wakeAt == now + Self.span)
    }

    // MARK: The law

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `whatever comes when, each report is told within the span, and what is no more urgent comes the span apart`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        var place = told
        var due: [Moment] = []
        var events: [(at: Moment, urgency: Urgency)] = []
        var waiting: [(at: Moment, reason: AlertReason, urgency: Urgency)] = []
        var number: UInt64 = 10
        var arrivals = (0..<40).map { _ in Int64.random(in: 1...2 * Moment.hour, using: &generator) }.sorted()[...]
        // Arrivals and wakes in their order, as the due list brings them.
        for _ in 0..<400 {
            let arrival = arrivals.first.map { now + $0 }
            guard let next = ([arrival] + due.map(Optional.some)).compactMap(\.self).min(), next < now + 3 * Moment.hour
            else { break }
            due.removeAll { $0 <= next }
            place.at = next
            while let first = arrivals.first, now + first == next {
                arrivals.removeFirst()
                number += 1
                let isOwn = Bool.random(using: &generator)
                place = place.adding(isOwn ? own(number, after: first) : grave(number, after: first))
                waiting.append((next, isOwn ? .unscoredReport : .severityFour, isOwn ? .normal : .high))
            }
            let decision = place.decide()
            if let event = decision.publications.first(where: { $0.cause == .risk }) {
                events.append((next, event.urgency))
                #expect(waiting.allSatisfy { next - $0.at <= Self.span })
                for report in waiting {
                    #expect(event.why.contains(report.reason) && event.urgency >= report.urgency, "\(event)")
                }
                waiting = []
            }
            if let wake = decision.wakeAt { due.append(wake) }
            place = place.after(decision)
        }
        #expect(arrivals.isEmpty && waiting.isEmpty)
        let told = [(at: now, urgency: .high)] + events
        #expect(zip(told, told.dropFirst()).allSatisfy { $1.at - $0.at >= Self.span || $1.urgency > $0.urgency })
        #expect(events.count >= 2)
    }
}

extension RecordedItem {
    /// With an id of the moment of its receipt.
    fileprivate func justReported() -> RecordedItem {
        var item = self
        item.report = .made(at: received, report.value.low)
        return item
    }
}

extension ReportID {
    fileprivate static func made(at moment: Moment, _ number: UInt64) -> ReportID {
        ReportID(UniqueID(high: UInt64(moment.seconds * 1_000) << 16, low: number))
    }
}
