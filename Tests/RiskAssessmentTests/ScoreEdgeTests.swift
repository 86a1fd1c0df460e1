import RiskAssessment
import Safeguarding
import Testing

/// Every step of scoring.md sections 3 to 8 one second, one unit or one item before, on and after it.
@Suite struct `Edges of the score` {
    private let template: Template

    init() throws { template = try Templates.safeguarding() }

    private func points(_ evidence: Evidence) -> String? { template.assess(evidence, at: now)?.points.shown }

    private static let ages: [(days: Int64, seconds: Int64, points: String)] = [
        (0, 0, "4.00"), (91, -1, "4.00"), (91, 0, "3.00"), (183, -1, "3.00"), (183, 0, "2.00"), (365, -1, "2.00"),
        (365, 0, "1.00"), (730, -1, "1.00"), (730, 0, "0.00"),
    ]

    @Test(arguments: ages)
    func `an item loses weight at each age step`(age: (days: Int64, seconds: Int64, points: String)) {
        let ago = age.days * Moment.day + age.seconds
        #expect(points(Evidence(.seen("shop-tick-debt", ago: ago))) == age.points)
    }

    @Test func `a structural sign keeps its weight until an inspection later than it`() {
        let observed = 900 * Moment.day
        let evidence = Evidence(.seen("hidden-back-room", ago: observed))
        func inspected(_ ago: Int64, _ sign: String = "hidden-back-room") -> Evidence {
            evidence.with(inspections: [Inspection(sign: sign, at: now - ago, recorded: now - ago)])
        }
        #expect(points(evidence) == "4.00")
        #expect(points(inspected(observed)) == "4.00")
        #expect(points(inspected(observed - 1)) == "0.00")
        #expect(points(inspected(observed - 1, "basement-living-quarters")) == "4.00")
        #expect(points(inspected(0)) == "0.00")
        #expect(points(inspected(-1)) == "4.00")
    }

    @Test func `severity 5 keeps a quarter until a closing review at or after its receipt`() {
        let received = 900 * Moment.day
        let evidence = Evidence(.seen("child-in-danger-now", ago: received + 60, receivedAgo: received))
        #expect(points(evidence) == "1.25")
        #expect(points(evidence.with(reviews: [.at(ago: received + 1, closes: true)])) == "1.25")
        #expect(points(evidence.with(reviews: [.at(ago: received, closes: true)])) == "0.00")
        #expect(points(evidence.with(reviews: [.at(ago: received, closes: false)])) == "1.25")
        #expect(template.assess(evidence, at: now)?.explanation.caps == ["unresolved-floor"])
    }

    @Test(arguments: [(21_599, 1), (21_600, 1), (21_601, 2)] as [(Int64, Int)])
    func `the same sign at most six hours apart is one event`(apart: Int64, events: Int) {
        let evidence = Evidence(
            .seen("shop-tick-debt", ago: 100_000, report: 1, agency: "a"),
            .seen("shop-tick-debt", ago: 100_000 + apart, report: 2, agency: "b")
        )
        #expect(template.assess(evidence, at: now)?.events == events)
    }

    @Test(arguments: [(21_600, 1), (21_601, 2)] as [(Int64, Int)])
    func `the same person through two agencies within six hours is one event`(apart: Int64, events: Int) {
        let evidence = Evidence(
            .seen("shop-tick-debt", ago: 100_000, report: 1, agency: "a", originator: 7),
            .seen("underage-sale", ago: 100_000 + apart, report: 2, agency: "b", originator: 7)
        )
        #expect(template.assess(evidence, at: now)?.events == events)
    }

    @Test func `events join transitively, and one report is one event whatever its times`() {
        let chain = Evidence(
            .seen("shop-tick-debt", ago: 100_000, report: 1),
            .seen("shop-tick-debt", ago: 120_000, report: 2, originator: 7),
            .seen("underage-sale", ago: 140_000, report: 3, originator: 7),
            .seen("hidden-back-room", ago: 500 * Moment.day, report: 3)
        )
        #expect(template.assess(chain, at: now)?.events == 1)
    }

    @Test func `a further sign adds a quarter, and an event at most twice its heaviest item`() {
        let two = Evidence(.seen("shop-tick-debt", report: 1), .seen("underage-sale", report: 1))
        #expect(points(two) == "4.75")
        let signs = [
            "shop-tick-debt", "adult-controls-child", "adult-different-children", "child-unexplained-injury",
            "sexualised-talk-to-child", "repeat-missing-link",
        ]
        #expect(points(Evidence(category: .takeaway, items: signs.prefix(5).map { .seen($0) })) == "8.00")
        let six = Evidence(category: .takeaway, items: signs.map { .seen($0) })
        #expect(points(six) == "8.00")
        #expect(template.assess(six, at: now)?.explanation.events.first?.cappedBy.shown == "1.00")
        #expect(template.assess(six, at: now)?.explanation.caps == ["event-cap"])
    }

    @Test(arguments: [(182, "2.70"), (183, "2.70"), (184, "1.80")] as [(Int64, String)])
    func `an independent report of the same sign within 183 days lifts C to B`(days: Int64, expected: String) throws {
        let lifted = Evidence(
            .seen("underage-sale", "1C", ago: 10 * Moment.day, report: 1, agency: "a"),
            .seen("underage-sale", "1D", ago: (10 + days) * Moment.day, report: 2, agency: "b", attribution: .nearby)
        )
        let assessment = try #require(template.assess(lifted, at: now))
        let item = try #require(assessment.explanation.events.flatMap(\.items).first { $0.grade.information == .c })
        #expect(item.itemPoints.shown == expected)
        #expect(item.liftedBy?.value.low == (days <= 183 ? 2 : nil))
        #expect(assessment.lifted == (days <= 183 ? 1 : 0))
    }

    @Test func `neither the same agency nor the same person nor an unscored item corroborates`() {
        func lifted(_ other: RecordedItem) -> Int? {
            template.assess(
                Evidence(.seen("underage-sale", "1C", report: 1, agency: "a", originator: 7), other),
                at: now
            )?.lifted
        }
        #expect(lifted(.seen("underage-sale", ago: 20 * Moment.day, report: 2, agency: "a", originator: 8)) == 0)
        #expect(lifted(.seen("underage-sale", ago: 20 * Moment.day, report: 2, agency: "b", originator: 7)) == 0)
        #expect(lifted(.seen("shop-tick-debt", ago: 20 * Moment.day, report: 2, agency: "b", originator: 8)) == 0)
        #expect(lifted(.seen("underage-sale", "1E", ago: 20 * Moment.day, report: 2, agency: "b", originator: 8)) == 0)
        #expect(
            lifted(
                .seen("underage-sale", ago: 20 * Moment.day, report: 2, agency: "b", originator: 8, selfReport: true)
            ) == 0
        )
        #expect(lifted(.seen("underage-sale", ago: 20 * Moment.day, report: 2, agency: "b", originator: 8)) == 1)
    }

    @Test func `likelihood begins at each step, and one origin holds it at three`() {
        // 0.63 points each: severity 3, 2A, nearby.
        func likelihood(_ count: Int, agencies: Int) -> Int? {
            let items = (0..<count).map { index in
                RecordedItem.seen(
                    "underage-sale",
                    "2A",
                    ago: Int64(index + 1) * Moment.day,
                    report: UInt64(index + 1),
                    agency: "a\(index % agencies)",
                    attribution: .nearby
                )
            }
            return template.assess(Evidence(category: .takeaway, items: items), at: now)?.likelihood
        }
        #expect([3, 4].map { likelihood($0, agencies: 2) } == [1, 2])
        #expect([7, 8].map { likelihood($0, agencies: 2) } == [2, 3])
        #expect([15, 16].map { likelihood($0, agencies: 2) } == [3, 4])
        #expect([28, 29].map { likelihood($0, agencies: 2) } == [4, 5])
        #expect([16, 29].map { likelihood($0, agencies: 1) } == [3, 3])
    }

    @Test func `points exactly on a step belong to the higher likelihood`() {
        #expect(template.assess(Evidence(.seen("unaccompanied-children-late")), at: now)?.likelihood == 2)
        #expect(template.assess(Evidence(.seen("child-in-danger-now")), at: now)?.likelihood == 3)
    }

    @Test func `doubtful grades count as two less and mark the place unrated at five`() throws {
        let four = try #require(template.assess(Evidence(.seen("shop-tick-debt", "1D")), at: now))
        #expect((four.severity, four.band) == (2, .green))
        #expect(four.marks == [.lowGradeOnly, .singleSource])
        let one = try #require(template.assess(Evidence(.seen("unaccompanied-children-late", "1D")), at: now))
        #expect(one.severity == 1)
        let five = Evidence(.seen("child-in-danger-now", "2D", ago: 600, receivedAgo: 500))
        #expect(template.assess(five, at: now)?.band == .unrated)
        #expect(template.assess(five.with(reviews: [.at(ago: 501)]), at: now)?.band == .unrated)
        #expect(template.assess(five.with(reviews: [.at(ago: 500)]), at: now)?.band == .green)
        let sure = five.adding(.seen("child-in-danger-now", "1A", ago: 5 * Moment.day, report: 2, agency: "b"))
        #expect(template.assess(sure, at: now)?.band == .red)
    }

    @Test func `only what is suspected to be false is unrated until a review, for two years`() {
        func assessed(_ ago: Int64, _ reviews: [Review] = []) -> Assessment? {
            template.assess(
                Evidence(.seen("shop-tick-debt", "1E", ago: ago, receivedAgo: 500)).with(reviews: reviews),
                at: now
            )
        }
        #expect(assessed(600)?.band == .unrated)
        #expect(assessed(600)?.marks == [.suspectedFalseOnly])
        #expect(assessed(600, [.at(ago: 500)])?.band == .green)
        #expect(assessed(730 * Moment.day - 1)?.marks == [.suspectedFalseOnly])
        #expect(assessed(730 * Moment.day)?.marks == [.historyOnly])
        #expect(assessed(730 * Moment.day)?.band == .green)
    }

    @Test func `a verification is worth half after a year`() {
        func credit(_ ago: Int64) -> Int? {
            let control = Control.of("cctv-retained", .verified, ago: ago)
            return template.assess(Evidence(.seen("shop-tick-debt")).with(controls: [control]), at: now)?.controlCredit
        }
        #expect(credit(365 * Moment.day - 1) == 100)
        #expect(credit(365 * Moment.day) == 50)
        #expect(credit(365 * Moment.day + 1) == 50)
    }

    @Test func `three credits lower likelihood by one and six by two, unless severity 5 is open`() throws {
        let codes = [
            "cctv-retained", "staff-trained", "named-safeguarding-lead", "concerns-reported",
            "exploitation-in-risk-assessment", "makesafe-materials",
        ]
        func residual(_ evidence: Evidence, _ count: Int) throws -> (Int, [Mark]) {
            let controls = codes.prefix(count).map { Control.of($0, .verified) }
            let assessment = try #require(template.assess(evidence.with(controls: controls), at: now))
            return (assessment.residualLikelihood, assessment.marks)
        }
        let reports = (1...3).map {
            RecordedItem.seen("shop-tick-debt", ago: Int64($0) * Moment.day, report: $0, agency: "a\($0)")
        }
        let grave = Evidence(category: .takeaway, items: reports)
        #expect(try [2, 3, 5, 6].map { try residual(grave, $0).0 } == [4, 3, 3, 2])
        let open = grave.adding(.seen("child-in-danger-now", report: 9))
        #expect(try residual(open, 6) == (4, [.controlsWithheld]))
        #expect(try residual(open.with(reviews: [.at(ago: 0, closes: true)]), 6).1 == [])
        let staff = grave.adding(.seen("staff-inappropriate-contact", "1D", ago: 40 * Moment.day, report: 9))
        #expect(try residual(staff.with(reviews: [.at(ago: 0, closes: true)]), 3).1 == [.controlsWithheld])
    }

    @Test func `a control counts where the template lists it for the category, in its latest state`() throws {
        let controls = [
            Control.of("booking-vulnerability-question", .verified), .of("cctv-retained", .verified, ago: 50),
            .of("cctv-retained", .failed, ago: 40), .of("unheard-of", .verified),
        ]
        let assessment = try #require(
            template.assess(Evidence(.seen("shop-tick-debt")).with(controls: controls), at: now)
        )
        #expect(assessment.controlCredit == -50)
        #expect(assessment.explanation.controls.map(\.code) == ["cctv-retained"])
    }

    @Test func `what is not yet received or observed counts for the next change alone`() {
        let coming = Evidence(.seen("shop-tick-debt", ago: -100, receivedAgo: 10))
        #expect(template.assess(coming, at: now) == nil)
        #expect(template.nextChange(of: coming, after: now) == now + 100)
        let unreceived = Evidence(.seen("shop-tick-debt", ago: 100, receivedAgo: -10))
        #expect(template.assess(unreceived, at: now) == nil)
        #expect(template.nextChange(of: unreceived, after: now) == nil)
        #expect(template.assess(Evidence(), at: now) == nil)
    }

    @Test func `a sign that the template does not know is listed and changes nothing`() throws {
        let assessment = try #require(template.assess(Evidence(.seen("drugs")), at: now))
        #expect(assessment.explanation.notCounted.map(\.reason) == [.unknownSign])
        #expect(assessment.points == .zero)
    }

    @Test func `signs are listed heaviest first without those that only restricted items say`() throws {
        let evidence = Evidence(
            .seen("underage-sale", report: 1),
            .seen("shop-tick-debt", ago: 20 * Moment.day, report: 2),
            .seen("sexualised-talk-to-child", ago: 30 * Moment.day, report: 3, compartment: .policeIntel),
            .seen("staff-inappropriate-contact", ago: 40 * Moment.day, report: 4, compartment: .lado),
            .seen("unaccompanied-children-late", "1A", ago: 50 * Moment.day, report: 5)
        )
        let assessment = try #require(template.assess(evidence, at: now))
        #expect(assessment.signs == ["shop-tick-debt", "underage-sale", "unaccompanied-children-late"])
        #expect(assessment.hasRestrictedItems)
        #expect(assessment.severity == 5)
    }

    @Test func `handling is that of the strictest item in the window`() throws {
        var item = RecordedItem.seen("shop-tick-debt", ago: 20 * Moment.day, report: 2)
        let evidence = Evidence(.seen("underage-sale", report: 1))
        #expect(template.assess(evidence.adding(item), at: now)?.handling == .permitted)
        item.handling = .conditions
        #expect(template.assess(evidence.adding(item), at: now)?.handling == .conditions)
    }

    @Test func `the heaviest of equals is the better graded, then the earlier, then the smaller report`() throws {
        func leader(_ items: RecordedItem...) throws -> ExplainedItem {
            let assessment = try #require(template.assess(Evidence(category: .takeaway, items: items), at: now))
            return try #require(assessment.explanation.events.first?.items.first { $0.counted == $0.itemPoints })
        }
        let equal = try leader(
            .seen("shop-tick-debt", "1A", ago: 100, report: 5),
            .seen("adult-controls-child", "1A", ago: 100, report: 5)
        )
        #expect(equal.sign == "adult-controls-child")
        let earlier = try leader(
            .seen("shop-tick-debt", ago: 100, report: 1),
            .seen("shop-tick-debt", ago: 200, report: 2)
        )
        #expect(earlier.report.value.low == 2)
        let smaller = try leader(
            .seen("shop-tick-debt", ago: 100, report: 4),
            .seen("shop-tick-debt", ago: 100, report: 3)
        )
        #expect(smaller.report.value.low == 3)
    }

    @Test func `twenty thousand items of one place count once for each event`() throws {
        // A thousand events seven hours apart, of twenty reports each.
        let items = (0..<20_000).map { index in
            RecordedItem.seen(
                "child-in-danger-now",
                ago: Int64(index / 20) * 25_200 + Int64(index % 20) * 60,
                report: UInt64(index),
                agency: "a\(index % 7)"
            )
        }
        let assessment = try #require(
            template.assess(Evidence(category: .park, items: items), at: now, explaining: false)
        )
        #expect(assessment.likelihood == 5)
        #expect(assessment.events == 1_000)
        // 312 events under 91 days old at 5.00, 316 under 183 at 3.75, 372 at 2.50.
        #expect(assessment.points.shown == "3675.00")
    }
}
