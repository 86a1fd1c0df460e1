import RiskAssessment
import Safeguarding
import Testing

/// Reports that belong to no place yet (design.md "Unlocated reports").
@Suite struct `Unlocated reports` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    private func decide(
        _ signs: [String] = ["shop-tick-debt"],
        grade: String = "1A",
        happeningNow: Bool = false,
        isBackFile: Bool = false,
        compartment: Compartment = .openPartner,
        receivedAgo: Int64 = 60,
        observedAgo: Int64? = nil,
        settled: UnlocatedSituation.Settlement? = nil,
        openAs: EventType? = nil,
        resolvedAs: EventType? = nil
    ) -> UnlocatedDecision {
        template.decide(
            UnlocatedSituation(
                signs: signs,
                grade: Grade(grade) ?? Grade(source: .reliable, information: .a),
                happeningNow: happeningNow,
                isBackFile: isBackFile,
                compartment: compartment,
                observed: now - (observedAgo ?? receivedAgo + 60),
                received: now - receivedAgo,
                settled: settled,
                openAs: openAs,
                resolvedAs: resolvedAs
            ),
            in: AssessmentContext(now: now, workingTime: WorkingTime(), nextMeeting: nil)
        )
    }

    @Test func `happening now, or severity 5 in a trusted grade, is immediate at once`() throws {
        let event = try #require(decide(happeningNow: true).publication)
        #expect(event.type == .immediate)
        #expect(event.cause == .unlocated)
        #expect(event.urgency == .immediate)
        #expect(event.why == [.unlocated, .happeningNow])
        #expect(event.ask == .actNow)
        #expect(decide(["cash-no-id-booking", "child-in-danger-now"], grade: "3C").publication?.type == .immediate)
        #expect(decide(["child-in-danger-now"], grade: "1D").publication == nil)
        #expect(decide(["staff-inappropriate-contact"]).publication?.why == [.unlocated, .restricted])
        #expect(
            decide(["child-in-danger-now"], compartment: .policeIntel).publication?.why == [.unlocated, .restricted]
        )
    }

    @Test func `others become review-due after a working day unsettled`() {
        let due = now - 60 + Moment.day
        #expect(decide().publication == nil)
        #expect(decide().wakeAt == due)
        #expect(decide(receivedAgo: Moment.day - 1).publication == nil)
        let event = decide(receivedAgo: Moment.day).publication
        // Sunday 15:13 counts as Monday 08:00.
        #expect(event == nil)
        let waited = decide(receivedAgo: 4 * Moment.day).publication
        #expect(waited?.type == .reviewDue)
        #expect(waited?.cause == .unlocated)
        #expect(waited?.urgency == .normal)
        #expect(waited?.why == [.unlocated])
        #expect(waited?.ask == .locate)
        #expect(decide(receivedAgo: 4 * Moment.day, openAs: .reviewDue).publication == nil)
    }

    @Test func `an immediate one is not asked for again`() {
        let open = decide(happeningNow: true, receivedAgo: 9 * Moment.day, openAs: .immediate)
        #expect(open == UnlocatedDecision(publication: nil, wakeAt: nil))
    }

    @Test func `what a coordinator has resolved is raised again only where it becomes immediate`() {
        let late = 4 * Moment.day
        #expect(decide(receivedAgo: late, resolvedAs: .reviewDue) == UnlocatedDecision(publication: nil, wakeAt: nil))
        #expect(decide(happeningNow: true, resolvedAs: .immediate).publication == nil)
        #expect(decide(happeningNow: true, receivedAgo: late, resolvedAs: .reviewDue).publication?.type == .immediate)
        #expect(decide(settled: .located, resolvedAs: .reviewDue).publication == nil)
    }

    @Test func `one that a correction makes immediate is told so although it is asked about already`() {
        let urgent = decide(happeningNow: true, receivedAgo: 4 * Moment.day, openAs: .reviewDue).publication
        #expect(urgent?.type == .immediate)
        #expect(urgent?.urgency == .immediate)
        #expect(decide(["child-in-danger-now"], receivedAgo: 60, openAs: .reviewDue).publication?.type == .immediate)
    }

    @Test func `located or withdrawn closes the alert, if one is open`() {
        let located = decide(happeningNow: true, settled: .located, openAs: .immediate).publication
        #expect(located?.type == .closed)
        #expect(located?.closes == true)
        #expect(located?.why == [.located])
        #expect(located?.urgency == .low)
        #expect(decide(settled: .withdrawn, openAs: .reviewDue).publication?.why == [.withdrawn])
        #expect(decide(happeningNow: true, settled: .located) == UnlocatedDecision(publication: nil, wakeAt: nil))
    }

    @Test func `a back-file's stand in its summary only`() {
        #expect(decide(happeningNow: true, isBackFile: true) == UnlocatedDecision(publication: nil, wakeAt: nil))
        #expect(decide(isBackFile: true, receivedAgo: 9 * Moment.day).publication == nil)
    }

    @Test func `one observed long before is late`() {
        let late = decide(happeningNow: true, observedAgo: 8 * Moment.day).publication
        #expect(late?.why == [.unlocated, .happeningNow, .late])
    }
}
