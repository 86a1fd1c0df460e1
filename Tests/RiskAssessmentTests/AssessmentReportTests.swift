import RiskAssessment
import Safeguarding
import Testing

/// What one reader may see of an assessment (`placeguard assess`; design.md "A score must not leak").
@Suite struct `Assessment reports` {
    private let template: Template
    private let assessment: Assessment

    init() throws {
        template = try Templates.safeguarding()
        let evidence = Evidence(
            .seen("shop-tick-debt", "1C", agency: "licensing"),
            .seen("shop-tick-debt", "2A", ago: 20 * Moment.day, report: 2, agency: "force", compartment: .policeIntel),
            .seen("staff-inappropriate-contact", ago: 40 * Moment.day, report: 3, agency: "cctv", compartment: .lado),
            .seen("young-person-says-safe", report: 4, agency: "youth-work")
        ).with(controls: [.of("cctv-retained", .verified)])
        assessment = try #require(template.assess(evidence, at: now))
    }

    private func report(_ view: View, _ clearances: Set<Clearance>) -> AssessmentReport {
        AssessmentReport(assessment, under: template, in: view, clearances: clearances)
    }

    @Test func `the full view has the vectors' fields and the sum line by line`() throws {
        let json = report(.full, [.statutory, .police, .lado]).json.text
        #expect(
            json.hasPrefix(
                #"{"assessed":true,"points":114000000000,"pointsShown":"11.40","likelihood":4,"severity":5,"#
            )
        )
        #expect(json.contains(#""sign":"staff-inappropriate-contact""#))
        #expect(json.contains(#""liftedBy":"rpt_00000000-0000-0000-0000-000000000002""#))
        #expect(json.contains(#""informationFactor":0.90"#))
        #expect(json.contains(#""reason":"protective""#))
        #expect(json.contains(#""controls":[{"control":"cctv-retained","state":"verified""#))
    }

    @Test func `without the clearance an item is restricted, with its points and nothing else`() {
        let json = report(.full, [.statutory]).json.text
        #expect(json.contains(#"{"restricted-item":true,"counted":50000000000}"#))
        #expect(json.contains(#"{"restricted-item":true,"counted":28000000000}"#))
        #expect(json.contains(#""liftedBy":"restricted-item""#))
        for secret in ["staff-inappropriate-contact", "force", "cctv\"", "000000000002", "000000000003"] {
            #expect(!json.contains(secret), "\(secret)")
        }
        let lines = report(.full, [.statutory]).lines.joined(separator: "\n")
        #expect(lines.contains("5.00  restricted-item"))
        for secret in ["staff-inappropriate-contact", "by force", "by cctv"] { #expect(!lines.contains(secret)) }
        let police = report(.full, [.statutory, .police]).json.text
        #expect(police.contains("force"))
        #expect(!police.contains("staff-inappropriate-contact"))
    }

    @Test func `the open view has neither points nor items nor counts`() {
        let json = report(.open, []).json.text
        for secret in ["points", "inWindow", "lifted", "counted", "rpt_", "agency"] {
            #expect(!json.contains(secret), "\(secret)")
        }
        #expect(json.contains(#""likelihood":4"#))
        let lines = report(.open, []).lines.joined(separator: "\n")
        #expect(!lines.contains("points"))
        #expect(!lines.contains("event"))
    }

    @Test func `the lines say how each number came about`() {
        let lines = report(.full, [.statutory, .police, .lado]).lines
        #expect(
            lines.first == "red: likelihood 4 x severity 5 = inherent 20; after controls (credit 1) 4 x 5 = residual 20"
        )
        #expect(
            lines.contains(
                "    3.60  shop-tick-debt by licensing, 1C, inside, 11 Sep 2026 15:13: "
                    + "4 x 1.00 x 0.90 x 1.00 x 1.00 = 3.60, corroborated"
            )
        )
        #expect(lines.contains("points 11.40 from 3 event(s):"))
        #expect(lines.contains("  young-person-says-safe by youth-work, 11 Sep 2026 15:13: protective"))
        #expect(lines.contains("control cctv-retained verified: credit 1"))
    }

    @Test func `a demonstration says what it is`() throws {
        let demonstration = try Templates.policeOpenData()
        let evidence = Evidence(category: .area, items: [.seen("robbery")])
        let assessment = try #require(demonstration.assess(evidence, at: now))
        let report = AssessmentReport(assessment, under: demonstration, in: .full, clearances: [])
        let notice = try #require(demonstration.notice)
        #expect(report.lines.first == notice)
        #expect(report.json.text.contains(notice))
    }
}
