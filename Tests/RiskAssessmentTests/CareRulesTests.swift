import RiskAssessment
import Safeguarding
import Testing

/// Claims and escalation (feed-protocol.md sections 3 and 4), with the times of the template that ships.
@Suite struct `Care rules` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    private func context(after seconds: Int64 = 0) -> AssessmentContext {
        AssessmentContext(now: now + seconds, workingTime: WorkingTime(), nextMeeting: nil)
    }

    private func standing(_ urgency: Urgency, _ care: AlertCare) -> AlertStanding {
        AlertStanding(urgency: urgency, care: care)
    }

    private func overdue(_ alert: AlertStanding, in context: AssessmentContext) -> OverdueAlert? {
        template.overdue(alert, cause: .risk, band: .red, in: context)
    }

    private func claimed(until: Int64, level: Int = 0) -> AlertCare {
        AlertCare(claim: AlertClaim(by: "ana", until: now + until), level: level)
    }

    // Monday 15:13:20 in London: fifteen minutes, four working hours, one working day.
    @Test(
        arguments: [
            (Urgency.immediate, "2026-09-21T14:28:20Z"), (.high, "2026-09-22T08:13:20Z"),
            (.normal, "2026-09-22T14:13:20Z"), (.low, nil),
        ] as [(Urgency, String?)]
    )
    func `urgency gives the time to claim, counted in working time`(_ urgency: Urgency, _ due: String?) {
        let care = template.care(urgency: urgency, in: context())
        #expect(care.escalates?.rfc3339 == due)
        #expect(care.nextDue == care.escalates)
        #expect(care.claim == nil && care.level == 0)
    }

    @Test func `an unclaimed alert goes up the chain of three and is then repeated hourly`() throws {
        var alert = standing(.immediate, template.care(urgency: .immediate, in: context()))
        #expect(overdue(alert, in: context(after: 899)) == nil)
        var told: [(Int, Int64)] = []
        for _ in 0..<5 {
            let due = try #require(alert.care.nextDue)
            let overdue = try #require(self.overdue(alert, in: context(after: due.seconds - now.seconds)))
            #expect(overdue.publication.type == .escalated && overdue.publication.why == [.unclaimed])
            alert.care = overdue.care
            told.append((overdue.care.level, due.seconds - now.seconds))
        }
        #expect(told.map(\.0) == [1, 2, 3, 3, 3])
        #expect(told.map(\.1) == [900, 1_800, 2_700, 6_300, 9_900])
    }

    @Test(
        arguments: [
            (AlertCause.risk, Urgency.high, Band.red, AlertAsk.decide), (.risk, .high, .unrated, .review),
            (.risk, .immediate, .red, .actNow), (.review, .normal, .amber, .review),
            (.unlocated, .normal, nil, .locate),
            (.unlocated, .immediate, nil, .actNow),
        ] as [(AlertCause, Urgency, Band?, AlertAsk)]
    )
    func `what nobody claims asks for what it asked for`(
        _ cause: AlertCause,
        _ urgency: Urgency,
        _ band: Band?,
        _ ask: AlertAsk
    ) {
        let alert = standing(urgency, AlertCare(escalates: now))
        let publication = template.overdue(alert, cause: cause, band: band, in: context())?.publication
        #expect(publication?.ask == ask)
        #expect(publication?.cause == cause && publication?.urgency == urgency)
        #expect(publication?.bandFrom == band && publication?.bandTo == band)
    }

    @Test func `an area's own chain is gone up step by step, and repeated from its last`() throws {
        var context = context()
        context.chains = EscalationChains(steps: [
            .init(area: "A", number: 1, person: "ana"), .init(area: "A", number: 3, line: "Duty line"),
        ])
        var alert = standing(.immediate, template.care(urgency: .immediate, in: context))
        var told: [String] = []
        for _ in 0..<3 {
            context.now = try #require(alert.care.nextDue)
            let overdue = template.overdue(alert, cause: .risk, band: .red, areas: ["A"], in: context)
            alert.care = try #require(overdue?.care)
            let asked = try #require(overdue?.asked)
            told.append(
                "\(alert.care.level) \(asked.people + asked.lines) \((alert.care.escalates ?? now) - context.now)"
            )
        }
        #expect(told == [#"1 ["ana"] 900"#, #"3 ["Duty line"] 3600"#, #"3 ["Duty line"] 3600"#])
        let elsewhere = template.overdue(alert, cause: .risk, band: .red, areas: ["B"], in: context)
        #expect(elsewhere == nil, "not due again yet")
    }

    @Test func `an alert of low urgency never escalates`() {
        let alert = standing(.low, template.care(urgency: .low, in: context()))
        #expect(overdue(alert, in: context(after: 400 * Moment.day)) == nil)
    }

    @Test func `a claim holds as long as its urgency gives, and comes back when it lapses`() throws {
        let alert = standing(.immediate, AlertCare(escalates: now + 5, level: 2))
        let care = try #require(try template.care(of: alert, after: .claim, by: "ana", in: context()))
        #expect(care == claimed(until: 900, level: 2))
        #expect(overdue(standing(.immediate, care), in: context(after: 899)) == nil)
        let overdue = try #require(self.overdue(standing(.immediate, care), in: context(after: 900)))
        #expect(overdue.publication.type == .claimExpired && overdue.publication.why == [.claimLapsed])
        #expect(overdue.care == AlertCare(escalates: now + 1_800, level: 2))
        let low = try template.care(of: standing(.low, .none), after: .claim, by: "ana", in: context())
        #expect(low?.claim?.until.rfc3339 == "2026-09-22T14:13:20Z")
    }

    @Test func `whoever has claimed renews, and nobody else takes it, gives it back or ends it`() throws {
        let alert = standing(.immediate, claimed(until: 300))
        let renewed = try template.care(of: alert, after: .claim, by: "ana", in: context(after: 100))
        #expect(renewed == claimed(until: 1_000))
        for act in [AlertActKind.claim, .release, .resolve] {
            #expect(throws: AlertActRefusal.alreadyClaimed(until: now + 300)) {
                try template.care(of: alert, after: act, by: "ben", in: context())
            }
        }
        #expect(try template.care(of: alert, after: .note, by: "ben", in: context()) == alert.care)
    }

    @Test func `a claim that has run out holds nobody up, whether the assessor has said so or not`() throws {
        let alert = standing(.immediate, claimed(until: 300, level: 1))
        #expect(throws: AlertActRefusal.alreadyClaimed(until: now + 300)) {
            try template.care(of: alert, after: .claim, by: "ben", in: context(after: 299))
        }
        let care = try template.care(of: alert, after: .claim, by: "ben", in: context(after: 300))
        #expect(care == AlertCare(claim: AlertClaim(by: "ben", until: now + 1_200), level: 1))
    }

    @Test func `a release starts the time to claim again and keeps the step`() throws {
        let alert = standing(.immediate, claimed(until: 300, level: 1))
        let released = try template.care(of: alert, after: .release, by: "ana", in: context(after: 60))
        #expect(released == AlertCare(escalates: now + 960, level: 1))
        #expect(throws: AlertActRefusal.notClaimed) {
            try template.care(of: standing(.high, .none), after: .release, by: "ana", in: context())
        }
    }

    @Test func `a resolved alert is seen to by nobody`() throws {
        #expect(try template.care(of: standing(.high, .none), after: .resolve, by: "ana", in: context()) == nil)
        let own = standing(.high, claimed(until: 300))
        #expect(try template.care(of: own, after: .resolve, by: "ana", in: context()) == nil)
    }

    @Test func `a more urgent revision voids a claim and restarts the time, no other does`() {
        let alert = standing(.normal, claimed(until: 5_000, level: 2))
        #expect(template.care(of: alert, revisedTo: .normal, in: context()) == alert.care)
        #expect(template.care(of: alert, revisedTo: .low, in: context()) == alert.care)
        #expect(
            template.care(of: alert, revisedTo: .immediate, in: context(after: 60)) == AlertCare(escalates: now + 960)
        )
    }

    @Test func `an alert from before claims existed gets its time with the next revision`() {
        #expect(
            template.care(of: standing(.immediate, .none), revisedTo: .immediate, in: context()).escalates == now + 900
        )
    }
}
